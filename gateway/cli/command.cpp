// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/command.h"

#include "gateway/cli/service_user.h"

#include <cstdlib>
#include <filesystem>
#include <fmt/chrono.h>
#include <iostream>
#include <sysexits.h>
#include <unistd.h>

namespace gatehouse::cli {

config::Loaded read_config(const Invocation& invocation) {
    const std::filesystem::path file =
        invocation.config_path.empty() ? std::string(config::default_path) : invocation.config_path;
    const auto directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    const char* const passed = std::getenv("CREDENTIALS_DIRECTORY");
    std::error_code none;
    if (passed == nullptr || !std::filesystem::is_directory(passed, none))
        ::setenv("CREDENTIALS_DIRECTORY", directory.c_str(), 1);
    const AsRoot root;
    return config::load_for_process(invocation.config_path);
}

ConfigPtr load_config(const Invocation& invocation) {
    const config::Loaded loaded = read_config(invocation);
    for (const config::Message& warning : loaded.warnings)
        complain("warning: " + config::to_string(warning));
    for (const config::Message& error : loaded.errors)
        complain(config::to_string(error));
    if (!loaded.config)
        throw CommandError(EX_CONFIG,
                           "the configuration cannot be used; `gatehouse config example` explains every option");
    work_as_service(*loaded.config);
    return loaded.config;
}

void print(const std::string& line) {
    std::cout << line << '\n';
}

void complain(const std::string& line) {
    std::cerr << "gatehouse: " << line << '\n';
}

bool agrees(const std::string& question) {
    if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) return false;
    std::cerr << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

std::string format(Instant at) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(at)));
}

} // namespace gatehouse::cli
