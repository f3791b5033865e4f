// SPDX-License-Identifier: Apache-2.0
#include "tests/memory/session_cache.h"

#include "storage/keys.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {
namespace {

// As in Redis.
constexpr Seconds user_soft_age{3600};
constexpr Seconds tombstone_margin{60};

} // namespace

boost::asio::awaitable<Result<SessionCopy>> MemorySessionCache::find(SessionKey key, Instant now, Deadline deadline) {
    if (const auto arrived = co_await arrive(deadline); !arrived) co_return arrived.error();
    show(now);
    SessionCopy found;
    const SessionEntry* const known = entry(key);
    if (known == nullptr) co_return found;
    if (!known->live) {
        found.kind = SessionCopy::Kind::tombstone;
        co_return found;
    }
    if (known->live->expires_at <= now) co_return found;
    found.kind = SessionCopy::Kind::live;
    found.session = known->live;
    found.user = fresh_user(key.context, known->live->user_id, now);
    co_return found;
}

boost::asio::awaitable<Result<void>> MemorySessionCache::populate(Session session, Seconds ttl, Deadline deadline) {
    if (const auto arrived = co_await arrive(deadline); !arrived) co_return arrived.error();
    show(session.last_activity);
    const Instant dies_at = end_of(session, ttl);
    if (dies_at <= clock_ || entry(session.key) != nullptr) co_return Result<void>();
    sessions_[keys::session(session.key)] = {session, dies_at};
    co_return Result<void>();
}

boost::asio::awaitable<Result<void>> MemorySessionCache::put_user(User user, std::string context, Instant now,
                                                                  Deadline deadline) {
    if (const auto arrived = co_await arrive(deadline); !arrived) co_return arrived.error();
    show(now);
    const auto [place, fresh] = users_.try_emplace(keys::user(context, user.id), UserEntry{user, now});
    if (!fresh && place->second.user.generation <= user.generation) place->second = {std::move(user), now};
    co_return Result<void>();
}

boost::asio::awaitable<Result<void>> MemorySessionCache::outdate_user(std::string user_id, std::int64_t generation,
                                                                      std::vector<std::string> contexts, Instant now,
                                                                      Deadline deadline) {
    if (const auto arrived = co_await arrive(deadline); !arrived) co_return arrived.error();
    show(now);
    User user;
    user.id = std::move(user_id);
    user.generation = generation;
    for (const auto& context : contexts) {
        const auto [place, fresh] = users_.try_emplace(keys::user(context, user.id), UserEntry{user, Instant{}});
        if (!fresh && place->second.user.generation < generation) place->second = {user, Instant{}};
    }
    co_return Result<void>();
}

boost::asio::awaitable<Result<void>> MemorySessionCache::tombstone(std::vector<EndedSession> ended, Instant now,
                                                                   Deadline deadline) {
    if (const auto arrived = co_await arrive(deadline); !arrived) co_return arrived.error();
    show(now);
    for (const EndedSession& session : ended)
        sessions_[keys::session(session.key)] = {std::nullopt, std::max(session.expires_at, now) + tombstone_margin};
    co_return Result<void>();
}

boost::asio::awaitable<Result<std::int64_t>> MemorySessionCache::end_before_sql(PendingEnd end, Instant now,
                                                                                Deadline deadline) {
    std::vector<EndedSession> ended{end.session};
    const auto written = co_await tombstone(std::move(ended), now, deadline);
    if (!written) co_return written.error();
    pending_[keys::session(end.session.key)] = end;
    const auto number = ++announcements_;
    const auto key = std::string(keys::announcement_prefix) + std::to_string(number) + keys::announcement_suffix(end);
    for (auto* const listener : listeners_)
        listener->on_changed(key);
    co_return number;
}

boost::asio::awaitable<Result<void>> MemorySessionCache::report(NodeReport report, Deadline deadline) {
    if (const auto arrived = co_await arrive(deadline); !arrived) co_return arrived.error();
    auto& said = reports_.try_emplace(report.node, report).first->second;
    if (report.heard >= 0) report.heard = std::max(report.heard, said.heard);
    said = std::move(report);
    co_return Result<void>();
}

boost::asio::awaitable<Result<std::vector<NodeReport>>> MemorySessionCache::reports(Deadline deadline) {
    if (const auto arrived = co_await arrive(deadline); !arrived) co_return arrived.error();
    std::vector<NodeReport> all;
    for (const auto& [node, report] : reports_)
        all.push_back(report);
    co_return all;
}

boost::asio::awaitable<Result<std::vector<PendingEnd>>> MemorySessionCache::pending_ends(std::size_t limit,
                                                                                         Deadline deadline) {
    if (const auto arrived = co_await arrive(deadline); !arrived) co_return arrived.error();
    std::vector<PendingEnd> some;
    for (auto it = pending_.begin(); it != pending_.end() && some.size() < limit; ++it)
        some.push_back(it->second);
    co_return some;
}

boost::asio::awaitable<Result<void>> MemorySessionCache::settled(std::vector<SessionKey> keys, Deadline deadline) {
    if (const auto arrived = co_await arrive(deadline); !arrived) co_return arrived.error();
    for (const auto& key : keys)
        pending_.erase(keys::session(key));
    co_return Result<void>();
}

boost::asio::awaitable<Result<void>> MemorySessionCache::extend(Session session, Seconds ttl, Deadline deadline) {
    if (const auto arrived = co_await arrive(deadline); !arrived) co_return arrived.error();
    show(session.last_activity);
    SessionEntry* const known = entry(session.key);
    const Instant dies_at = end_of(session, ttl);
    if (known == nullptr || !known->live || known->live->handle != session.handle || dies_at <= clock_)
        co_return Result<void>();
    if (known->live->last_activity > session.last_activity) co_return Result<void>();
    known->live->last_activity = session.last_activity;
    known->dies_at = dies_at;
    co_return Result<void>();
}

boost::asio::awaitable<Result<void>> MemorySessionCache::ping(Deadline deadline) {
    return arrive(deadline);
}

void MemorySessionCache::clear() {
    sessions_.clear();
    users_.clear();
    pending_.clear();
    reports_.clear();
}

boost::asio::awaitable<Result<void>> MemorySessionCache::arrive(Deadline deadline) {
    ++calls_;
    if (failure_) co_return make_error_code(*failure_);
    if (delay_ <= Millis::zero()) co_return Result<void>();
    const Deadline answer = deadline_in(delay_);
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, std::min(answer, deadline));
    co_await timer.async_wait(boost::asio::use_awaitable);
    if (answer > deadline) co_return make_error_code(StoreError::timed_out);
    co_return Result<void>();
}

void MemorySessionCache::show(Instant instant) {
    clock_ = std::max(clock_, instant);
}

MemorySessionCache::SessionEntry* MemorySessionCache::entry(const SessionKey& key) {
    const auto found = sessions_.find(keys::session(key));
    if (found == sessions_.end()) return nullptr;
    if (found->second.dies_at > clock_) return &found->second;
    sessions_.erase(found);
    return nullptr;
}

Instant MemorySessionCache::end_of(const Session& session, Seconds ttl) const {
    return std::min(clock_ + ttl, session.expires_at);
}

std::optional<User> MemorySessionCache::fresh_user(const std::string& context, const std::string& id,
                                                   Instant now) const {
    const auto found = users_.find(keys::user(context, id));
    if (found == users_.end() || found->second.at + user_soft_age <= now) return std::nullopt;
    User user = found->second.user;
    std::erase_if(user.permissions, [now](const Permission& permission) {
        return permission.expires_at && *permission.expires_at <= now;
    });
    return user;
}

} // namespace gatehouse
