// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/publish.h"

#include "gateway/cli/with_stores.h"
#include "gateway/config/value.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

constexpr Millis connect_patience{3000};
constexpr Millis command_patience{1000};
constexpr Seconds repeatable_for{24 * 3600};
constexpr std::size_t page_size = 200;
/// How long the gateways have to read in the database what Redis did not tell them.
constexpr Millis patience_with_gateways{1000};
constexpr Millis between_questions{20};
constexpr std::chrono::minutes gone_after{10};

/// What Redis remembers ends with the session at the latest.
Seconds longest_session(const Config& config) {
    return std::ranges::max(config.contexts, {}, &ContextConfig::absolute).absolute;
}

[[noreturn]] void fail_unseen(Stores& stores, const Config& config) {
    if (!stores.cache()) {
        throw CommandError(EX_UNAVAILABLE, "recorded in the database, but not every gateway is known to have read it. "
                                           "Those that reach the database have within a second");
    }
    const std::string& trouble = stores.redis()->trouble();
    throw CommandError(
        EX_UNAVAILABLE,
        fmt::format(
            "recorded in the database, but Redis could not be told ({}), and not every gateway is known to have read "
            "it "
            "in the database. Gateways that reach Redis alone may go by what it remembers, for {} at most. When Redis "
            "answers, repeat the command within a day, or run `gatehouse session revoke EMAIL --all` if it was a new "
            "password",
            trouble.empty() ? "no answer" : trouble, config::format_duration(longest_session(config))));
}

/// The gateways look at what has changed in the database several times a second. Whether all of them have seen it.
boost::asio::awaitable<bool> gateways_have_seen(Stores& stores) {
    const Deadline until = deadline_in(patience_with_gateways);
    const auto since = co_await stores.feed().clock(until);
    if (!since) co_return false;
    const std::string nobody; // is left out: we are no gateway
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (;;) {
        const auto behind = co_await stores.feed().nodes_behind(nobody, *since, gone_after, until);
        if (behind && *behind == 0) co_return true;
        if (std::chrono::steady_clock::now() + between_questions >= until) co_return false;
        timer.expires_after(between_questions);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
}

/// What an earlier command recorded and could not tell: repeating it ends nothing anew, but must reach Redis.
boost::asio::awaitable<bool> tell_again(Stores& stores) {
    const Instant since = wall_now() - repeatable_for;
    std::string after;
    for (;;) {
        auto page = co_await stores.sessions().ended_since(since, after, page_size, patiently());
        const std::vector<EndedSession> ended = need(stores, std::move(page));
        if (ended.empty()) co_return true;
        after = ended.back().key.id;
        const auto buried = co_await stores.cache()->tombstone(ended, wall_now(), deadline_in(command_patience));
        if (!buried) co_return false;
    }
}

boost::asio::awaitable<bool> tell_redis(Stores& stores, ConfigPtr config, std::string user_id,
                                        std::vector<EndedSession> ended) {
    SessionCache* cache = stores.cache();
    if (!cache) co_return false;
    co_await wait_for_redis(*stores.redis(), deadline_in(connect_patience));
    if (!ended.empty()) {
        const auto buried = co_await cache->tombstone(std::move(ended), wall_now(), deadline_in(command_patience));
        if (!buried) co_return false;
    }
    if (!co_await tell_again(stores)) co_return false;
    for (const ContextConfig& context : config->contexts) {
        auto found = co_await stores.users().find_in_context(user_id, context.name, wall_now(), patiently());
        const std::optional<User> user = need(stores, std::move(found));
        if (!user) continue;
        const auto told = co_await cache->put_user(*user, context.name, wall_now(), deadline_in(command_patience));
        if (!told) co_return false;
    }
    co_return true;
}

} // namespace

boost::asio::awaitable<void> publish_change(Stores& stores, ConfigPtr config, std::string user_id,
                                            std::vector<EndedSession> ended) {
    bool known = co_await tell_redis(stores, config, std::move(user_id), std::move(ended));
    // Every gateway that has read it in the database has seen to its copies, and sees to Redis when that is back.
    if (!known) known = co_await gateways_have_seen(stores);
    if (!known) fail_unseen(stores, *config);
}

} // namespace gatehouse::cli
