// SPDX-License-Identifier: Apache-2.0
// One connection to Redis that keeps itself alive. Loop thread only; nothing here blocks. The link is *up* only after
// the server has said who it is (INFO, ROLE, PING): a connection that the kernel accepted for a stopped server is not
// up. While the link is not up, a command fails at once. When a command misses its deadline, the whole connection is
// dropped, so that the late reply can never be taken for the reply to another command. The server must allow AUTH,
// SELECT, INFO, ROLE and PING, besides the commands of the stores.
#pragma once

#include "storage/instant.h"
#include "storage/redis/reply.h"
#include "storage/result.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

struct RedisOptions {
    /// redis://[[user]:password@]host[:port][/db] or unix:/path[?db=N]; user and password percent-encoded.
    std::string url;
    Millis connect_timeout{1000}; ///< from resolving the name to the end of the handshake
    std::size_t max_retries = 3;  ///< attempts in quick succession; then at most one in 100 ms on average
};

struct RedisLinkStats {
    std::uint64_t connects = 0;         ///< times the link came up
    std::uint64_t connect_failures = 0; ///< attempts that ended before the link came up
    std::uint64_t timeouts = 0;         ///< connections dropped because a command missed its deadline
    std::uint64_t losses = 0;           ///< connections that were up and ended, for whatever reason
};

class RedisLink {
  public:
    using Command = std::vector<std::string>;

    /// Throws std::invalid_argument if the URL cannot be understood.
    RedisLink(boost::asio::any_io_executor executor, RedisOptions options);
    ~RedisLink(); ///< stop()
    RedisLink(const RedisLink&) = delete;
    RedisLink& operator=(const RedisLink&) = delete;

    /// Begins to connect, and reconnects whenever the connection is lost.
    void start();
    /// Ends the connection; commands under way end with unavailable. Do not start the link again.
    void stop();

    /// Sends one command; its arguments may hold any bytes.
    /// unavailable: the link is not up, or the connection was lost (a write may or may not have happened), or the
    /// server cannot serve now. timed_out: the deadline came first. refused: the server refused the command. WRONGTYPE
    /// and NOSCRIPT are returned as replies.
    boost::asio::awaitable<Result<RedisReply>> command(Command command, Deadline deadline);

    /// Sends the commands together. Returns the replies in the same order, or the first error that `command` would
    /// give.
    boost::asio::awaitable<Result<std::vector<RedisReply>>> pipeline(std::vector<Command> commands, Deadline deadline);

    [[nodiscard]] bool up() const noexcept;
    /// Identifies the server and its run; empty while the link is not up. The view is valid until control returns to
    /// the loop.
    [[nodiscard]] std::string_view run_id() const noexcept;
    [[nodiscard]] const RedisLinkStats& stats() const noexcept;
    /// Why the link is not up, as text for people; never holds the password.
    [[nodiscard]] const std::string& trouble() const noexcept;

    /// Drops the connection and makes a new one, because replies may no longer belong to their commands.
    void distrust();

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace gatehouse
