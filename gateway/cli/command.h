// SPDX-License-Identifier: Apache-2.0
// How commands end early and how they print. Main thread.
#pragma once

#include "gateway/config/load.h"

#include <memory>
#include <stdexcept>
#include <string>

namespace gatehouse::cli {

using ConfigPtr = std::shared_ptr<const Config>;

/// The options that every command has.
struct Invocation {
    std::string config_path;
};

/// Ends the command. The message says what happened and what to do next.
class CommandError : public std::runtime_error {
  public:
    CommandError(int exit_code, const std::string& message) : std::runtime_error(message), exit_code_(exit_code) {}
    [[nodiscard]] int exit_code() const noexcept { return exit_code_; }

  private:
    int exit_code_;
};

/// Reads the configuration. Credentials are taken from $CREDENTIALS_DIRECTORY, or, if there is no such directory, from
/// that of the configuration file, where those of the service are kept.
[[nodiscard]] config::Loaded read_config(const Invocation& invocation);

/// Loads the configuration; warnings go to stderr. Throws CommandError(78) with every problem. From then on the process
/// works as the gateway's user, if root runs it (service_user.h).
[[nodiscard]] ConfigPtr load_config(const Invocation& invocation);

void print(const std::string& line);    ///< a line on stdout
void complain(const std::string& line); ///< a line on stderr, after the program's name
/// Asks the person at the terminal. Without a terminal, returns false and asks nothing.
[[nodiscard]] bool agrees(const std::string& question);
[[nodiscard]] std::string format(Instant at); ///< 2026-03-09T07:00:00Z

} // namespace gatehouse::cli
