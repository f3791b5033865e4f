// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/service.h"

#include "gateway/log/log.h"
#include "gateway/sessions/lifetime.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace gatehouse {
namespace {

/// A copy of what SQL said may be put into Redis this long after the question was asked, and not later.
constexpr Millis fresh_enough{2000};

Lookup refuse(Reason reason, std::string_view source = {}) {
    Lookup found;
    found.verdict = Verdict::invalid;
    found.reason = reason;
    found.source = source;
    return found;
}

} // namespace

SessionService::SessionService(boost::asio::any_io_executor executor, SessionStore& store, SessionCache* cache,
                               SettingsPtr settings)
    : executor_(executor),
      store_(store),
      cache_(cache),
      settings_(std::move(settings)),
      activity_(executor, store, settings_->config->flush_interval),
      revoker_(executor, store, cache, settings_->config->redis_timeout) {}

boost::asio::awaitable<Lookup> SessionService::check(std::string token, std::string context, Instant now) {
    const auto settings = settings_;
    const auto* rules = settings->config->context(context);
    if (token.empty()) co_return refuse(Reason::no_token);
    if (rules == nullptr || !settings->tokens.minted_here(token, context)) co_return refuse(Reason::foreign_token);
    const SessionKey key{context, stored_id(token)};
    auto found = co_await ask_cache(key, settings, now);
    if (!found) found = co_await ask_sql(key, settings, now);
    if (found->verdict == Verdict::valid) touch(*found, settings, *rules, now);
    co_return std::move(*found);
}

/// nullopt: Redis cannot say, SQL must.
boost::asio::awaitable<std::optional<Lookup>> SessionService::ask_cache(SessionKey key, SettingsPtr settings,
                                                                        Instant now) {
    if (cache_ == nullptr) co_return std::nullopt;
    auto answer = co_await cache_->find(key, now, deadline_in(settings->config->redis_timeout));
    if (!answer) {
        // While it was away it may have missed the end of a session.
        revoker_.doubt();
        co_return std::nullopt;
    }
    if (answer->kind == CachedSession::Kind::tombstone) co_return refuse(Reason::revoked, "redis");
    if (answer->kind != CachedSession::Kind::live || !answer->user) co_return std::nullopt;
    if (!revoker_.cache_is_trustworthy()) co_return std::nullopt;
    const auto& rules = *settings->config->context(key.context);
    // Redis hears of activity when it happens, at most once per touch interval.
    const Millis grace = touch_every(rules, settings->config->touch_interval);
    auto found = decide(std::move(*answer->session), std::move(*answer->user), rules, now, grace);
    // What Redis calls idle may be a touch that Redis missed: only SQL says no for good.
    if (found.verdict != Verdict::valid) co_return std::nullopt;
    found.source = "redis";
    co_return found;
}

boost::asio::awaitable<Lookup> SessionService::ask_sql(SessionKey key, SettingsPtr settings, Instant now) {
    const auto& config = *settings->config;
    const auto deadline = deadline_in(config.database_timeout);
    const auto asked = std::chrono::steady_clock::now();
    const auto query = [this, key, deadline]() { return store_.find(key, deadline); };
    auto answer = co_await flights_.ask(key.context + ":" + key.id, query, deadline);
    if (!answer) {
        Lookup unknown;
        unknown.source = "sql";
        co_return unknown;
    }
    if (!answer->has_value()) co_return refuse(Reason::absent, "sql");
    auto& stored = **answer;
    if (stored.revoked) co_return refuse(Reason::revoked, "sql");
    const auto& rules = *config.context(key.context);
    // Activity reaches SQL late: by the touch interval, by the flush interval, and by an outage of SQL itself.
    const Millis grace = touch_every(rules, config.touch_interval) + config.flush_interval +
                         activity_.outage_grace(std::chrono::steady_clock::now());
    if (const auto noted = activity_.pending(key)) {
        stored.session.last_activity = std::max(stored.session.last_activity, *noted);
    }
    auto found = decide(std::move(stored.session), std::move(stored.user), rules, now, grace);
    found.source = "sql";
    if (found.verdict == Verdict::valid && std::chrono::steady_clock::now() - asked < fresh_enough) {
        remember(found.session, found.user, rules, now);
    }
    co_return found;
}

Seconds SessionService::longest_idle() const {
    return std::ranges::max(settings_->config->contexts, {}, &ContextConfig::idle).idle;
}

Lookup SessionService::decide(Session session, User user, const ContextConfig& context, Instant now,
                              Millis grace) const {
    switch (judge(session, context, now, grace)) {
    case Life::ended: return refuse(Reason::ended);
    case Life::idle_too_long: return refuse(Reason::idle);
    case Life::live: break;
    }
    if (user.disabled) return refuse(Reason::disabled);
    Lookup found;
    found.verdict = Verdict::valid;
    found.reason = Reason::live;
    found.session = std::move(session);
    found.user = std::move(user);
    return found;
}

void SessionService::touch(Lookup& found, const SettingsPtr& settings, const ContextConfig& context, Instant now) {
    const auto every = touch_every(context, settings->config->touch_interval);
    if (now - found.session.last_activity < every) return;
    found.session.last_activity = now;
    found.touched = true;
    activity_.note(found.session.key, now);
    if (cache_ == nullptr) return;
    const auto ttl = time_left(found.session, context, now);
    boost::asio::co_spawn(
        executor_,
        [](SessionCache* cache, Session session, Seconds left, Deadline deadline) -> boost::asio::awaitable<void> {
            (void)co_await cache->extend(std::move(session), left, deadline); // SQL hears of it anyhow
        }(cache_, found.session, ttl, deadline_in(settings->config->redis_timeout)),
        boost::asio::detached);
}

void SessionService::remember(const Session& session, const User& user, const ContextConfig& context, Instant now) {
    const auto ttl = time_left(session, context, now);
    if (cache_ == nullptr || ttl <= Seconds{0}) return;
    boost::asio::co_spawn(
        executor_,
        [](SessionCache* cache, Session s, User u, Seconds left, Deadline deadline) -> boost::asio::awaitable<void> {
            const auto when = wall_now();
            const std::string where = s.key.context;
            // A copy that could not be made costs the next check one query, nothing else.
            (void)co_await cache->put_user(std::move(u), where, when, deadline);
            (void)co_await cache->populate(std::move(s), left, deadline);
        }(cache_, session, user, ttl, deadline_in(settings_->config->redis_timeout)),
        boost::asio::detached);
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
    auto inserted = co_await store_.insert(row, deadline_in(settings->config->database_timeout));
    if (!inserted) {
        outcome_unknown(); // it may have ended the oldest session all the same
        co_return inserted.error();
    }
    if (!inserted->accepted) co_return std::optional<LoggedIn>{};
    co_await revoker_.bury(std::move(inserted->evicted));
    remember(fresh.session, login.user, *rules, now);
    co_return std::optional<LoggedIn>{std::move(fresh)};
}

boost::asio::awaitable<EndOutcome> SessionService::end(std::string token, std::string context, Instant now) {
    const auto settings = settings_;
    if (!settings->tokens.minted_here(token, context)) co_return EndOutcome::absent;
    const SessionKey key{context, stored_id(token)};
    auto revoked = co_await store_.revoke(key, now, deadline_in(settings->config->database_timeout));
    if (!revoked) {
        outcome_unknown();
        co_return EndOutcome::failed;
    }
    if (!*revoked) co_return EndOutcome::absent;
    std::vector<EndedSession> ended{**revoked};
    co_await revoker_.bury(std::move(ended));
    co_return EndOutcome::done;
}

boost::asio::awaitable<EndOutcome> SessionService::end_by_handle(std::string user_id, std::string handle, Instant now) {
    auto revoked = co_await store_.revoke_by_handle(std::move(user_id), std::move(handle), now,
                                                    deadline_in(settings_->config->database_timeout));
    if (!revoked) {
        outcome_unknown();
        co_return EndOutcome::failed;
    }
    if (!*revoked) co_return EndOutcome::absent;
    std::vector<EndedSession> ended{**revoked};
    co_await revoker_.bury(std::move(ended));
    co_return EndOutcome::done;
}

boost::asio::awaitable<std::optional<std::size_t>>
SessionService::end_others(std::string user_id, std::optional<SessionKey> keep, Instant now) {
    auto ended = co_await store_.revoke_all(std::move(user_id), std::move(keep), now,
                                            deadline_in(settings_->config->database_timeout));
    if (!ended) {
        outcome_unknown();
        co_return std::nullopt;
    }
    const auto count = ended->size();
    co_await revoker_.bury(std::move(*ended));
    co_return count;
}

boost::asio::awaitable<void> SessionService::ended_elsewhere(std::vector<EndedSession> ended) {
    co_await revoker_.bury(std::move(ended));
}

boost::asio::awaitable<Result<std::vector<ListedSession>>> SessionService::list(std::string user_id, Instant now) {
    return store_.list(std::move(user_id), now, deadline_in(settings_->config->database_timeout));
}

} // namespace gatehouse
