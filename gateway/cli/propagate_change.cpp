// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/propagate_change.h"

#include "gateway/cli/with_stores.h"
#include "gateway/config/value.h"
#include "gateway/sessions/feed_reader.h"
#include "gateway/stores/stores.h"

#include <algorithm>
#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

constexpr Millis connect_patience{3000};
constexpr Millis command_patience{1000};
constexpr Seconds repeatable_for{24 * 3600};
constexpr std::size_t page_size = 200;
/// How long the gateways have to read from the database a change that Redis did not announce.
constexpr Millis patience_with_gateways{1000};

/// The longest life of a session: nothing in Redis must outlive the session.
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

/// Announces again what an earlier command recorded but could not announce: repeating the command ends no session
/// again, but must reach Redis.
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

boost::asio::awaitable<void> propagate_change(Stores& stores, ConfigPtr config, std::string user_id,
                                              std::vector<EndedSession> ended) {
    bool known = co_await tell_redis(stores, config, std::move(user_id), std::move(ended));
    // Every gateway that has read the change in the database has updated its copies, and updates Redis when Redis is
    // back.
    const std::string nobody; // excludes no gateway, because a command is none
    if (!known) known = co_await all_have_read(stores.feed(), nobody, deadline_in(patience_with_gateways));
    if (!known) fail_unseen(stores, *config);
}

} // namespace gatehouse::cli
