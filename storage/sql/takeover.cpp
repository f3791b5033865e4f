// SPDX-License-Identifier: Apache-2.0
// SqlIdentityStore as a TakeoverStore.
#include "storage/sql/store_impl.h"
#include "storage/values.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using sql::Connection;
using sql::IdentityQueries;
using sql::Refusal;

using UserRow = sql::TakeoverQueries::UserRow;

std::optional<UserRow> find_user(Connection& c, const IdentityQueries& q, const Newcomer& n, Instant now) {
    return c.row(q.takeover.find_user, n.user.id, n.token_id, n.born.value_or(Instant{}), n.context, now);
}

Introduced to_introduced(const UserRow& row) {
    const auto& [id, email, phone, hash, role, verified, disabled, generation, permissions, imported, counts] = row;
    return {{id, email, role, verified, disabled, generation, sql::to_permissions(permissions)}, hash, counts};
}

/// The older system says something else than what was taken over from it.
bool is_outdated(const UserRow& row, const Newcomer& n) {
    const auto& [id, email, phone, hash, role, verified, disabled, generation, permissions, imported, counts] = row;
    return email != n.email || phone != n.phone || role != n.role || verified != n.user.verified ||
           imported != n.user.password_hash;
}

void make_user(Connection& c, const IdentityQueries& q, const Newcomer& n, Instant now) {
    // Whoever merely typed an address there must not become the one who has it here.
    const bool linked = !n.email.empty() && n.user.verified &&
                        c.change(q.takeover.link_user, n.email, n.user.id, n.user.password_hash) == 1;
    if (linked) return;
    c.change(q.takeover.create_user, n.id, n.email, n.phone, n.user.password_hash, n.role, n.user.verified,
             n.user.created_at.value_or(now), n.user.id);
}

Introduced introduce(Connection& c, const IdentityQueries& q, const Newcomer& n, Instant now) {
    auto row = find_user(c, q, n, now);
    if (row && (!n.refresh || !is_outdated(*row, n))) return to_introduced(*row);
    return c.transaction([&] {
        if (row) {
            c.change(q.takeover.refresh_user, n.user.id, n.email, n.phone, n.user.password_hash, n.role,
                     n.user.verified, now);
        } else {
            make_user(c, q, n, now);
        }
        const auto found = find_user(c, q, n, now);
        if (!found) throw Refusal(StoreError::conflict, "somebody else has the address or the phone number");
        return to_introduced(*found);
    });
}

Adopted adopt(Connection& c, const IdentityQueries& q, const Adoption& a) {
    const Session& s = a.session.session;
    return c.transaction([&] {
        const auto born = a.born.value_or(Instant{});
        if (c.change(q.takeover.hold_user, s.user_id, a.session.user_generation, a.token_id, born) == 0) {
            return Adopted::refused;
        }
        const auto place = std::string(name_of(a.place));
        c.change(q.takeover.record, a.token_id, s.key.context, place, s.last_activity, s.expires_at);
        const auto known = c.row(q.takeover.find, a.token_id, s.key.context);
        // Of another context, over, or somebody was quicker: nothing has been written but perhaps the same again.
        if (!known || std::get<1>(*known) || !std::get<0>(*known).empty()) return Adopted::exists;
        sql::insert_row(c, q.sessions, a.session);
        c.change(q.takeover.name, a.token_id, s.key.id);
        return Adopted::moved;
    });
}

} // namespace

namespace sql {

std::optional<StoredSession> find_named(Connection& c, const IdentityQueries& q, const SessionKey& key) {
    const auto token = c.row(q.takeover.find, key.id, key.context);
    if (!token) return std::nullopt;
    const auto& [session_id, over, expires_at] = *token;
    if (over) {
        StoredSession ended;
        ended.session.key = key;
        ended.session.expires_at = expires_at;
        ended.revoked = true;
        return ended;
    }
    if (session_id.empty()) return std::nullopt;
    const auto row = c.row(q.sessions.find, key.context, session_id, wall_now());
    return row ? std::optional(to_stored(key, *row)) : std::nullopt;
}

std::optional<SessionKey> real_key(Connection& c, const IdentityQueries& q, std::optional<SessionKey> key) {
    if (!key) return key;
    const auto token = c.row(q.takeover.find, key->id, key->context);
    if (token && !std::get<0>(*token).empty()) key->id = std::get<0>(*token);
    return key;
}

} // namespace sql

awaitable<Result<Introduced>> SqlIdentityStore::introduce(Newcomer newcomer, Instant now, Deadline deadline) {
    return impl_->run(
        [newcomer = std::move(newcomer), now](Connection& c, const IdentityQueries& q) {
            return gatehouse::introduce(c, q, newcomer, now);
        },
        deadline);
}

awaitable<Result<Adopted>> SqlIdentityStore::adopt(Adoption adoption, Deadline deadline) {
    return impl_->run([adoption = std::move(adoption)](
                          Connection& c, const IdentityQueries& q) { return gatehouse::adopt(c, q, adoption); },
                      deadline);
}

awaitable<Result<bool>> SqlIdentityStore::vouch(Vouched token, Deadline deadline) {
    return impl_->run(
        [t = std::move(token)](Connection& c, const IdentityQueries& q) {
            return c.write([&] {
                return c.change(q.takeover.vouch, t.token.id, t.token.context, std::string(name_of(t.place)), t.since,
                                t.expires_at, t.session_id) == 1;
            });
        },
        deadline);
}

awaitable<Result<std::optional<LegacyPlace>>> SqlIdentityStore::place_of(SessionKey token, Deadline deadline) {
    return impl_->run(
        [token = std::move(token)](Connection& c, const IdentityQueries& q) -> std::optional<LegacyPlace> {
            const auto row = c.row(q.takeover.place, token.id, token.context);
            if (!row) return std::nullopt;
            const auto& place = std::get<0>(*row);
            if (place == name_of(LegacyPlace::sessions)) return LegacyPlace::sessions;
            return place == name_of(LegacyPlace::redis) ? LegacyPlace::redis : LegacyPlace::users;
        },
        deadline);
}

awaitable<Result<std::vector<EndedSession>>> SqlIdentityStore::end_old(EndedSession token, Instant now,
                                                                       Deadline deadline) {
    return impl_->run(
        [token = std::move(token), now](Connection& c, const IdentityQueries& q) {
            return c.transaction([&] {
                const auto& key = token.key;
                std::vector<EndedSession> ended{token};
                const auto row = c.row(q.takeover.end, key.id, key.context, now, token.expires_at);
                const auto session = row ? std::get<0>(*row) : std::string{};
                if (session.empty()) return ended;
                for (auto& one : sql::to_ended(c.rows(q.sessions.revoke, key.context, session, now)))
                    ended.push_back(std::move(one));
                for (auto& one : sql::to_ended(c.rows(q.takeover.names_of, session)))
                    if (one.key != key) ended.push_back(std::move(one));
                return ended;
            });
        },
        deadline);
}

awaitable<Result<std::vector<EndedSession>>> SqlIdentityStore::names_of(std::vector<SessionKey> sessions,
                                                                        Deadline deadline) {
    return impl_->run(
        [sessions = std::move(sessions)](Connection& c, const IdentityQueries& q) {
            std::vector<EndedSession> names;
            for (const auto& key : sessions)
                for (auto& one : sql::to_ended(c.rows(q.takeover.names_of, key.id)))
                    names.push_back(std::move(one));
            return names;
        },
        deadline);
}

awaitable<Result<std::string>> SqlIdentityStore::legacy_id_of(std::string user_id, Deadline deadline) {
    return impl_->run(
        [user_id = std::move(user_id)](Connection& c, const IdentityQueries& q) -> std::string {
            if (!is_uuid(user_id)) return {};
            const auto row = c.row(q.takeover.legacy_id, user_id);
            return row ? std::get<0>(*row) : std::string{};
        },
        deadline);
}

awaitable<Result<std::string>> SqlIdentityStore::legacy_id_of_session(SessionKey session, Deadline deadline) {
    return impl_->run(
        [key = std::move(session)](Connection& c, const IdentityQueries& q) -> std::string {
            const auto row = c.row(q.takeover.legacy_id_of_session, key.id, key.context);
            return row ? std::get<0>(*row) : std::string{};
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::note_hash(std::string user_id, std::string hash, Deadline deadline) {
    return impl_->run(
        [user_id = std::move(user_id), hash = std::move(hash)](Connection& c, const IdentityQueries& q) {
            if (is_uuid(user_id)) c.write([&] { return c.change(q.takeover.note_hash, user_id, hash); });
        },
        deadline);
}

awaitable<Result<std::vector<KnownToken>>>
SqlIdentityStore::known_tokens(std::string context, std::vector<std::string> ids, Instant now, Deadline deadline) {
    return impl_->run(
        [context = std::move(context), ids = std::move(ids), now](Connection& c, const IdentityQueries& q) {
            boost::json::array batch;
            for (const auto& id : ids)
                batch.push_back(boost::json::array{context, id, 0});
            std::vector<KnownToken> known;
            for (const auto& [id, over, live, session, handle, user] :
                 c.rows(q.takeover.known, boost::json::serialize(batch), now))
                known.push_back({id, over, live, session, handle, user});
            return known;
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::announce(Announcement announcement, Deadline deadline) {
    return impl_->run(
        [a = std::move(announcement)](Connection& c, const IdentityQueries& q) {
            c.write([&] { return c.change(q.takeover.announce, a.node, a.strategy, a.at); });
        },
        deadline);
}

awaitable<Result<std::vector<Announcement>>> SqlIdentityStore::announced(Deadline deadline) {
    return impl_->run(
        [](Connection& c, const IdentityQueries& q) {
            std::vector<Announcement> all;
            for (const auto& [node, strategy, at] : c.rows(q.takeover.announced))
                all.push_back({node, strategy, at});
            return all;
        },
        deadline);
}

awaitable<Result<TakeoverCounts>> SqlIdentityStore::takeover_counts(std::string context, Instant now,
                                                                    Deadline deadline) {
    return impl_->run(
        [context = std::move(context), now](Connection& c, const IdentityQueries& q) {
            const auto [users, sessions, named, ended] = c.row(q.takeover.counts, context, now).value();
            const auto count = [](sql::Number number) { return static_cast<std::uint64_t>(number); };
            return TakeoverCounts{count(users), count(sessions), count(named), count(ended)};
        },
        deadline);
}

awaitable<Result<std::size_t>> SqlIdentityStore::forget_tokens(std::size_t limit, Deadline deadline) {
    const auto most = static_cast<sql::Number>(limit);
    return impl_->run(
        [most](Connection& c, const IdentityQueries& q) {
            return c.write([&] { return c.change(q.takeover.forget_tokens, most); });
        },
        deadline);
}

awaitable<Result<ForgottenHashes>> SqlIdentityStore::forget_hashes(std::string after, std::size_t limit,
                                                                   Deadline deadline) {
    const auto most = static_cast<sql::Number>(limit);
    return impl_->run(
        [after = std::move(after), most](Connection& c, const IdentityQueries& q) {
            ForgottenHashes forgotten;
            forgotten.last = std::get<0>(c.row(q.takeover.last_id, after, most).value());
            if (!forgotten.last.empty())
                forgotten.count = c.write([&] { return c.change(q.takeover.forget_hashes, after, forgotten.last); });
            return forgotten;
        },
        deadline);
}

} // namespace gatehouse
