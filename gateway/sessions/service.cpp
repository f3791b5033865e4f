// SPDX-License-Identifier: Apache-2.0
// The look-up: memory, Redis, SQL.
#include "gateway/sessions/service.h"

#include "gateway/sessions/lifetime.h"
#include "storage/planted.h"

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

Lookup nobody_knows() {
    Lookup unknown;
    unknown.source = "sql";
    return unknown;
}

Lookup admit(Known who, std::string_view source) {
    Lookup found;
    found.verdict = Verdict::valid;
    found.reason = Reason::live;
    found.who = std::move(who);
    found.source = source;
    return found;
}

Seconds longest_idle(const Config& config) {
    return std::ranges::max(config.contexts, {}, &ContextConfig::idle).idle;
}

std::vector<std::string> names_of(const std::vector<ContextConfig>& contexts) {
    std::vector<std::string> names;
    for (const auto& context : contexts)
        names.push_back(context.name);
    return names;
}

/// Two processes may share the directory, but not the socket.
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
               names_of(settings_->config->contexts)),
      settlement_(executor, stores.store, stores.takeover, stores.cache, journal_path(*settings_->config),
                  settings_->config->redis_timeout),
      near_({settings_->config->near_cache_entries, settings_->config->near_cache_bytes}),
      news_(near_, ended_, revoker_, settlement_, longest_idle(*settings_->config)),
      reader_(executor, stores.feed, std::move(node), news_),
      random_(std::random_device{}()) {}

void SessionService::use(SettingsPtr settings) {
    if (settings->config->strategy != settings_->config->strategy) near_.forget_refusals();
    settings_ = std::move(settings);
    revoker_.use(names_of(settings_->config->contexts));
    near_.forget_marks(); // a key may have been retired
}

void SessionService::start() {
    activity_.start();
    revoker_.start(longest_idle(*settings_->config));
    settlement_.start();
    reader_.start();
}

boost::asio::awaitable<void> SessionService::stop(Deadline deadline) {
    co_await activity_.stop(deadline);
    co_await reader_.stop(deadline);
}

bool SessionService::memory_is_fresh() const noexcept {
    if (planted(Bug::near_after_link_death)) return true;
    const auto& freshness = news_.freshness();
    if (freshness.by_feed(BootClock::now())) return true;
    if (!freshness.link_has_caught_up() || !stores_.link || !stores_.cache) return false;
    // A link to another server than the one that is written to hears of nothing.
    return stores_.link->proven(std::chrono::steady_clock::now()) && !stores_.link->run_id().empty() &&
           stores_.link->run_id() == stores_.cache->run_id();
}

SessionService::Recalled SessionService::recall(std::string_view token, const ContextConfig& context, Instant now) {
    if (token.empty()) return {refuse(Reason::no_token), {}};
    const bool fresh = memory_is_fresh();
    const auto mark = marker_(token, context.name);
    if (auto* const entry = fresh ? near_.find(mark, now) : nullptr) {
        if (auto found = recall_near(*entry, context, now)) return {std::move(found), {}};
    }
    if (!settings_->tokens.minted_here(token, context.name)) return {refuse(Reason::foreign_token), {}};
    const auto id = digest_of(token);
    auto* const entry = fresh ? near_.find(id, now) : nullptr;
    if (entry == nullptr) return {std::nullopt, id};
    near_.recognise(*entry, mark);
    return {recall_near(*entry, context, now), id};
}

/// By its id alone: the marks are for tokens of our length, and all others have the same.
SessionService::Recalled SessionService::recall_old(std::string_view token, const ContextConfig& context, Instant now) {
    const auto id = digest_of(token);
    auto* const entry = memory_is_fresh() ? near_.find(id, now) : nullptr;
    if (entry == nullptr) return {std::nullopt, id};
    return {recall_near(*entry, context, now), id};
}

std::optional<Lookup> SessionService::recall_near(NearCache::Entry& entry, const ContextConfig& rules, Instant now) {
    if (!entry.who.user) return refuse(entry.why, "near");
    const auto every = touch_every(rules, settings_->config->touch_interval);
    // Other nodes may know of later activity: only a store says no.
    const bool live = judge(entry.who.life, rules, now, every) == Life::live && entry.who.user->context == rules.name;
    if (!live) return std::nullopt;
    auto found = admit(entry.who, "near");
    touch(found, settings_, rules, now);
    entry.who.life.last_activity = found.who.life.last_activity;
    return found;
}

boost::asio::awaitable<Lookup> SessionService::check(std::string token, std::string context, Instant now) {
    const auto* rules = settings_->config->context(context);
    if (rules == nullptr) co_return refuse(token.empty() ? Reason::no_token : Reason::foreign_token);
    auto recalled = recall(token, *rules, now);
    if (recalled.found) co_return *std::move(recalled.found);
    co_return co_await look_up(recalled.id, std::move(context), now);
}

boost::asio::awaitable<Lookup> SessionService::look_up(SessionDigest id, std::string context, Instant now) {
    const auto settings = settings_;
    const SessionKey key{std::move(context), to_stored_id(id)};
    const auto note = near_.note(id);
    if (has_ended(key.id)) co_return refuse(Reason::revoked, "near");
    auto found = co_await ask_cache(key, note, settings, now);
    if (!found) co_return co_await ask_sql(key, note, settings, now);
    if (found->verdict == Verdict::valid) touch(*found, settings, *settings->config->context(key.context), now);
    co_return *std::move(found);
}

/// nullopt: Redis cannot say, SQL must.
boost::asio::awaitable<std::optional<Lookup>> SessionService::ask_cache(SessionKey key, NearCache::Note note,
                                                                        SettingsPtr settings, Instant now) {
    if (stores_.cache == nullptr) co_return std::nullopt;
    auto answer = co_await stores_.cache->find(key, now, deadline_in(settings->config->redis_timeout));
    if (!answer) co_return std::nullopt;
    if (answer->kind == CachedSession::Kind::tombstone) {
        if (const auto id = to_digest(key.id)) near_.refuse(note, *id, Reason::revoked, now);
        co_return refuse(Reason::revoked, "redis");
    }
    if (answer->kind != CachedSession::Kind::live || !answer->user) co_return std::nullopt;
    if (!revoker_.cache_is_trustworthy()) co_return std::nullopt;
    const auto& rules = *settings->config->context(key.context);
    // Redis hears of activity when it happens, at most once per touch interval.
    const Millis grace = touch_every(rules, settings->config->touch_interval);
    // What Redis calls idle may be a touch that Redis missed: only SQL says no for good.
    if (judge(*answer->session, rules, now, grace) != Life::live || answer->user->disabled) co_return std::nullopt;
    if (has_ended(key.id)) co_return refuse(Reason::revoked, "near"); // while Redis was asked
    co_return admit(near_.fill(note, *answer->session, *std::move(answer->user), now), "redis");
}

boost::asio::awaitable<Lookup> SessionService::ask_sql(SessionKey key, NearCache::Note note, SettingsPtr settings,
                                                       Instant now) {
    const auto& config = *settings->config;
    const auto asked = std::chrono::steady_clock::now();
    const auto deadline = deadline_in(config.database_timeout);
    auto answer = co_await query_sql(key, deadline);
    if (!answer) co_return planted(Bug::error_means_401) ? refuse(Reason::absent, "sql") : nobody_knows();
    if (!answer->has_value()) {
        if (const auto id = to_digest(key.id)) near_.refuse(note, *id, Reason::absent, now);
        co_return refuse(Reason::absent, "sql");
    }
    auto& stored = **answer;
    if (const auto noted = activity_.pending(key)) {
        stored.session.last_activity = std::max(stored.session.last_activity, *noted);
    }
    const auto& rules = *config.context(key.context);
    // Activity reaches SQL late: by the touch interval, by the flush interval, and by an outage of SQL itself.
    const Millis grace = touch_every(rules, config.touch_interval) + config.flush_interval +
                         activity_.outage_grace(std::chrono::steady_clock::now());
    if (stored.revoked || stored.user.disabled) co_return co_await out_for_good(std::move(stored), now);
    if (has_ended(key.id)) co_return refuse(Reason::revoked, "near"); // while SQL was asked
    const bool fresh = std::chrono::steady_clock::now() - asked < fresh_enough;
    auto found = judge_stored(std::move(stored), note, rules, grace, now);
    if (found.verdict != Verdict::valid) co_return found;
    touch(found, settings, rules, now);                            // first: the copy is to know of this use
    const bool untouched = !near_.has_changed(found.who.id, note); // else it may have ended meanwhile, elsewhere
    if (fresh && untouched) remember(found.who.session(), found.user(), rules, now);
    co_return found;
}

/// SQL knows more than the copies do: nobody who has once been refused is let in again by one of those.
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
    co_return refuse(reason, "sql");
}

/// Nobody waits for a database that has not answered lately.
boost::asio::awaitable<Result<SessionService::Found>> SessionService::query_sql(SessionKey key, Deadline deadline) {
    if (!breaker_.may_ask(std::chrono::steady_clock::now(), random_())) {
        co_return Result<Found>(boost::system::in_place_error, make_error_code(StoreError::unavailable));
    }
    Result<Found> answer(boost::system::in_place_error, make_error_code(StoreError::timed_out));
    // While SQL was away somebody may have ended the session without it: first SQL hears of that.
    if (co_await settlement_.settled_by(deadline)) {
        const auto query = [this, key, deadline]() { return stores_.store.find(key, deadline); };
        answer = co_await flights_.ask(key.context + ":" + key.id, query, deadline);
    }
    if (answer) {
        breaker_.succeeded();
    } else if (answer.error() == StoreError::timed_out || answer.error() == StoreError::unavailable) {
        breaker_.failed(std::chrono::steady_clock::now(), random_());
        settlement_.sql_was_away();
    }
    co_return answer;
}

Lookup SessionService::judge_stored(StoredSession stored, NearCache::Note note, const ContextConfig& rules,
                                    Millis grace, Instant now) {
    switch (judge(stored.session, rules, now, grace)) {
    case Life::ended:
        if (const auto id = to_digest(stored.session.key.id)) near_.refuse(note, *id, Reason::ended, now);
        return refuse(Reason::ended, "sql");
    case Life::idle_too_long: return refuse(Reason::idle, "sql");
    case Life::live: break;
    }
    return admit(near_.fill(note, stored.session, std::move(stored.user), now), "sql");
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
            (void)co_await cache->extend(std::move(touched), left, deadline); // SQL hears of it anyhow
        }(stores_.cache, session, time_left(session, context, now), deadline_in(settings->config->redis_timeout)),
        boost::asio::detached);
}

void SessionService::remember(const Session& session, const User& user, const ContextConfig& context, Instant now) {
    const auto ttl = time_left(session, context, now);
    if (stores_.cache == nullptr || ttl <= Seconds{0}) return;
    boost::asio::co_spawn(
        executor_,
        [](SessionCache* cache, Session s, User u, Seconds left, Deadline deadline) -> boost::asio::awaitable<void> {
            const auto when = wall_now();
            const std::string where = s.key.context;
            // A copy that could not be made costs the next check one query, nothing else.
            (void)co_await cache->put_user(std::move(u), where, when, deadline);
            (void)co_await cache->populate(std::move(s), left, deadline);
        }(stores_.cache, session, user, ttl, deadline_in(settings_->config->redis_timeout)),
        boost::asio::detached);
}

} // namespace gatehouse
