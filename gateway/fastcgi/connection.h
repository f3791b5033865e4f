// SPDX-License-Identifier: Apache-2.0
// One accepted FastCGI connection: reads a request, has it answered, writes the answer, and begins again. Its coroutine
// owns it. Loop thread. Nothing is written before the handler has ended. Each connection stores its deadline, and the
// listener looks for overdue connections from time to time, because that is cheaper than a timer per read.
#pragma once

#include "gateway/fastcgi/buffer.h"
#include "gateway/fastcgi/codec.h"
#include "gateway/fastcgi/gate.h"
#include "gateway/fastcgi/listener.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <string_view>
#include <unordered_set>

namespace gatehouse::fastcgi {

class Connection;

/// How coroutines of this directory wait: an error comes back as a value.
inline constexpr auto as_values = boost::asio::as_tuple(boost::asio::use_awaitable);

/// The state that a listener and its connections share.
struct ConnectionGroup {
    ConnectionGroup(const boost::asio::any_io_executor& executor, ListenerOptions chosen, Handler answers)
        : options(std::move(chosen)), handler(std::move(answers)), emptied(executor) {}

    ListenerOptions options;
    Handler handler;
    ListenerStats stats;
    std::unordered_set<Connection*> live;
    std::size_t under_way = 0;         ///< connections in any phase but idle
    bool draining = false;             ///< no connection may wait for another request
    boost::asio::steady_timer emptied; ///< cancelled when the last connection has gone
};

class Connection {
  public:
    using Socket = boost::asio::local::stream_protocol::socket;

    /// Starts the coroutine, which lives as long as the connection.
    static void start(Socket socket, std::shared_ptr<ConnectionGroup> group);

    Connection(Socket socket, std::shared_ptr<ConnectionGroup> group);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Between two requests, or before the first byte of the first.
    [[nodiscard]] bool idle() const noexcept { return phase_ == Phase::idle; }
    /// False after close(), even while the coroutine has not noticed and ended yet.
    [[nodiscard]] bool open() const noexcept { return socket_.is_open(); }
    /// When the connection is overdue. Among idle connections, an earlier deadline means a longer idle time.
    [[nodiscard]] Deadline deadline() const noexcept { return deadline_; }
    /// Ends whatever the connection waits for. A handler under way runs on; its answer is dropped.
    void close() noexcept;
    /// If idle: accepts no request that has not been sent yet, and ends.
    void drain() noexcept;

  private:
    enum class Phase { idle, reading, answering, writing };

    static boost::asio::awaitable<void> run(std::shared_ptr<Connection> self);

    void enter(Phase phase, Deadline deadline) noexcept;
    void expect_bytes() noexcept;
    [[nodiscard]] bool accept(const Gate::Verdict& verdict);
    void peer_ended(const boost::system::error_code& error) noexcept;
    [[nodiscard]] std::string_view write_what_fits(std::string_view bytes);

    Socket socket_;
    std::shared_ptr<ConnectionGroup> group_;
    Buffer input_;
    Gate gate_;
    Codec codec_;
    Deadline deadline_;
    Phase phase_ = Phase::idle;
    bool served_ = false; ///< at least one request
};

} // namespace gatehouse::fastcgi
