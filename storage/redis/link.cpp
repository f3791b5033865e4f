// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/link.h"

#include "storage/planted.h"
#include "storage/redis/address.h"
#include "storage/redis/backoff.h"
#include "storage/redis/connection.h"
#include "storage/redis/handshake.h"
#include "storage/redis/pending.h"
#include "storage/redis/targets.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <random>
#include <utility>

namespace gatehouse {
namespace {

namespace asio = boost::asio;

constexpr auto settled = asio::as_tuple(asio::use_awaitable);

} // namespace

class RedisLink::Impl final : public RedisConnection::Listener, public std::enable_shared_from_this<Impl> {
  public:
    Impl(asio::any_io_executor executor, RedisOptions options)
        : executor_(executor),
          options_(std::move(options)),
          address_(parse_redis_url(options_.url)),
          pending_(executor),
          resolver_(executor),
          deadline_timer_(executor),
          pause_timer_(executor),
          backoff_(options_.max_retries, std::random_device{}()) {}

    void start();
    void stop();
    void send_if_up(const Command& command, Deadline deadline, PendingReplies::Waiter waiter);
    /// Works whether the link is up or not, because the handshake runs before the link is up.
    asio::awaitable<Result<std::vector<RedisReply>>> ask(std::vector<Command> commands, Deadline deadline);
    void drop(std::string why);

    bool up = false;
    std::string run_id;
    std::string trouble = "not started";
    RedisLinkStats stats;

  private:
    void send(const Command& command, Deadline deadline, PendingReplies::Waiter waiter);
    void on_reply(RedisReply reply) override;
    void on_loss(std::string why) override;
    void on_deadline();
    void lost(std::string why);
    void watch(Deadline deadline);

    asio::awaitable<void> keep_up(std::shared_ptr<Impl> self);
    asio::awaitable<bool> connect();
    asio::awaitable<bool> greet(RedisTarget target);
    std::string open(const RedisTarget& target);

    asio::any_io_executor executor_;
    RedisOptions options_;
    RedisAddress address_;
    PendingReplies pending_;
    std::shared_ptr<RedisConnection> connection_; ///< null: no connection
    asio::ip::tcp::resolver resolver_;
    asio::steady_timer deadline_timer_;
    std::optional<Deadline> watched_; ///< the deadline that deadline_timer_ waits for
    asio::steady_timer pause_timer_;
    Backoff backoff_;
    bool stopped_ = false;
};

void RedisLink::Impl::start() {
    asio::co_spawn(executor_, keep_up(shared_from_this()), [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
    });
}

void RedisLink::Impl::stop() {
    stopped_ = true;
    drop("stopped");
    resolver_.cancel();
    pause_timer_.cancel();
    deadline_timer_.cancel();
}

void RedisLink::Impl::send(const Command& command, Deadline deadline, PendingReplies::Waiter waiter) {
    if (connection_ == nullptr) return pending_.refuse(std::move(waiter), StoreError::unavailable);
    if (deadline <= std::chrono::steady_clock::now()) return pending_.refuse(std::move(waiter), StoreError::timed_out);
    pending_.add(std::move(waiter), deadline);
    connection_->send(command);
    watch(deadline);
}

void RedisLink::Impl::send_if_up(const Command& command, Deadline deadline, PendingReplies::Waiter waiter) {
    if (up)
        send(command, deadline, std::move(waiter));
    else
        pending_.refuse(std::move(waiter), StoreError::unavailable);
}

void RedisLink::Impl::drop(std::string why) {
    if (connection_ == nullptr) return;
    connection_->close();
    lost(std::move(why));
}

void RedisLink::Impl::lost(std::string why) {
    connection_.reset();
    if (up) ++stats.losses;
    up = false;
    run_id.clear();
    trouble = std::move(why);
    pending_.fail_all(std::chrono::steady_clock::now());
    pause_timer_.cancel(); // keep_up sleeps on this timer while the link is up
}

void RedisLink::Impl::on_loss(std::string why) {
    lost(why.empty() ? "connection closed" : std::move(why));
}

void RedisLink::Impl::on_reply(RedisReply reply) {
    const bool error = reply.is(RedisReply::Type::error);
    if (error && up && ends_connection(reply.text))
        asio::post(executor_, [self = shared_from_this(), connection = connection_, why = reply.text] {
            if (self->connection_ == connection) self->drop(why);
        });
    if (planted(Bug::cleared_redis_error) && !pending_.earliest_deadline()) return;
    // The handshake needs the text of an error reply, so the text is not translated before the link is up.
    const auto meaning = error && up ? meaning_of(reply.text) : std::nullopt;
    if (meaning)
        pending_.settle_oldest(make_error_code(*meaning));
    else
        pending_.settle_oldest(std::move(reply));
}

/// One timer for all commands: it waits for the earliest deadline, and for the next one when that has passed.
void RedisLink::Impl::watch(Deadline deadline) {
    if (watched_ && *watched_ <= deadline) return;
    watched_ = deadline;
    deadline_timer_.expires_at(deadline);
    deadline_timer_.async_wait([self = shared_from_this()](boost::system::error_code aborted) {
        if (!aborted) self->on_deadline();
    });
}

void RedisLink::Impl::on_deadline() {
    watched_.reset();
    const auto earliest = pending_.earliest_deadline();
    if (!earliest) return;
    if (*earliest > std::chrono::steady_clock::now()) return watch(*earliest);
    if (up && planted(Bug::cleared_redis_error)) return pending_.fail_all(*earliest);
    if (up) ++stats.timeouts;
    drop("no answer in time");
}

asio::awaitable<void> RedisLink::Impl::keep_up(std::shared_ptr<Impl> self) {
    while (!self->stopped_) {
        std::chrono::nanoseconds lasted{0};
        if (co_await connect()) {
            const auto since = std::chrono::steady_clock::now();
            pause_timer_.expires_at(asio::steady_timer::time_point::max());
            if (connection_ != nullptr) co_await pause_timer_.async_wait(settled);
            lasted = std::chrono::steady_clock::now() - since;
        } else {
            ++stats.connect_failures;
        }
        if (stopped_) break;
        pause_timer_.expires_after(backoff_.after(lasted));
        co_await pause_timer_.async_wait(settled);
    }
}

asio::awaitable<bool> RedisLink::Impl::connect() {
    // By numeric address, because hiredis would look a name up synchronously and block.
    auto targets = co_await redis_targets(resolver_, address_);
    if (!targets.trouble.empty()) trouble = std::move(targets.trouble);
    for (const RedisTarget& target : targets.found) {
        if (stopped_) break;
        const bool usable = co_await greet(target);
        if (usable) co_return true;
    }
    co_return false;
}

asio::awaitable<bool> RedisLink::Impl::greet(RedisTarget target) {
    if (auto why = open(target); !why.empty()) {
        trouble = std::move(why);
        co_return false;
    }
    const auto connection = connection_;
    const auto replies = co_await ask(handshake_commands(address_), deadline_in(options_.connect_timeout));
    if (connection_ == nullptr || connection_ != connection || !replies) co_return false;
    auto identity = judge_handshake(*replies);
    if (identity.run_id.empty()) {
        drop(std::move(identity.trouble));
        co_return false;
    }
    run_id = std::move(identity.run_id);
    trouble.clear();
    up = true;
    ++stats.connects;
    co_return true;
}

std::string RedisLink::Impl::open(const RedisTarget& target) {
    auto connection = std::make_shared<RedisConnection>(executor_, *this);
    auto why =
        target.host.empty() ? connection->open_unix(address_.path) : connection->open_tcp(target.host, target.port);
    if (why.empty()) connection_ = std::move(connection);
    return why;
}

asio::awaitable<Result<std::vector<RedisReply>>> RedisLink::Impl::ask(std::vector<Command> commands,
                                                                      Deadline deadline) {
    using All = std::vector<RedisReply>;
    return asio::async_initiate<const asio::use_awaitable_t<>, void(Result<All>)>(
        [self = shared_from_this(), commands = std::move(commands), deadline](PendingReplies::Handler<All> handler) {
            auto batch = std::make_shared<PendingReplies::Batch>(
                PendingReplies::Batch{std::move(handler), commands.size(), {}, {}});
            for (const Command& command : commands)
                self->send(command, deadline, batch);
        },
        asio::use_awaitable);
}

RedisLink::RedisLink(asio::any_io_executor executor, RedisOptions options)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(options))) {}

RedisLink::~RedisLink() {
    stop();
}

void RedisLink::start() {
    impl_->start();
}
void RedisLink::stop() {
    impl_->stop();
}

asio::awaitable<Result<RedisReply>> RedisLink::command(Command command, Deadline deadline) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(Result<RedisReply>)>(
        [impl = impl_, command = std::move(command), deadline](PendingReplies::Handler<RedisReply> handler) {
            impl->send_if_up(command, deadline, std::move(handler));
        },
        asio::use_awaitable);
}

asio::awaitable<Result<std::vector<RedisReply>>> RedisLink::pipeline(std::vector<Command> commands, Deadline deadline) {
    if (commands.empty()) co_return std::vector<RedisReply>();
    if (!up()) co_return make_error_code(StoreError::unavailable);
    co_return co_await impl_->ask(std::move(commands), deadline);
}

bool RedisLink::up() const noexcept {
    return impl_->up;
}
std::string_view RedisLink::run_id() const noexcept {
    return impl_->run_id;
}
const RedisLinkStats& RedisLink::stats() const noexcept {
    return impl_->stats;
}
const std::string& RedisLink::trouble() const noexcept {
    return impl_->trouble;
}

void RedisLink::distrust() {
    impl_->drop("answers did not belong to their commands");
}

} // namespace gatehouse
