// SPDX-License-Identifier: Apache-2.0
// Runs the command line in this process, in an installation of its own: SQLite in a temporary directory, no variables
// of whoever runs the tests.
#pragma once

#include "gateway/cli/cli.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace gatehouse::cli::testing {

struct Outcome {
    int exit_code = -1;
    std::string out;
    std::string err;
};

class CommandLine {
  public:
    CommandLine() {
        std::string pattern = (std::filesystem::temp_directory_path() / "gatehouse-cli-XXXXXX").string();
        directory_ = ::mkdtemp(pattern.data());
        forget_variables();
        ::setenv("GATEHOUSE_STATE_DIRECTORY", directory_.c_str(), 1);
        ::setenv("GATEHOUSE_ARGON2_MEMORY_KIB", "7168", 1);
        ::setenv("GATEHOUSE_ARGON2_PASSES", "1", 1);
    }
    ~CommandLine() {
        forget_variables();
        std::filesystem::remove_all(directory_);
    }
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    [[nodiscard]] std::string path(const std::string& name) const { return (directory_ / name).string(); }

    /// `input` is what stdin holds.
    Outcome operator()(std::vector<std::string> arguments, const std::string& input = "") const {
        const bool configured = std::ranges::find(arguments, "--config") != arguments.end();
        if (!configured) arguments.insert(arguments.begin(), {"--config", "/dev/null"});
        arguments.insert(arguments.begin(), "gatehouse");
        std::vector<char*> argv;
        for (std::string& argument : arguments)
            argv.push_back(argument.data());
        argv.push_back(nullptr);
        std::ostringstream out, err;
        auto* const cout = std::cout.rdbuf(out.rdbuf());
        auto* const cerr = std::cerr.rdbuf(err.rdbuf());
        const int before = replace_stdin(input);
        Outcome outcome;
        outcome.exit_code = run(static_cast<int>(arguments.size()), argv.data());
        ::dup2(before, STDIN_FILENO);
        ::close(before);
        std::cout.rdbuf(cout);
        std::cerr.rdbuf(cerr);
        outcome.out = out.str();
        outcome.err = err.str();
        return outcome;
    }

  private:
    static void forget_variables() {
        std::vector<std::string> names;
        for (char** entry = environ; *entry != nullptr; ++entry) {
            const std::string name = std::string(*entry).substr(0, std::string(*entry).find('='));
            for (const char* prefix : {"GATEHOUSE_", "DATABASE_", "REDIS_", "SESSION_ENVIRONMENT", "FORCE_MOCK_MODE",
                                       "APP_CONTEXT", "CREDENTIALS_DIRECTORY", "STATE_DIRECTORY"})
                if (name.starts_with(prefix)) names.push_back(name);
        }
        for (const std::string& name : names)
            ::unsetenv(name.c_str());
    }

    /// A pipe that holds `input`, which must fit into one. Returns a copy of the old stdin.
    static int replace_stdin(const std::string& input) {
        const int before = ::dup(STDIN_FILENO);
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0 || ::write(ends[1], input.data(), input.size()) < 0) std::abort();
        ::close(ends[1]);
        ::dup2(ends[0], STDIN_FILENO);
        ::close(ends[0]);
        return before;
    }

    std::filesystem::path directory_;
};

} // namespace gatehouse::cli::testing
