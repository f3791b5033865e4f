// SPDX-License-Identifier: Apache-2.0
// One hiredis connection on the Asio loop. Loop thread only. The connection ends with its first error and is never used
// again. Replies come in the order of the commands. A reply to no command, one that is too large and one that is
// malformed end the connection.
#pragma once

#include "storage/redis/reply.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct redisAsyncContext;

namespace gatehouse {

class RedisConnection : public std::enable_shared_from_this<RedisConnection> {
  public:
    /// Called on hiredis' stack: only store the reply. Touch the connection only after control has returned to the
    /// loop.
    class Listener {
      public:
        virtual void on_reply(RedisReply reply) = 0;
        /// Called outside of hiredis, at most once, and not after close().
        virtual void on_loss(std::string why) = 0;
        virtual ~Listener() = default;
    };

    /// The listener must live until close() or on_loss() has returned.
    RedisConnection(boost::asio::any_io_executor executor, Listener& listener);
    ~RedisConnection();
    RedisConnection(const RedisConnection&) = delete;
    RedisConnection& operator=(const RedisConnection&) = delete;

    /// Begins to connect; commands may be sent at once. Returns an empty text, or why connecting is impossible.
    [[nodiscard]] std::string open_unix(const std::string& path);
    /// `host` must be numeric: a name would be looked up synchronously and block the loop.
    [[nodiscard]] std::string open_tcp(const std::string& host, std::uint16_t port);

    /// Sends the command in one write with all other commands that are sent before control returns to the loop.
    void send(const std::vector<std::string>& command);

    /// Ends the connection. The listener is not called any more.
    void close();

  private:
    struct Hooks;

    std::string adopt(redisAsyncContext* context);
    void wait_readable();
    void wait_writable();
    void flush_soon();
    void on_readable();
    void on_writable();
    void after_hiredis();
    bool expects(bool whole_reply, std::size_t elements) noexcept;

    boost::asio::posix::stream_descriptor descriptor_;
    Listener* listener_;
    redisAsyncContext* context_ = nullptr; ///< null after hiredis has freed it
    std::string error_;
    std::size_t unanswered_ = 0;
    std::size_t elements_left_ = 0; ///< elements that the current reply may still have
    bool write_awaited_ = false;
    bool writing_ = false;
};

} // namespace gatehouse
