// SPDX-License-Identifier: Apache-2.0
// SessionService: beginning and ending sessions. The order is always the same: SQL commits, Redis gets its tombstone,
// this node forgets, and only then it is said to have happened.
#include "gateway/sessions/lifetime.h"
#include "gateway/sessions/service.h"
#include "storage/planted.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {
namespace {

/// How long an end waits for the other nodes if Redis cannot tell them.
constexpr Millis patience_with_nodes{1000};
constexpr Millis between_questions{50};
/// A node that has not been heard of for so long is taken for gone.
constexpr std::chrono::minutes gone_after{10};

} // namespace

std::string_view name_of(EndOutcome outcome) noexcept {
    switch (outcome) {
    case EndOutcome::done: return "ok";
    case EndOutcome::absent: return "no_session";
    case EndOutcome::unconfirmed: return "not_confirmed";
    case EndOutcome::failed: break;
    }
    return "not_recorded";
}

boost::asio::awaitable<Result<std::optional<LoggedIn>>> SessionService::begin(NewLogin login, Instant now) {
    const auto settings = settings_;
    const auto* rules = settings->config->context(login.context);
    if (rules == nullptr) co_return make_error_code(StoreError::refused);
    LoggedIn fresh;
    fresh.token = settings->tokens.mint(login.context);
    fresh.session.key = {login.context, stored_id(fresh.token)};
    fresh.session.handle = random_uuid();
    fresh.session.user_id = login.user.id;
    fresh.session.created_at = fresh.session.last_activity = now;
    fresh.session.expires_at = now + Millis{rules->absolute};
    fresh.session.remember = login.remember;
    const NewSession row{fresh.session, login.origin, login.user.generation, settings->config->max_sessions_per_user};
    auto inserted = co_await stores_.store.insert(row, deadline_in(settings->config->database_timeout));
    if (!inserted) co_return inserted.error(); // if it happened all the same, the feed tells whom it has ended
    if (!inserted->accepted) co_return std::optional<LoggedIn>{};
    // Nobody asked for their end, and nobody waits until every node has heard of it.
    co_await forget_here(std::move(inserted->evicted));
    remember(fresh.session, login.user, *rules, now);
    co_return std::optional<LoggedIn>{std::move(fresh)};
}

boost::asio::awaitable<EndOutcome> SessionService::end(std::string token, std::string context, Instant now) {
    const auto settings = settings_;
    if (!settings->tokens.minted_here(token, context)) co_return EndOutcome::absent;
    const SessionKey key{context, stored_id(token)};
    const auto deadline = deadline_in(settings->config->database_timeout + Settlement::time_to_note);
    auto revoked = co_await stores_.store.revoke(key, now, deadline_in(settings->config->database_timeout));
    if (!revoked) {
        // How long it would have lived, only SQL knows; not longer than this.
        const Millis longest{settings->config->context(context)->absolute};
        const PendingEnd end{{key, now + longest}, now};
        if (!co_await settlement_.end_without_sql(end, deadline)) co_return EndOutcome::failed;
        forget(key);
        co_return EndOutcome::done;
    }
    if (!*revoked) co_return EndOutcome::absent;
    std::vector<EndedSession> ended{**revoked};
    const bool everywhere = co_await forget_everywhere(std::move(ended));
    co_return everywhere ? EndOutcome::done : EndOutcome::unconfirmed;
}

boost::asio::awaitable<EndOutcome> SessionService::end_by_handle(std::string user_id, std::string handle, Instant now,
                                                                 std::optional<SessionKey>* which) {
    auto revoked = co_await stores_.store.revoke_by_handle(std::move(user_id), std::move(handle), now,
                                                           deadline_in(settings_->config->database_timeout));
    if (!revoked) co_return EndOutcome::failed;
    if (!*revoked) co_return EndOutcome::absent;
    if (which != nullptr) *which = (**revoked).key;
    std::vector<EndedSession> ended{**revoked};
    const bool everywhere = co_await forget_everywhere(std::move(ended));
    co_return everywhere ? EndOutcome::done : EndOutcome::unconfirmed;
}

boost::asio::awaitable<SessionService::EndedOthers>
SessionService::end_others(std::string user_id, std::optional<SessionKey> keep, Instant now) {
    EndedOthers result;
    auto ended = co_await stores_.store.revoke_all(std::move(user_id), std::move(keep), now,
                                                   deadline_in(settings_->config->database_timeout));
    if (!ended) co_return result;
    result.count = ended->size();
    const bool everywhere = co_await forget_everywhere(std::move(*ended));
    result.outcome = everywhere ? EndOutcome::done : EndOutcome::unconfirmed;
    co_return result;
}

boost::asio::awaitable<bool> SessionService::user_changed(std::string user_id, std::int64_t generation,
                                                          std::vector<EndedSession> ended) {
    std::vector<ChangedUser> users{{user_id, generation}};
    const bool told = co_await revoker_.outdate(std::move(users));
    near_.drop_user(user_id);
    bool everywhere = co_await forget_everywhere(std::move(ended));
    if (everywhere && !told) everywhere = co_await everyone_has_seen();
    co_return everywhere;
}

/// An answer that was asked for before is not taken in any more, from now on.
void SessionService::forget(const SessionKey& key) {
    const auto id = to_digest(key.id);
    if (!id) return;
    ended_.note(*id, BootClock::now());
    near_.drop(*id);
}

bool SessionService::has_ended(const std::string& stored_id) {
    if (ended_.size() == 0) return false;
    const auto id = to_digest(stored_id);
    return id && ended_.contains(*id, BootClock::now());
}

/// False: Redis could not be told.
boost::asio::awaitable<bool> SessionService::forget_here(std::vector<EndedSession> ended) {
    ended = co_await with_names(std::move(ended));
    for (const auto& session : ended)
        forget(session.key);
    auto buried = ended;
    if (planted(Bug::no_tombstone)) buried.clear();
    const bool told = co_await revoker_.bury(std::move(buried));
    for (const auto& session : ended) // Redis may have said meanwhile that it lives
        forget(session.key);
    co_return told;
}

/// False: it is recorded, but a node may not have heard of it yet.
boost::asio::awaitable<bool> SessionService::forget_everywhere(std::vector<EndedSession> ended) {
    const bool told = co_await forget_here(std::move(ended));
    if (told) co_return true;
    co_return co_await everyone_has_seen();
}

/// Redis cannot tell the other nodes: wait until each has read it in the feed.
boost::asio::awaitable<bool> SessionService::everyone_has_seen() {
    const auto until = deadline_in(patience_with_nodes);
    const auto since = co_await stores_.feed.clock(until);
    if (!since) co_return false;
    boost::asio::steady_timer timer(executor_);
    for (;;) {
        const auto behind = co_await stores_.feed.nodes_behind(reader_.node(), *since, gone_after, until);
        if (behind && *behind == 0) co_return true;
        if (std::chrono::steady_clock::now() + between_questions >= until) co_return false;
        timer.expires_after(between_questions);
        co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
}

boost::asio::awaitable<Result<std::vector<ListedSession>>> SessionService::list(std::string user_id, Instant now) {
    return stores_.store.list(std::move(user_id), now, deadline_in(settings_->config->database_timeout));
}

} // namespace gatehouse
