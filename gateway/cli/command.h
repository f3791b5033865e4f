// SPDX-License-Identifier: Apache-2.0
// What the commands share: where they are registered, how they end early, how they print. Main thread.
#pragma once

#include "gateway/config/config.h"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace CLI {
class App;
}

namespace gatehouse::cli {

using ConfigPtr = std::shared_ptr<const Config>;

/// What was asked for. Parsing only fills this in; `action` runs afterwards.
struct Invocation {
    std::string config_path;
    std::function<int()> action;
};

/// Ends the command. The message says what happened and what to do next.
class CommandError : public std::runtime_error {
  public:
    CommandError(int exit_code, const std::string& message) : std::runtime_error(message), exit_code_(exit_code) {}
    [[nodiscard]] int exit_code() const noexcept { return exit_code_; }

  private:
    int exit_code_;
};

// One for each command group, in the file of its name.
void add_serve(CLI::App& app, Invocation& invocation);
void add_config(CLI::App& app, Invocation& invocation);
void add_migrate(CLI::App& app, Invocation& invocation);
void add_user(CLI::App& app, Invocation& invocation);
void add_session(CLI::App& app, Invocation& invocation);
void add_redis(CLI::App& app, Invocation& invocation);
void add_keys(CLI::App& app, Invocation& invocation);
void add_version(CLI::App& app, Invocation& invocation);

/// Warnings go to stderr. Throws CommandError(78) with every problem.
[[nodiscard]] ConfigPtr load_config(const Invocation& invocation);

void print(const std::string& line);          ///< a line on stdout
void complain(const std::string& line);       ///< a line on stderr, after our name
[[nodiscard]] std::string format(Instant at); ///< 2026-03-09T07:00:00Z

} // namespace gatehouse::cli
