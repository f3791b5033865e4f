// SPDX-License-Identifier: Apache-2.0
// SqlIdentityStore as a TakeoverStore.
#include "storage/sql/store_impl.h"
#include "storage/values.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

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

Introduced to_introduced(const UserRow& row, const std::string& legacy_id) {
    Introduced introduced{
        {row.id, row.email, row.role, row.verified, row.disabled, row.generation, sql::to_permissions(row.permissions)},
        row.hash,
        row.token_counts};
    set_facts(introduced.user, legacy_id, row.phone);
    return introduced;
}

/// Whether the older system's data differ from what was taken over earlier.
bool is_outdated(const UserRow& row, const Newcomer& n) {
    return row.email != n.email || row.phone != n.phone || row.role != n.role || row.verified != n.user.verified ||
           row.imported_hash != n.user.password_hash;
}

/// Permissions are taken over once for each user, and again while the older system leads.
bool brings_permissions(const std::optional<UserRow>& row, const Newcomer& n) {
    if (!n.permissions) return false;
    const auto imported = row ? row->imported_permissions : std::nullopt;
    return !imported || (n.refresh && *imported != *n.permissions);
}

void bring_permissions(Connection& c, const IdentityQueries& q, const Newcomer& n, Instant now) {
    c.change(q.takeover.note_permissions, n.user.id, *n.permissions);
    c.change(q.takeover.withdraw_permissions, n.user.id, *n.permissions);
    c.change(q.takeover.grant_permissions, n.user.id, *n.permissions, now);
}

void make_user(Connection& c, const IdentityQueries& q, const Newcomer& n, Instant now) {
    // Link by address only if the older system has verified the address: a person who merely typed somebody's address
    // there must not get that person's account here.
    const bool linked = !n.email.empty() && n.user.verified &&
                        c.change(q.takeover.link_user, n.email, n.user.id, n.user.password_hash) == 1;
    if (linked) return;
    c.change(q.takeover.create_user, n.id, n.email, n.phone, n.user.password_hash, n.role, n.user.verified,
             n.user.created_at.value_or(now), n.user.id);
}

Introduced introduce(Connection& c, const IdentityQueries& q, const Newcomer& n, Instant now) {
    auto row = find_user(c, q, n, now);
    const bool outdated = row && n.refresh && is_outdated(*row, n);
    const bool brings = brings_permissions(row, n);
    if (row && !outdated && !brings) return to_introduced(*row, n.user.id);
    return c.transaction([&] {
        if (outdated) {
            c.change(q.takeover.refresh_user, n.user.id, n.email, n.phone, n.user.password_hash, n.role,
                     n.user.verified, now);
        } else if (!row) {
            make_user(c, q, n, now);
        }
        if (brings) bring_permissions(c, q, n, now);
        const auto found = find_user(c, q, n, now);
        if (!found) throw Refusal(StoreError::conflict, "somebody else has the address or the phone number");
        auto introduced = to_introduced(*found, n.user.id);
        introduced.written = true;
        return introduced;
    });
}

/// Asks both questions whatever the first one finds, so that the time of the answer does not tell which accounts exist.
std::optional<Account> preview(Connection& c, const IdentityQueries& q, const Newcomer& n, Instant now) {
    const auto row = find_user(c, q, n, now);
    const auto same_address = c.row(q.users.find_by_email, n.email.empty() ? "?" : n.email);
    if (row) {
        const auto introduced = to_introduced(*row, n.user.id);
        const User& user = introduced.user;
        const bool theirs = n.refresh && row->imported_hash != n.user.password_hash;
        return Account{user.id,
                       user.email,
                       theirs ? n.user.password_hash : introduced.password_hash,
                       user.role,
                       user.verified,
                       user.disabled,
                       user.generation,
                       {},
                       {}};
    }
    if (same_address && !n.user.verified)
        throw Refusal(StoreError::conflict, "somebody else has the address or the phone number");
    if (same_address) return std::make_from_tuple<Account>(*same_address);
    return std::nullopt;
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
        // The token belongs to another context, is over, or was taken over by another request meanwhile. Nothing was
        // written, except perhaps the same record again.
        if (!known || known->over || !known->session.empty()) return Adopted::exists;
        sql::insert_row(c, q.sessions, a.session);
        c.change(q.takeover.name, a.token_id, s.key.id, a.sealed, a.lives_until);
        return Adopted::moved;
    });
}

} // namespace

namespace sql {

std::optional<StoredSession> find_named(Connection& c, const IdentityQueries& q, const SessionKey& key) {
    const auto token = c.row(q.takeover.find, key.id, key.context);
    if (!token) return std::nullopt;
    if (token->over) {
        StoredSession ended;
        ended.session.key = key;
        ended.session.expires_at = token->expires_at;
        ended.revoked = true;
        return ended;
    }
    if (token->session.empty()) return std::nullopt;
    const auto row = c.row(q.sessions.find, key.context, token->session, wall_now());
    return row ? std::optional(to_stored(key, *row)) : std::nullopt;
}

std::optional<SessionKey> real_key(Connection& c, const IdentityQueries& q, std::optional<SessionKey> key) {
    if (!key) return key;
    const auto token = c.row(q.takeover.find, key->id, key->context);
    if (token && !token->session.empty()) key->id = token->session;
    return key;
}

} // namespace sql

awaitable<Result<Introduced>> SqlIdentityStore::introduce(Newcomer newcomer, Instant now, Deadline deadline) {
    return impl_->decide(
        [newcomer = std::move(newcomer), now](Connection& c, const IdentityQueries& q) {
            return gatehouse::introduce(c, q, newcomer, now);
        },
        deadline);
}

awaitable<Result<std::optional<Account>>> SqlIdentityStore::preview(Newcomer newcomer, Instant now, Deadline deadline) {
    return impl_->serve(
        [newcomer = std::move(newcomer), now](Connection& c, const IdentityQueries& q) {
            return gatehouse::preview(c, q, newcomer, now);
        },
        deadline);
}

awaitable<Result<Adopted>> SqlIdentityStore::adopt(Adoption adoption, Deadline deadline) {
    return impl_->decide([adoption = std::move(adoption)](
                             Connection& c, const IdentityQueries& q) { return gatehouse::adopt(c, q, adoption); },
                         deadline);
}

awaitable<Result<bool>> SqlIdentityStore::accept_token(AcceptedToken token, Deadline deadline) {
    return impl_->serve(
        [t = std::move(token)](Connection& c, const IdentityQueries& q) {
            return c.write([&] {
                return c.change(q.takeover.accept_token, t.token.id, t.token.context, std::string(name_of(t.place)),
                                t.since, t.expires_at, t.session_id, t.sealed, t.lives_until) == 1;
            });
        },
        deadline);
}

awaitable<Result<std::vector<EndedSession>>> SqlIdentityStore::end_name(EndedSession name, Instant now,
                                                                        Deadline deadline) {
    if (!impl_->state->queries.other_names) co_return std::vector<EndedSession>{};
    auto work = [name = std::move(name), now](Connection& c, const IdentityQueries& q) {
        return c.transaction([&] {
            const auto& key = name.key;
            std::vector<EndedSession> ended{name};
            const auto session = c.value(q.takeover.end, key.id, key.context, now, name.expires_at).value_or("");
            if (session.empty()) return ended;
            for (auto& one : sql::to_ended(c.rows(q.sessions.revoke, key.context, session, now)))
                ended.push_back(std::move(one));
            for (auto& one : sql::to_ended(c.rows(q.takeover.names_of, session)))
                if (one.key != key) ended.push_back(std::move(one));
            return ended;
        });
    };
    co_return co_await impl_->decide(std::move(work), deadline);
}

awaitable<Result<std::vector<EndedSession>>> SqlIdentityStore::names_of(std::vector<SessionKey> sessions,
                                                                        Deadline deadline) {
    if (!impl_->state->queries.other_names || sessions.empty()) co_return std::vector<EndedSession>{};
    auto work = [sessions = std::move(sessions)](Connection& c, const IdentityQueries& q) {
        std::vector<EndedSession> names;
        for (const auto& key : sessions)
            for (auto& one : sql::to_ended(c.rows(q.takeover.names_of, key.id)))
                names.push_back(std::move(one));
        return names;
    };
    co_return co_await impl_->decide(std::move(work), deadline);
}

awaitable<Result<std::string>> SqlIdentityStore::legacy_id_of(std::string user_id, Deadline deadline) {
    return impl_->serve(
        [user_id = std::move(user_id)](Connection& c, const IdentityQueries& q) -> std::string {
            if (!is_uuid(user_id)) return {};
            return c.value(q.takeover.legacy_id, user_id).value_or("");
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::note_hash(std::string user_id, std::string hash, Deadline deadline) {
    return impl_->serve(
        [user_id = std::move(user_id), hash = std::move(hash)](Connection& c, const IdentityQueries& q) {
            if (is_uuid(user_id)) c.write([&] { return c.change(q.takeover.note_hash, user_id, hash); });
        },
        deadline);
}

awaitable<Result<std::vector<KnownToken>>>
SqlIdentityStore::known_tokens(std::string context, std::vector<std::string> ids, Instant now, Deadline deadline) {
    return impl_->serve(
        [context = std::move(context), ids = std::move(ids), now](Connection& c, const IdentityQueries& q) {
            boost::json::array batch;
            for (const auto& id : ids)
                batch.push_back(boost::json::array{context, id, 0});
            std::vector<KnownToken> known;
            for (const auto& [id, over, live, session, handle, user, since] :
                 c.rows(q.takeover.known, boost::json::serialize(batch), now))
                known.push_back({id, over, live, session, handle, user, since});
            return known;
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::announce(Announcement announcement, Deadline deadline) {
    return impl_->decide(
        [a = std::move(announcement)](Connection& c, const IdentityQueries& q) {
            c.write([&] { return c.change(q.takeover.announce, a.node, a.strategy, a.at, a.refused, a.refused_at); });
        },
        deadline);
}

awaitable<Result<std::vector<Announcement>>> SqlIdentityStore::announced(Deadline deadline) {
    return impl_->decide(
        [](Connection& c, const IdentityQueries& q) {
            std::vector<Announcement> all;
            for (const auto& [node, strategy, at, refused, refused_at] : c.rows(q.takeover.announced))
                all.push_back({node, strategy, at, refused, refused_at});
            return all;
        },
        deadline);
}

awaitable<Result<std::vector<CutOff>>> SqlIdentityStore::cut_off(std::vector<std::string> legacy_ids,
                                                                 Deadline deadline) {
    return impl_->serve(
        [ids = boost::json::serialize(boost::json::value_from(legacy_ids))](Connection& c, const IdentityQueries& q) {
            std::vector<CutOff> all;
            for (const auto& [id, disabled, until] : c.rows(q.takeover.cut_off_users, ids))
                all.push_back({id, disabled ? std::nullopt : until});
            return all;
        },
        deadline);
}

awaitable<Result<TakeoverCounts>> SqlIdentityStore::takeover_counts(std::string context, Instant since, Instant now,
                                                                    Deadline deadline) {
    return impl_->serve(
        [context = std::move(context), since, now](Connection& c, const IdentityQueries& q) {
            const auto [users, sessions, named, ended, fresh, permissions] =
                c.row(q.takeover.counts, context, since, now).value();
            const auto count = [](sql::Number number) { return static_cast<std::uint64_t>(number); };
            return TakeoverCounts{count(users), count(sessions), count(named),
                                  count(ended), count(fresh),    count(permissions)};
        },
        deadline);
}

awaitable<Result<std::size_t>> SqlIdentityStore::forget_tokens(std::size_t limit, Deadline deadline) {
    const auto most = static_cast<sql::Number>(limit);
    return impl_->serve(
        [most](Connection& c, const IdentityQueries& q) {
            return c.write([&] { return c.change(q.takeover.forget_tokens, most); });
        },
        deadline);
}

awaitable<Result<ForgottenHashes>> SqlIdentityStore::forget_hashes(std::string after, std::size_t limit,
                                                                   Deadline deadline) {
    const auto most = static_cast<sql::Number>(limit);
    return impl_->serve(
        [after = std::move(after), most](Connection& c, const IdentityQueries& q) {
            ForgottenHashes forgotten;
            forgotten.last = c.value(q.takeover.last_id, after, most).value();
            if (!forgotten.last.empty())
                forgotten.count = c.write([&] { return c.change(q.takeover.forget_hashes, after, forgotten.last); });
            return forgotten;
        },
        deadline);
}

} // namespace gatehouse
