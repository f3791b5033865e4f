// SPDX-License-Identifier: Apache-2.0
// Runs a program of PostgreSQL (pg_dump, pg_restore) and waits for it. The program gets only the environment variables
// that it needs; a password is neither in its environment nor in its arguments. For the command line: main thread.
#pragma once

#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::sql {

struct Tool {
    std::vector<std::string> command; ///< found in PATH
    std::filesystem::path passfile;   ///< libpq's password file
    int output = -1;                  ///< descriptor for its output; -1: lines go to `on_line`
    std::function<void(std::string_view)> on_line = [](std::string_view) {};
};

/// Throws std::runtime_error with the program's error output, or if the program is not installed.
void run(const Tool& tool);

/// A directory that only this user can read, with a password file; the destructor removes it.
class Passfile {
  public:
    explicit Passfile(const std::string& password);
    ~Passfile();
    Passfile(const Passfile&) = delete;
    Passfile& operator=(const Passfile&) = delete;
    [[nodiscard]] std::filesystem::path path() const { return directory_ / "pgpass"; }

  private:
    std::filesystem::path directory_;
};

/// While this object lives, Ctrl-C ends the program that we wait for. This process ends after it has cleaned up.
class TidyEnd {
  public:
    TidyEnd();
    ~TidyEnd();
    TidyEnd(const TidyEnd&) = delete;
    TidyEnd& operator=(const TidyEnd&) = delete;

  private:
    sigset_t before_{};
};

} // namespace gatehouse::sql
