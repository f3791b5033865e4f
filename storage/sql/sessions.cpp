// SPDX-License-Identifier: Apache-2.0
// SqlIdentityStore as a SessionStore.
#include "storage/planted.h"
#include "storage/sql/store_impl.h"
#include "storage/values.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <tuple>

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using sql::Connection;
using sql::IdentityQueries;

ListedSession to_listed(const std::string& user_id, const sql::SessionQueries::ListedRow& row) {
    const auto& [context, id, handle, created, active, expires, remember, address, agent, name] = row;
    return {{{context, id}, handle, user_id, created, active, expires, remember}, {address, agent}, name};
}

/// Makes the JSON for Dialect::batch. Each session has one entry, its latest: an UPDATE would take any one of several.
std::string to_batch(const std::vector<Activity>& activities) {
    std::map<std::pair<std::string, std::string>, Instant> latest;
    for (const auto& [key, at] : activities) {
        if (!is_storable_text(key.context) || !is_storable_text(key.id)) continue; // such a key names no session
        auto& value = latest[{key.context, key.id}];
        value = std::max(value, at);
    }
    boost::json::array batch;
    for (const auto& [key, at] : latest) {
        batch.push_back(boost::json::array{key.first, key.second, at.time_since_epoch().count()});
    }
    return boost::json::serialize(batch);
}

Inserted insert_session(Connection& c, const sql::SessionQueries& q, const NewSession& n) {
    const Session& s = n.session;
    return c.transaction([&]() -> Inserted {
        if (c.change(q.log_in, s.user_id, n.user_generation, s.last_activity) == 0) return {};
        sql::insert_row(c, q, n);
        if (n.max_per_user == 0) return {true, {}};
        const auto others = static_cast<sql::Number>(n.max_per_user - 1);
        return {true, sql::to_ended(c.rows(q.evict, s.user_id, s.key.context, s.key.id, others, s.last_activity))};
    });
}

std::optional<EndedSession> first(std::vector<EndedSession> ended) {
    if (ended.empty()) return std::nullopt;
    return std::move(ended.front());
}

} // namespace

namespace sql {

StoredSession to_stored(const SessionKey& key, const SessionQueries::FoundRow& row) {
    const auto& [handle, user_id, created, active, expires, remember, revoked, email, role, verified, disabled,
                 generation, permissions, legacy_id, phone] = row;
    StoredSession found{{key, handle, user_id, created, active, expires, remember},
                        {user_id, email, role, verified, disabled, generation, to_permissions(permissions)},
                        revoked};
    set_facts(found.user, legacy_id, phone);
    return found;
}

void insert_row(Connection& c, const SessionQueries& q, const NewSession& n) {
    const Session& s = n.session;
    const auto address = stored_address(n.origin.address);
    c.change(q.insert, s.key.context, s.key.id, s.handle, s.user_id, s.created_at, s.last_activity, s.expires_at,
             s.remember, address.empty() ? MaybeText{} : address, n.origin.user_agent);
}

} // namespace sql

awaitable<Result<std::optional<StoredSession>>> SqlIdentityStore::find(SessionKey key, Deadline deadline) {
    return impl_->decide(
        [key = std::move(key)](Connection& c, const IdentityQueries& q) -> std::optional<StoredSession> {
            const auto row = c.row(q.sessions.find, key.context, key.id, wall_now());
            if (row) return sql::to_stored(key, *row);
            return q.other_names ? sql::find_named(c, q, key) : std::nullopt;
        },
        deadline);
}

awaitable<Result<Inserted>> SqlIdentityStore::insert(NewSession session, Deadline deadline) {
    return impl_->serve(
        [session = std::move(session)](Connection& c, const IdentityQueries& q) {
            if (!is_uuid(session.session.user_id)) return Inserted{};
            return insert_session(c, q.sessions, session);
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::touch(std::vector<Activity> batch, Deadline deadline) {
    return impl_->decide(
        [batch = std::move(batch)](Connection& c, const IdentityQueries& q) {
            const auto activities = to_batch(batch);
            c.write([&] { return c.change(q.sessions.touch, activities); });
            if (q.other_names) c.write([&] { return c.change(q.takeover.touch, activities); });
        },
        deadline);
}

awaitable<Result<std::optional<EndedSession>>> SqlIdentityStore::revoke(SessionKey key, Instant now,
                                                                        Deadline deadline) {
    return impl_->decide(
        [key = std::move(key), now](Connection& c, const IdentityQueries& q) {
            return c.write([&] { return first(sql::to_ended(c.rows(q.sessions.revoke, key.context, key.id, now))); });
        },
        deadline);
}

awaitable<Result<std::optional<EndedSession>>>
SqlIdentityStore::revoke_by_handle(std::string user_id, std::string handle, Instant now, Deadline deadline) {
    return impl_->decide(
        [user_id = std::move(user_id), handle = std::move(handle),
         now](Connection& c, const IdentityQueries& q) -> std::optional<EndedSession> {
            if (!is_uuid(user_id) || !is_uuid(handle)) return std::nullopt;
            return c.write(
                [&] { return first(sql::to_ended(c.rows(q.sessions.revoke_by_handle, user_id, handle, now))); });
        },
        deadline);
}

awaitable<Result<std::vector<EndedSession>>>
SqlIdentityStore::revoke_all(std::string user_id, std::optional<SessionKey> keep, Instant now, Deadline deadline) {
    return impl_->decide(
        [user_id = std::move(user_id), keep = std::move(keep),
         now](Connection& c, const IdentityQueries& q) -> std::vector<EndedSession> {
            if (!is_uuid(user_id)) return {};
            // A transaction, so that this single statement is not repeated: a repetition would not return the sessions
            // that the first run ended.
            return c.transaction([&] { return sql::end_all(c, q, user_id, keep, now); });
        },
        deadline);
}

awaitable<Result<std::vector<EndedSession>>> SqlIdentityStore::ended_since(Instant since, std::string after,
                                                                           std::size_t limit, Deadline deadline) {
    const auto most = sql::at_most(limit);
    return impl_->decide(
        [since, after = std::move(after), most](Connection& c, const IdentityQueries& q) {
            auto ended = sql::to_ended(c.rows(q.sessions.ended_since, since, wall_now(), after, most));
            // Adds the aliases that these sessions have, or had.
            const auto names = q.other_names
                                   ? sql::to_ended(c.rows(q.takeover.ended_since, since, wall_now(), after, most))
                                   : std::vector<EndedSession>{};
            // Adds the ended sessions whose rows were deleted.
            const auto lost = planted(Bug::replay_ignores_deleted_rows)
                                  ? std::vector<EndedSession>{}
                                  : sql::to_ended(c.rows(q.feed.lost_since, since, wall_now(), after, most));
            ended.insert(ended.end(), names.begin(), names.end());
            ended.insert(ended.end(), lost.begin(), lost.end());
            const auto name = [](const EndedSession& one) { return std::tie(one.key.id, one.key.context); };
            std::ranges::sort(ended, {}, name);
            const auto twice = std::ranges::unique(ended, {}, name);
            ended.erase(twice.begin(), twice.end());
            if (ended.size() > static_cast<std::size_t>(most)) ended.resize(static_cast<std::size_t>(most));
            return ended;
        },
        deadline);
}

awaitable<Result<std::vector<ListedSession>>> SqlIdentityStore::list(std::string user_id, Instant now,
                                                                     Deadline deadline) {
    return impl_->serve(
        [user_id = std::move(user_id), now](Connection& c, const IdentityQueries& q) {
            std::vector<ListedSession> listed;
            if (!is_uuid(user_id)) return listed;
            for (const auto& row : c.rows(q.sessions.list, user_id, now))
                listed.push_back(to_listed(user_id, row));
            return listed;
        },
        deadline);
}

awaitable<Result<bool>> SqlIdentityStore::name_device(std::string user_id, std::string handle, std::string name,
                                                      Deadline deadline) {
    return impl_->serve(
        [user_id = std::move(user_id), handle = std::move(handle), name = std::move(name)](Connection& c,
                                                                                           const IdentityQueries& q) {
            if (!is_uuid(user_id) || !is_uuid(handle)) return false;
            return c.write([&] { return c.change(q.sessions.name_device, user_id, handle, name); }) > 0;
        },
        deadline);
}

awaitable<Result<std::vector<SqlIdentityStore::SomebodysSession>>>
SqlIdentityStore::list_live(std::string after, std::size_t limit, Instant now, Deadline deadline) {
    return impl_->serve(
        [after = std::move(after), most = sql::at_most(limit), now](Connection& c, const IdentityQueries& q) {
            std::vector<SomebodysSession> all;
            for (const auto& row : c.rows(q.sessions.list_live, after, now, most)) {
                const auto& [context, id, handle, created, active, expires, remember, address, agent, email, phone,
                             user] = row;
                Session session{{context, id}, handle, user, created, active, expires, remember};
                all.push_back({{std::move(session), {address, agent}}, email, phone, user});
            }
            return all;
        },
        deadline);
}

awaitable<Result<std::size_t>> SqlIdentityStore::purge(Instant before, std::size_t limit, Deadline deadline) {
    const auto most = sql::at_most(limit);
    return impl_->serve(
        [before, most](Connection& c, const IdentityQueries& q) {
            return c.write([&] { return c.change(q.sessions.purge, before, most); });
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::ping(Deadline deadline) {
    return impl_->decide([](Connection& c, const IdentityQueries& q) { c.rows(q.sessions.ping); }, deadline);
}

} // namespace gatehouse
