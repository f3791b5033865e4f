// SPDX-License-Identifier: Apache-2.0
// SessionService: the look-up in near cache, Redis and database.
#include "gateway/sessions/service.h"

#include "gateway/sessions/lifetime.h"
#include "storage/planted.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace gatehouse {
namespace {

/// An answer of the database may be written to Redis only this long after the question was asked.
constexpr Millis fresh_enough{2000};

Lookup nobody_knows() {
    Lookup unknown;
    unknown.source = "sql";
    return unknown;
}

Lookup admit(CachedSession who, std::string_view source) {
    Lookup found;
    found.verdict = Verdict::valid;
    found.reason = Reason::live;
    found.who = std::move(who);
    found.source = source;
    return found;
}

/// No unused copy in Redis lives longer (copy_lifetime), so older ends need no replay.
Seconds longest_idle(const Config& config) {
    return std::ranges::max(config.contexts, {}, &ContextConfig::idle).idle;
}

std::vector<std::string> context_names(const std::vector<ContextConfig>& contexts) {
    std::vector<std::string> names;
    for (const auto& context : contexts)
        names.push_back(context.name);
    return names;
}

/// Two gateways may share the directory, but not the socket, so the file is named after the socket.
std::string journal_path(const Config& config) {
    std::string name = config.listen;
    std::ranges::replace_if(
        name, [](char c) { return c == '/' || c == '.'; }, '-');
    return config.state_directory + "/ended" + name + ".journal";
}

} // namespace

SessionService::SessionService(boost::asio::any_io_executor executor, SessionStores stores, std::string node,
                               SettingsPtr settings)
    : executor_(executor),
      stores_(stores),
      settings_(std::move(settings)),
      activity_(executor, stores.store, settings_->config->flush_interval),
      revoker_(executor, stores.store, stores.feed, stores.cache, settings_->config->redis_timeout,
               context_names(settings_->config->contexts)),
      pending_revocations_(executor, stores.store, stores.cache,
                           {node, journal_path(*settings_->config), settings_->config->redis_timeout}),
      near_({settings_->config->near_cache_entries, settings_->config->near_cache_bytes}),
      change_applier_(near_, ended_, revoker_, pending_revocations_, longest_idle(*settings_->config)),
      reader_(executor, stores.feed, std::move(node), change_applier_),
      random_(std::random_device{}()) {}

void SessionService::use(SettingsPtr settings) {
    settings_ = std::move(settings);
    revoker_.use(context_names(settings_->config->contexts));
    near_.forget_marks(); // a key may have been removed
}

void SessionService::limit_memory(std::string context, std::optional<Millis> longest) {
    if (longest)
        memory_limits_.insert_or_assign(std::move(context), *longest);
    else
        memory_limits_.erase(context);
}

Instant SessionService::remembered_until(std::string_view context, Instant now) const {
    const auto limit = memory_limits_.find(context);
    return limit == memory_limits_.end() ? Instant::max() : now + limit->second;
}

void SessionService::start() {
    activity_.start();
    revoker_.start(longest_idle(*settings_->config));
    pending_revocations_.start();
    reader_.start();
}

boost::asio::awaitable<void> SessionService::stop(Deadline deadline) {
    co_await activity_.stop(deadline);
    co_await pending_revocations_.stop(deadline);
    co_await reader_.stop(deadline);
}

bool SessionService::memory_is_fresh() const noexcept {
    if (planted(Bug::near_after_link_death)) return true;
    const auto& freshness = change_applier_.freshness();
    if (freshness.by_feed(BootClock::now())) return true;
    if (sql_has_been_away_for_long() || was_stopped()) return false;
    if (!freshness.link_has_caught_up() || !stores_.link || !stores_.cache) return false;
    // A link to another server than the one that is written to misses every change.
    return stores_.link->proven(std::chrono::steady_clock::now()) && !stores_.link->run_id().empty() &&
           stores_.link->run_id() == stores_.cache->run_id();
}

/// While no gateway can read the database, a change made without a gateway is not heard through Redis either.
bool SessionService::sql_has_been_away_for_long() const noexcept {
    return change_applier_.freshness().sql_unseen_for(settings_->config->database_absence, BootClock::now());
}

bool SessionService::was_stopped() const noexcept {
    return change_applier_.freshness().was_stopped(BootClock::now());
}

SessionService::Recalled SessionService::recall(const Visit& visit) {
    if (visit.conflict) return {refused(Reason::conflict), {}};
    return recall(visit.token, visit.context, visit.now);
}

SessionService::Recalled SessionService::recall(std::string_view token, const ContextConfig& context, Instant now) {
    if (token.empty()) return {refused(Reason::no_token), {}};
    const bool fresh = memory_is_fresh();
    const auto mark = marker_(token, context.name);
    if (auto* const entry = fresh ? near_.find(mark, now) : nullptr) {
        if (auto found = recall_near(*entry, context, now)) return {std::move(found), {}};
    }
    if (!settings_->tokens.minted_here(token, context.name)) return {refused(Reason::foreign_token), {}};
    const auto id = digest_of(token);
    auto* const entry = fresh ? near_.find(id, now) : nullptr;
    if (entry == nullptr) return {std::nullopt, id};
    near_.recognise(*entry, mark);
    return {recall_near(*entry, context, now), id};
}

/// By the id alone: a mark is only for tokens of Gatehouse's length, and all other tokens have the same mark.
SessionService::Recalled SessionService::recall_name(std::string_view token, const ContextConfig& context,
                                                     Instant now) {
    const auto id = digest_of(token);
    auto* const entry = memory_is_fresh() ? near_.find(id, now) : nullptr;
    if (entry == nullptr) return {std::nullopt, id};
    return {recall_near(*entry, context, now), id};
}

std::optional<Lookup> SessionService::recall_near(NearCache::Entry& entry, const ContextConfig& rules, Instant now) {
    if (!entry.who.user) return refused(entry.why, "near");
    const auto every = touch_every(rules, settings_->config->touch_interval);
    // Other gateways may know of later activity, so only a store can say that the session is idle.
    const bool live = judge(entry.who.life, rules, now, every) == Life::live && entry.who.user->context == rules.name;
    if (!live) return std::nullopt;
    auto found = admit(entry.who, "near");
    touch(found, settings_, rules, now);
    entry.who.life.last_activity = found.who.life.last_activity;
    return found;
}

boost::asio::awaitable<Lookup> SessionService::look_up(const Visit& visit, const Recalled& recalled) {
    return look_up(recalled.id, visit.context.name, visit.now);
}

boost::asio::awaitable<Lookup> SessionService::look_up(SessionDigest id, std::string context, Instant now,
                                                       NameKind kind) {
    const auto settings = settings_;
    const SessionKey key{std::move(context), to_stored_id(id)};
    const auto note = near_.note(id);
    if (has_ended(key.id)) co_return refused(Reason::revoked, "near");
    auto [found, last_activity] = co_await ask_cache(key, note, settings, now);
    if (!found) {
        found = co_await ask_sql(key, note, last_activity, settings, now);
        // The database's refusal is final, but the feed tells it a moment later: meanwhile a copy in Redis must not
        // contradict it. A name that the database does not know may still become an alias of a session.
        const bool over = found->reason == Reason::absent || found->reason == Reason::ended;
        if (over && kind == NameKind::token) ended_.note(id, BootClock::now());
        co_return *std::move(found);
    }
    if (found->verdict == Verdict::valid) touch(*found, settings, *settings->config->context(key.context), now);
    co_return *std::move(found);
}

boost::asio::awaitable<SessionService::Copied> SessionService::ask_cache(SessionKey key, NearCache::Note note,
                                                                         SettingsPtr settings, Instant now) {
    Copied copied;
    if (stores_.cache == nullptr || sql_has_been_away_for_long() || was_stopped()) co_return copied;
    auto answer = co_await stores_.cache->find(key, now, deadline_in(settings->config->redis_timeout));
    if (!answer) co_return copied;
    if (answer->kind == SessionCopy::Kind::tombstone) {
        if (const auto id = to_digest(key.id)) near_.refuse(note, *id, Reason::revoked, now);
        copied.found = refused(Reason::revoked, "redis");
        co_return copied;
    }
    if (answer->kind != SessionCopy::Kind::live) co_return copied;
    // Activity is true even where the copy is not believed. A gateway that was killed may have told nobody else.
    copied.last_activity = answer->session->last_activity;
    if (!answer->user || !revoker_.cache_is_trustworthy()) co_return copied;
    const auto& rules = *settings->config->context(key.context);
    // Redis gets activity at once, at most once per touch interval.
    const Millis grace = touch_every(rules, settings->config->touch_interval);
    // Redis may have missed activity, so only the database may say that a session is idle.
    if (judge(*answer->session, rules, now, grace) != Life::live || answer->user->disabled) co_return copied;
    if (has_ended(key.id)) {
        copied.found = refused(Reason::revoked, "near"); // ended while Redis was asked
        co_return copied;
    }
    const auto until = remembered_until(key.context, now);
    copied.found = admit(near_.fill(note, *answer->session, *std::move(answer->user), now, until), "redis");
    co_return copied;
}

boost::asio::awaitable<Lookup> SessionService::ask_sql(SessionKey key, NearCache::Note note, Instant last_activity,
                                                       SettingsPtr settings, Instant now) {
    const auto& config = *settings->config;
    const auto asked = std::chrono::steady_clock::now();
    const auto deadline = deadline_in(config.database_timeout);
    auto answer = co_await query_sql(key, deadline);
    if (!answer) co_return planted(Bug::error_means_401) ? refused(Reason::absent, "sql") : nobody_knows();
    if (!answer->has_value()) {
        if (const auto id = to_digest(key.id)) near_.refuse(note, *id, Reason::absent, now);
        co_return refused(Reason::absent, "sql");
    }
    auto& stored = **answer;
    const auto noted = activity_.pending(key).value_or(last_activity);
    stored.session.last_activity = std::max({stored.session.last_activity, last_activity, noted});
    const auto& rules = *config.context(key.context);
    // Activity reaches the database late: by the touch interval, by the flush interval, and by an outage of the
    // database.
    const Millis grace = touch_every(rules, config.touch_interval) + config.flush_interval +
                         activity_.outage_grace(std::chrono::steady_clock::now());
    if (stored.revoked || stored.user.disabled) co_return co_await out_for_good(std::move(stored), now);
    if (has_ended(key.id)) co_return refused(Reason::revoked, "near"); // ended while the database was asked
    const bool fresh = std::chrono::steady_clock::now() - asked < fresh_enough;
    auto found = judge_stored(std::move(stored), note, rules, grace, now);
    if (found.verdict != Verdict::valid) co_return found;
    touch(found, settings, rules, now);                            // first, so that the copy has this use
    const bool untouched = !near_.has_changed(found.who.id, note); // else it may have been ended elsewhere
    if (fresh && untouched) remember(found.who.session(), found.user(), rules, now);
    co_return found;
}

/// The database knows more than the copies: once it has refused a session, no copy may admit that session again.
boost::asio::awaitable<Lookup> SessionService::out_for_good(StoredSession stored, Instant now) {
    const auto reason = stored.revoked ? Reason::revoked : Reason::disabled;
    const auto id = to_digest(stored.session.key.id).value_or(SessionDigest{});
    if (stored.revoked) {
        ended_.note(id, BootClock::now());
        std::vector<EndedSession> ended{{stored.session.key, stored.session.expires_at}};
        co_await revoker_.bury(std::move(ended));
        near_.drop(id);
        near_.refuse(near_.note(id), id, reason, now);
    } else {
        std::vector<ChangedUser> users{{stored.user.id, stored.user.generation}};
        co_await revoker_.outdate(std::move(users));
        near_.drop_user(stored.user.id);
    }
    co_return refused(reason, "sql");
}

/// No request waits for a database that has not answered lately.
boost::asio::awaitable<Result<SessionService::Found>> SessionService::query_sql(SessionKey key, Deadline deadline) {
    if (!breaker_.may_ask(std::chrono::steady_clock::now(), random_())) {
        co_return Result<Found>(boost::system::in_place_error, make_error_code(StoreError::unavailable));
    }
    Result<Found> answer(boost::system::in_place_error, make_error_code(StoreError::timed_out));
    // While the database was away, a gateway may have ended the session without it: the database is told first.
    const bool settled = co_await pending_revocations_.settled_by(deadline);
    const auto query = [this, key, deadline]() { return stores_.store.find(key, deadline); };
    if (settled) answer = co_await flights_.ask(key.context + ":" + key.id, query, deadline);
    if (answer) {
        breaker_.succeeded();
    } else if (answer.error() == StoreError::timed_out || answer.error() == StoreError::unavailable) {
        breaker_.failed(std::chrono::steady_clock::now(), random_());
        if (settled) pending_revocations_.sql_was_away();
    } else if (answer.error() == StoreError::overloaded) {
        breaker_.not_asked();
    }
    co_return answer;
}

Lookup SessionService::judge_stored(StoredSession stored, NearCache::Note note, const ContextConfig& rules,
                                    Millis grace, Instant now) {
    switch (judge(stored.session, rules, now, grace)) {
    case Life::ended:
        if (const auto id = to_digest(stored.session.key.id)) near_.refuse(note, *id, Reason::ended, now);
        return refused(Reason::ended, "sql");
    case Life::idle_too_long: return refused(Reason::idle, "sql");
    case Life::live: break;
    }
    const auto until = remembered_until(rules.name, now);
    return admit(near_.fill(note, stored.session, std::move(stored.user), now, until), "sql");
}

void SessionService::touch(Lookup& found, const SettingsPtr& settings, const ContextConfig& context, Instant now) {
    const auto every = touch_every(context, settings->config->touch_interval);
    if (now - found.who.life.last_activity < every) return;
    found.who.life.last_activity = now;
    found.touched = true;
    const auto session = found.who.session();
    activity_.note(session.key, now);
    if (stores_.cache == nullptr) return;
    boost::asio::co_spawn(
        executor_,
        [](SessionCache* cache, Session touched, Seconds left, Deadline deadline) -> boost::asio::awaitable<void> {
            (void)co_await cache->extend(std::move(touched), left, deadline); // the database gets the activity anyway
        }(stores_.cache, session, copy_lifetime(session, context, now), deadline_in(settings->config->redis_timeout)),
        boost::asio::detached);
}

void SessionService::remember(const Session& session, const User& user, const ContextConfig& context, Instant now) {
    const auto ttl = copy_lifetime(session, context, now);
    if (stores_.cache == nullptr || ttl <= Seconds{0}) return;
    boost::asio::co_spawn(
        executor_,
        [](SessionCache* cache, Session s, User u, Seconds left, Deadline deadline) -> boost::asio::awaitable<void> {
            const auto when = wall_now();
            const std::string where = s.key.context;
            // If no copy can be made, the next check costs one query more, and nothing else.
            (void)co_await cache->put_user(std::move(u), where, when, deadline);
            (void)co_await cache->populate(std::move(s), left, deadline);
        }(stores_.cache, session, user, ttl, deadline_in(settings_->config->redis_timeout)),
        boost::asio::detached);
}

} // namespace gatehouse
