// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/invalidation_link.h"

#include "storage/redis/backoff.h"
#include "storage/redis/command.h"
#include "storage/redis/reply_reader.h"
#include "storage/redis/targets.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <random>
#include <utility>

namespace gatehouse {
namespace {

namespace asio = boost::asio;
using Socket = asio::generic::stream_protocol::socket;

constexpr auto settled = asio::as_tuple(asio::use_awaitable);

// One message has the keys that changed within one turn of the server's loop. A very large number of keys (many expire
// together, for example) is treated as "all keys changed".
constexpr RedisReplyLimits limits{
    .bulk_bytes = 64 * 1024, .elements = 16 * 1024, .bytes = 2 * 1024 * 1024, .leave_out = true};

Socket::endpoint_type endpoint_of(const RedisAddress& address, const RedisTarget& target) {
    if (target.host.empty()) return asio::local::stream_protocol::endpoint(address.path);
    return asio::ip::tcp::endpoint(asio::ip::make_address(target.host), target.port);
}

} // namespace

class RedisInvalidationLink::Impl final : public std::enable_shared_from_this<Impl> {
  public:
    Impl(asio::any_io_executor executor, InvalidationOptions options)
        : address_(parse_redis_url(options.url)),
          state_(address_, options.timing),
          socket_(executor),
          resolver_(executor),
          timer_(executor),
          pause_timer_(executor),
          backoff_(options.max_retries, std::random_device{}()) {}

    void start(Listener& listener);
    void stop();
    [[nodiscard]] const InvalidationState& state() const noexcept { return state_; }

  private:
    asio::awaitable<void> keep_up(std::shared_ptr<Impl> self);
    asio::awaitable<std::chrono::nanoseconds> serve();
    asio::awaitable<void> serve(RedisTarget target);
    asio::awaitable<void> read();
    bool digest(RedisReplyReader& reader);
    void act(const InvalidationStep& step);
    void send(const std::vector<std::vector<std::string>>& commands);
    void tell(const InvalidationStep& step);
    void watch();
    void close();

    RedisAddress address_;
    InvalidationState state_;
    Listener* listener_ = nullptr; ///< null: stopped, or not started
    Socket socket_;
    asio::ip::tcp::resolver resolver_;
    asio::steady_timer timer_;
    std::optional<Moment> watched_; ///< the moment that timer_ waits for
    asio::steady_timer pause_timer_;
    Backoff backoff_;
    Moment armed_at_;
    std::array<char, 16 * 1024> piece_{};
};

void RedisInvalidationLink::Impl::start(Listener& listener) {
    listener_ = &listener;
    asio::co_spawn(socket_.get_executor(), keep_up(shared_from_this()), [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
    });
}

void RedisInvalidationLink::Impl::stop() {
    listener_ = nullptr;
    act(state_.broken("stopped"));
    resolver_.cancel();
    pause_timer_.cancel();
}

asio::awaitable<void> RedisInvalidationLink::Impl::keep_up(std::shared_ptr<Impl> self) {
    while (self->listener_ != nullptr) {
        const auto of_use = co_await serve();
        if (listener_ == nullptr) break;
        pause_timer_.expires_after(backoff_.after(of_use));
        co_await pause_timer_.async_wait(settled);
    }
}

/// Makes one attempt and serves the connection to its end. Returns how long the link was armed.
asio::awaitable<std::chrono::nanoseconds> RedisInvalidationLink::Impl::serve() {
    const auto arms = state_.stats().arms;
    const auto targets = co_await redis_targets(resolver_, address_);
    if (!targets.trouble.empty() && listener_ != nullptr) {
        state_.begin(BootClock::now());
        act(state_.broken(targets.trouble));
    }
    for (const RedisTarget& target : targets.found) {
        if (listener_ == nullptr) break;
        co_await serve(target);
        if (state_.stats().arms != arms) co_return BootClock::now() - armed_at_;
    }
    co_return std::chrono::nanoseconds{0};
}

/// One connection from its beginning to its end.
asio::awaitable<void> RedisInvalidationLink::Impl::serve(RedisTarget target) {
    state_.begin(BootClock::now());
    watch();
    const auto endpoint = endpoint_of(address_, target);
    auto [error] = co_await socket_.async_connect(endpoint, settled);
    if (!error) socket_.non_blocking(true, error);
    act(error ? state_.broken(error.message()) : state_.connected());
    if (!state_.idle()) co_await read();
    close(); // the connection came up after this attempt was given up
}

asio::awaitable<void> RedisInvalidationLink::Impl::read() {
    RedisReplyReader reader(limits);
    bool more = true;
    while (more) {
        const auto [error, size] = co_await socket_.async_read_some(asio::buffer(piece_), settled);
        if (error)
            act(state_.broken(error == asio::error::eof ? "connection closed" : error.message()));
        else
            reader.feed({piece_.data(), size});
        more = digest(reader);
    }
}

/// Returns whether the connection is still usable.
bool RedisInvalidationLink::Impl::digest(RedisReplyReader& reader) {
    while (!state_.idle()) {
        auto reply = reader.next();
        if (reply)
            act(state_.received(BootClock::now(), std::move(*reply)));
        else if (!reader.trouble().empty())
            act(state_.broken(reader.trouble()));
        else
            return true;
    }
    return false;
}

void RedisInvalidationLink::Impl::act(const InvalidationStep& step) {
    if (step.over) close();
    if (!step.commands.empty()) send(step.commands);
    watch();
    tell(step);
}

/// Sends at once. A heartbeat is sent only after the one before was answered, so the socket has room, or something is
/// wrong.
void RedisInvalidationLink::Impl::send(const std::vector<std::vector<std::string>>& commands) {
    std::string text;
    for (const auto& command : commands)
        text += wire_format(command);
    boost::system::error_code error;
    const std::size_t sent = socket_.write_some(asio::buffer(text), error);
    if (error || sent != text.size()) act(state_.broken("cannot send: " + error.message()));
}

/// The listener may stop or destroy the link inside this call.
void RedisInvalidationLink::Impl::tell(const InvalidationStep& step) {
    using Event = InvalidationStep::Event;
    if (step.event == Event::armed) armed_at_ = BootClock::now();
    if (listener_ == nullptr) return;
    switch (step.event) {
    case Event::none: break;
    case Event::armed: listener_->on_armed(); break;
    case Event::all_changed: listener_->on_all_changed(); break;
    case Event::lost: listener_->on_lost(); break;
    case Event::changed:
        for (const std::string& key : step.keys)
            if (listener_ != nullptr) listener_->on_changed(key);
    }
}

/// The timer's clock stands still while the machine is suspended. Then the timer fires late, and the state notices the
/// delay.
void RedisInvalidationLink::Impl::watch() {
    const auto next = state_.next_look();
    if (next == watched_) return;
    watched_ = next;
    timer_.cancel();
    if (!next) return;
    timer_.expires_after(*next - BootClock::now());
    timer_.async_wait([self = shared_from_this()](boost::system::error_code aborted) {
        if (aborted) return;
        self->watched_.reset();
        self->act(self->state_.look(BootClock::now()));
    });
}

void RedisInvalidationLink::Impl::close() {
    boost::system::error_code ignored; // the connection is closed anyway
    socket_.close(ignored);
}

RedisInvalidationLink::RedisInvalidationLink(asio::any_io_executor executor, InvalidationOptions options)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(options))) {}

RedisInvalidationLink::~RedisInvalidationLink() {
    stop();
}

void RedisInvalidationLink::start(Listener& listener) {
    impl_->start(listener);
}
void RedisInvalidationLink::stop() {
    impl_->stop();
}

bool RedisInvalidationLink::proven(Deadline) const noexcept {
    return impl_->state().proven(BootClock::now());
}
std::string_view RedisInvalidationLink::run_id() const noexcept {
    return impl_->state().run_id();
}
bool RedisInvalidationLink::armed() const noexcept {
    return impl_->state().armed();
}
const std::string& RedisInvalidationLink::trouble() const noexcept {
    return impl_->state().trouble();
}
const InvalidationStats& RedisInvalidationLink::stats() const noexcept {
    return impl_->state().stats();
}

} // namespace gatehouse
