// SPDX-License-Identifier: Apache-2.0
// Runs a program of PostgreSQL's (pg_dump, pg_restore) and waits for it. It sees of our environment what it needs, and
// a password neither there nor among its arguments. For the command line: main thread.
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
    int output = -1;                  ///< where its output goes; -1: to `on_line`
    std::function<void(std::string_view)> on_line = [](std::string_view) {};
};

/// Throws std::runtime_error with what the program complained of, or that it is not installed.
void run(const Tool& tool);

/// A directory that nobody else can look into, with a password file; removed at the end.
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

/// While it lives, Ctrl-C ends the program that we wait for, and us when everything has been tidied up.
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
