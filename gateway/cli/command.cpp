// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/command.h"

#include "gateway/config/load.h"

#include <fmt/chrono.h>
#include <iostream>
#include <sysexits.h>
#include <unistd.h>

namespace gatehouse::cli {

ConfigPtr load_config(const Invocation& invocation) {
    const config::Loaded loaded = config::load_for_process(invocation.config_path);
    for (const config::Message& warning : loaded.warnings)
        complain("warning: " + config::to_string(warning));
    for (const config::Message& error : loaded.errors)
        complain(config::to_string(error));
    if (!loaded.config)
        throw CommandError(EX_CONFIG,
                           "the configuration cannot be used; `gatehouse config example` explains every option");
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
