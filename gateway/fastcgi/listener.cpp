// SPDX-License-Identifier: Apache-2.0
#include "gateway/fastcgi/listener.h"

#include "gateway/fastcgi/codec.h"
#include "gateway/fastcgi/connection.h"
#include "gateway/fastcgi/socket.h"
#include "gateway/log/log.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace gatehouse::fastcgi {

namespace asio = boost::asio;

namespace {

constexpr Millis accept_backoff{100};

/// Overdue connections are found within a quarter of the shortest deadline, at most 250 ms late.
Millis sweep_interval(const ListenerOptions& options) {
    const Millis shortest = std::min({options.read_deadline, options.write_deadline, options.idle_deadline});
    return std::clamp(shortest / 4, Millis{5}, Millis{250});
}

ListenerOptions with_library_started(ListenerOptions options) {
    start_library();
    return options;
}

} // namespace

class Listener::Impl : public std::enable_shared_from_this<Listener::Impl> {
  public:
    Impl(const asio::any_io_executor& executor, ListenerOptions options, Handler handler)
        : group_(std::make_shared<ConnectionGroup>(executor, with_library_started(std::move(options)),
                                                   std::move(handler))),
          file_(group_->options),
          acceptor_(executor, {}, file_.release()),
          sweep_timer_(executor),
          backoff_timer_(executor) {
        acceptor_.non_blocking(true);
    }

    void start();
    asio::awaitable<std::size_t> drain(Millis grace);
    void close();
    [[nodiscard]] const ConnectionGroup& group() const noexcept { return *group_; }

  private:
    static asio::awaitable<void> accept_connections(std::shared_ptr<Impl> self);
    static asio::awaitable<void> sweep(std::shared_ptr<Impl> self);
    void take(Connection::Socket socket) noexcept;
    void stop_accepting();
    bool close_longest_idle() noexcept;
    void close_overdue();

    std::shared_ptr<ConnectionGroup> group_;
    ListeningSocket file_;
    asio::local::stream_protocol::acceptor acceptor_;
    asio::steady_timer sweep_timer_;
    asio::steady_timer backoff_timer_;
    bool accepting_ = false;
    bool closed_ = false;
};

void Listener::Impl::start() {
    accepting_ = true;
    asio::co_spawn(acceptor_.get_executor(), accept_connections(shared_from_this()), asio::detached);
    asio::co_spawn(acceptor_.get_executor(), sweep(shared_from_this()), asio::detached);
}

// An error of accept() has one of two causes. If the connection has gone, the next one is accepted at once. If
// descriptors or memory are short, the connection stays in the queue, and accepting again at once would be a busy loop.
asio::awaitable<void> Listener::Impl::accept_connections(std::shared_ptr<Impl> self) {
    bool failing = false;
    while (self->accepting_) {
        auto [error, socket] = co_await self->acceptor_.async_accept(as_values);
        if (!error) {
            failing = false;
            self->take(std::move(socket));
        } else if (self->accepting_ && error != asio::error::connection_aborted) {
            if (!std::exchange(failing, true)) log::warning("accept_failed", {{"error", error.message()}});
            self->close_longest_idle();
            self->backoff_timer_.expires_after(accept_backoff);
            co_await self->backoff_timer_.async_wait(as_values);
        }
    }
}

void Listener::Impl::take(Connection::Socket socket) noexcept {
    if (closed_) return;
    ++group_->stats.accepted;
    if (group_->live.size() >= group_->options.max_connections && !close_longest_idle()) return;
    try {
        Connection::start(std::move(socket), group_);
    } catch (const std::exception& e) {
        log::error("connection_failed", {{"error", std::string_view(e.what())}});
    }
}

bool Listener::Impl::close_longest_idle() noexcept {
    Connection* longest = nullptr;
    for (Connection* connection : group_->live) {
        if (!connection->idle() || !connection->open()) continue;
        if (longest == nullptr || connection->deadline() < longest->deadline()) longest = connection;
    }
    if (longest != nullptr) longest->close();
    return longest != nullptr;
}

asio::awaitable<void> Listener::Impl::sweep(std::shared_ptr<Impl> self) {
    const Millis interval = sweep_interval(self->group_->options);
    while (!self->closed_) {
        self->sweep_timer_.expires_after(interval);
        co_await self->sweep_timer_.async_wait(as_values);
        self->close_overdue();
    }
}

void Listener::Impl::close_overdue() {
    const Deadline now = std::chrono::steady_clock::now();
    for (Connection* connection : group_->live) {
        if (connection->deadline() > now || !connection->open()) continue;
        ++group_->stats.timed_out;
        connection->close();
    }
}

// Nobody can connect once the path has gone. A connection made before waits in the queue and is still served. A socket
// of systemd keeps its queue for the next process.
void Listener::Impl::stop_accepting() {
    accepting_ = false;
    file_.remove();
    boost::system::error_code error;
    acceptor_.cancel(error);
    backoff_timer_.cancel();
    while (file_.ours() && !error) {
        Connection::Socket socket(acceptor_.get_executor());
        acceptor_.accept(socket, error);
        if (!error) take(std::move(socket));
    }
    acceptor_.close(error);
}

asio::awaitable<std::size_t> Listener::Impl::drain(Millis grace) {
    const Deadline end = deadline_in(grace);
    group_->draining = true;
    stop_accepting();
    // A connection accepted just before the cancellation is still on its way to accept_connections().
    co_await asio::post(acceptor_.get_executor(), asio::use_awaitable);
    for (Connection* connection : group_->live)
        connection->drain();
    while (!group_->live.empty() && std::chrono::steady_clock::now() < end) {
        group_->emptied.expires_at(end);
        co_await group_->emptied.async_wait(as_values);
    }
    const std::size_t cut_off = group_->under_way;
    close();
    co_return cut_off;
}

void Listener::Impl::close() {
    closed_ = true;
    if (acceptor_.is_open()) stop_accepting();
    sweep_timer_.cancel();
    for (Connection* connection : group_->live)
        connection->close();
}

Listener::Listener(asio::any_io_executor executor, ListenerOptions options, Handler handler)
    : impl_(std::make_shared<Impl>(executor, std::move(options), std::move(handler))) {}

Listener::~Listener() {
    impl_->close();
}

void Listener::start() {
    impl_->start();
}

asio::awaitable<std::size_t> Listener::drain(Millis grace) {
    return impl_->drain(grace);
}

const ListenerStats& Listener::stats() const noexcept {
    return impl_->group().stats;
}

std::size_t Listener::requests_under_way() const noexcept {
    return impl_->group().under_way;
}

} // namespace gatehouse::fastcgi
