// SPDX-License-Identifier: Apache-2.0
// Real servers for the contract program, thrown away at its end: each has a temporary directory with its data and its
// unix socket, and is stopped by its own process id. Nothing listens on TCP. Test thread only; everything blocks.
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace gatehouse::testing {

/// A new directory under the system's temporary one, removed with all it holds.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    std::filesystem::path path_;
};

/// A child process and what it starts. Ends with this object (SIGKILL if it has not ended before).
class Process {
  public:
    Process() = default;
    /// Throws if it cannot be started. `user`: run as this user if we are root. Output goes to `log`.
    Process(const std::vector<std::string>& command, const std::string& user, const std::filesystem::path& log);
    ~Process();
    Process(Process&& other) noexcept;
    Process& operator=(Process&& other) noexcept;

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// SIGSTOP to it and its children: connections stay, nobody answers.
    void suspend() const;
    void resume() const;
    /// Sends the signal and waits until it has ended.
    void stop(int signal);
    /// Waits until it ends by itself; its exit code.
    int wait();

  private:
    pid_t pid_ = -1;
};

class PostgresServer {
  public:
    /// initdb and start; ready when this returns. Throws if PostgreSQL is not installed.
    PostgresServer();
    ~PostgresServer();

    /// The one of this program, started when first asked for.
    static PostgresServer& shared();

    /// Makes an empty database and returns its URL.
    std::string create_database();
    /// A URL of the administrator, to look and meddle with.
    [[nodiscard]] std::string url(const std::string& database) const;

    void suspend() const { process_.suspend(); }
    void resume() const { process_.resume(); }
    void start(); ///< after stop(); waits until it is ready
    void stop();  ///< as fast as possible: connections are cut (SIGQUIT)

  private:
    TemporaryDirectory directory_;
    Process process_;
    int databases_ = 0;
};

class RedisServer {
  public:
    /// `arguments` are added to the command line, for example {"--maxmemory", "2mb"}.
    explicit RedisServer(std::vector<std::string> arguments = {});

    static RedisServer& shared();

    [[nodiscard]] std::string socket() const; ///< path of its unix socket
    [[nodiscard]] std::string url() const;    ///< unix:PATH

    void suspend() const { process_.suspend(); }
    void resume() const { process_.resume(); }
    void start(); ///< after stop(), empty again; waits until it is ready
    void stop();  ///< SIGKILL

  private:
    TemporaryDirectory directory_;
    std::vector<std::string> arguments_;
    Process process_;
};

} // namespace gatehouse::testing
