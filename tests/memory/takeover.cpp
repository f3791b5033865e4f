// SPDX-License-Identifier: Apache-2.0
// MemoryIdentityStore as a TakeoverStore.
#include "tests/memory/identity_store.h"

#include <algorithm>
#include <boost/json/parse.hpp>

namespace gatehouse {

using boost::asio::awaitable;

MemoryIdentityStore::UserRow* MemoryIdentityStore::legacy_user(const std::string& legacy_id) {
    const auto found = std::ranges::find_if(users_, [&](const auto& one) { return one.second.legacy_id == legacy_id; });
    return found != users_.end() ? &found->second : nullptr;
}

bool MemoryIdentityStore::counts(const UserRow& row, const std::string& token_id, std::optional<Instant> born) const {
    if (!row.legacy_cutoff || (born && *born > *row.legacy_cutoff)) return true;
    const auto token = tokens_.find(token_id);
    return token != tokens_.end() && !token->second.ended && token->second.since > *row.legacy_cutoff;
}

MemoryIdentityStore::UserRow* MemoryIdentityStore::make_user(const Newcomer& n, Instant now) {
    const auto same_address = [&](const auto& one) { return !n.email.empty() && one.second.account.email == n.email; };
    const auto same_number = [&](const auto& one) { return !n.phone.empty() && one.second.phone == n.phone; };
    if (const auto found = std::ranges::find_if(users_, same_address); found != users_.end()) {
        UserRow& row = found->second;
        if (!n.user.verified || !row.legacy_id.empty()) return nullptr;
        row.legacy_id = n.user.id;
        row.legacy_hash = n.user.password_hash;
        raise_generation(row);
        return &row;
    }
    if (users_.contains(n.id) || std::ranges::any_of(users_, same_number)) return nullptr;
    UserRow& row = users_[n.id];
    row.account = {
        n.id,        n.email, n.user.password_hash, n.role, n.user.verified, false, 1, n.user.created_at.value_or(now),
        std::nullopt};
    row.phone = row.account.phone = n.phone;
    row.legacy_id = n.user.id;
    row.legacy_hash = n.user.password_hash;
    return &row;
}

void MemoryIdentityStore::refresh(UserRow& row, const Newcomer& n) {
    Account& a = row.account;
    const bool same = a.email == n.email && row.phone == n.phone && a.role == n.role && a.verified == n.user.verified &&
                      row.legacy_hash == n.user.password_hash;
    if (same) return;
    a.email = n.email;
    row.phone = row.account.phone = n.phone;
    a.role = n.role;
    a.verified = n.user.verified;
    if (row.legacy_hash != n.user.password_hash) a.password_hash = row.legacy_hash = n.user.password_hash;
    raise_generation(row);
}

void MemoryIdentityStore::bring_permissions(UserRow& row, const Newcomer& n) {
    if (!n.permissions || (row.legacy_permissions && (!n.refresh || row.legacy_permissions == n.permissions))) return;
    row.legacy_permissions = n.permissions;
    for (auto& [context, rights] : row.permissions)
        std::erase_if(rights, [](const auto& right) { return right.second.from_legacy; });
    const auto parsed = boost::json::parse(*n.permissions);
    for (const auto& value : parsed.as_array()) {
        const auto& one = value.as_array();
        std::optional<Instant> ends;
        if (one[2].is_int64()) ends = Instant(Millis(one[2].as_int64()));
        row.permissions[std::string(one[0].as_string())].try_emplace(std::string(one[1].as_string()),
                                                                     Right{ends, true});
    }
    raise_generation(row);
}

awaitable<Result<Introduced>> MemoryIdentityStore::introduce(Newcomer newcomer, Instant now, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    auto* row = legacy_user(newcomer.user.id);
    const auto before = row != nullptr ? row->account.generation : 0;
    if (row != nullptr && newcomer.refresh) refresh(*row, newcomer);
    if (row == nullptr) row = make_user(newcomer, now);
    if (row == nullptr) co_return make_error_code(StoreError::conflict);
    bring_permissions(*row, newcomer);
    Introduced introduced{view(*row, newcomer.context, now), row->account.password_hash,
                          counts(*row, newcomer.token_id, newcomer.born)};
    introduced.written = row->account.generation != before;
    co_return introduced;
}

awaitable<Result<std::optional<Account>>> MemoryIdentityStore::preview(Newcomer newcomer, Instant /*now*/,
                                                                       Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto& n = newcomer;
    if (const auto* row = legacy_user(n.user.id)) {
        Account account = row->account;
        if (n.refresh && row->legacy_hash != n.user.password_hash) account.password_hash = n.user.password_hash;
        co_return account;
    }
    const auto same = std::ranges::find_if(
        users_, [&](const auto& one) { return !n.email.empty() && one.second.account.email == n.email; });
    if (same == users_.end()) co_return std::nullopt;
    if (!n.user.verified) co_return make_error_code(StoreError::conflict);
    co_return same->second.account;
}

awaitable<Result<Adopted>> MemoryIdentityStore::adopt(Adoption adoption, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const Session& s = adoption.session.session;
    auto* owner = user(s.user_id);
    if (owner == nullptr || owner->account.disabled || owner->account.generation != adoption.session.user_generation ||
        !counts(*owner, adoption.token_id, adoption.born)) {
        co_return Adopted::refused;
    }
    const auto [token, fresh] = tokens_.try_emplace(
        adoption.token_id, Token{s.key.context, {}, adoption.place, s.last_activity, s.expires_at, false});
    if (token->second.ended || !token->second.session_id.empty()) co_return Adopted::exists;
    token->second.session_id = s.key.id;
    token->second.sealed = adoption.sealed;
    token->second.lives_until = adoption.lives_until;
    sessions_[s.key.id] = {s, adoption.session.origin, false};
    co_return Adopted::moved;
}

awaitable<Result<bool>> MemoryIdentityStore::accept_token(AcceptedToken accepted_token, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok)
        co_return Result<bool>(boost::system::in_place_error, ok.error());
    const auto [at, fresh] = tokens_.try_emplace(accepted_token.token.id, Token{accepted_token.token.context,
                                                                                {},
                                                                                accepted_token.place,
                                                                                accepted_token.since,
                                                                                accepted_token.expires_at,
                                                                                false});
    Token& token = at->second;
    if (token.ended) co_return false;
    token.since = std::max(token.since, accepted_token.since);
    if (token.sealed.empty()) token.sealed = accepted_token.sealed;
    if (accepted_token.lives_until) token.lives_until = accepted_token.lives_until;
    if (token.session_id.empty() && accepted_token.session_id) token.session_id = *accepted_token.session_id;
    co_return true;
}

OlderName MemoryIdentityStore::name_of_session(const std::string& id, const Token& token) const {
    OlderName name{id, token.sealed, token.place, token.lives_until, token.ended, {}, false};
    const auto row = sessions_.find(token.session_id);
    if (row == sessions_.end()) return name;
    const UserRow& owner = users_.at(row->second.session.user_id);
    name.legacy_user_id = owner.legacy_id;
    name.cleared_here = owner.legacy_cleared;
    return name;
}

awaitable<Result<std::vector<OlderName>>> MemoryIdentityStore::older_names(SessionKey session, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<OlderName> names;
    for (const auto& [id, token] : tokens_) {
        const bool meant = id == session.id || token.session_id == session.id;
        if (meant && token.context == session.context && sessions_.contains(token.session_id))
            names.push_back(name_of_session(id, token));
    }
    co_return names;
}

awaitable<Result<std::vector<OlderName>>> MemoryIdentityStore::older_names_of(std::string user_id, Instant now,
                                                                              Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<OlderName> names;
    for (const auto& [id, token] : tokens_) {
        const auto row = sessions_.find(token.session_id);
        const bool theirs = row != sessions_.end() && row->second.session.user_id == user_id;
        if (theirs && token.lives_until && *token.lives_until > now) names.push_back(name_of_session(id, token));
    }
    co_return names;
}

awaitable<Result<std::vector<OlderName>>> MemoryIdentityStore::live_names(std::string context, std::string after,
                                                                          std::size_t limit, Instant now,
                                                                          Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<OlderName> names;
    for (auto at = tokens_.upper_bound(after); at != tokens_.end() && names.size() < limit; ++at) {
        const auto row = sessions_.find(at->second.session_id);
        const bool live = row != sessions_.end() && !row->second.revoked && row->second.session.expires_at > now;
        if (live && !at->second.ended && at->second.context == context)
            names.push_back(name_of_session(at->first, at->second));
    }
    co_return names;
}

awaitable<Result<void>> MemoryIdentityStore::note_alive(SessionKey token, std::string sealed,
                                                        std::optional<Instant> lives_until, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto at = tokens_.find(token.id);
    if (at == tokens_.end() || at->second.ended) co_return Result<void>{};
    if (!sealed.empty()) at->second.sealed = std::move(sealed);
    at->second.lives_until = lives_until;
    co_return Result<void>{};
}

awaitable<Result<void>> MemoryIdentityStore::note_cleared(std::string legacy_user_id, bool cleared, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    if (auto* const row = legacy_user(legacy_user_id)) row->legacy_cleared = cleared;
    co_return Result<void>{};
}

void MemoryIdentityStore::end_token(const std::string& id, Token& token) {
    if (!std::exchange(token.ended, true)) tell(EndedSession{{token.context, id}, token.expires_at});
}

void MemoryIdentityStore::end_names(const std::string& session_id) {
    for (auto& [id, token] : tokens_)
        if (token.session_id == session_id) end_token(id, token);
}

awaitable<Result<std::vector<EndedSession>>> MemoryIdentityStore::end_name(EndedSession name, Instant now,
                                                                           Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<EndedSession> ended{name};
    const auto [at, fresh] = tokens_.try_emplace(
        name.key.id, Token{name.key.context, {}, LegacyPlace::sessions, now, name.expires_at, false});
    end_token(at->first, at->second);
    const auto session_id = at->second.session_id;
    if (const auto row = sessions_.find(session_id); row != sessions_.end()) ended.push_back(end(row->second));
    for (const auto& [id, other] : tokens_)
        if (!session_id.empty() && other.session_id == session_id && id != name.key.id)
            ended.push_back({{other.context, id}, other.expires_at});
    co_return ended;
}

awaitable<Result<std::vector<EndedSession>>> MemoryIdentityStore::names_of(std::vector<SessionKey> sessions,
                                                                           Deadline deadline) {
    if (tokens_.empty()) co_return std::vector<EndedSession>{}; // no older system
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<EndedSession> names;
    for (const auto& [id, token] : tokens_)
        if (std::ranges::any_of(sessions, [&](const SessionKey& key) { return key.id == token.session_id; }))
            names.push_back({{token.context, id}, token.expires_at});
    co_return names;
}

awaitable<Result<std::string>> MemoryIdentityStore::legacy_id_of(std::string user_id, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto* row = user(user_id);
    co_return row != nullptr ? row->legacy_id : std::string{};
}

awaitable<Result<void>> MemoryIdentityStore::note_hash(std::string user_id, std::string hash, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    if (auto* row = user(user_id)) row->legacy_hash = hash;
    co_return Result<void>{};
}

awaitable<Result<std::vector<KnownToken>>>
MemoryIdentityStore::known_tokens(std::string context, std::vector<std::string> ids, Instant now, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<KnownToken> known;
    for (const auto& id : ids) {
        const auto at = tokens_.find(id);
        if (at == tokens_.end() || at->second.context != context) continue;
        KnownToken one{id, at->second.ended, false, at->second.session_id, {}, {}, at->second.since};
        if (const auto row = sessions_.find(one.session_id); row != sessions_.end()) {
            one.live = !row->second.revoked && row->second.session.expires_at > now;
            one.handle = row->second.session.handle;
            one.legacy_user_id = user(row->second.session.user_id)->legacy_id;
        }
        known.push_back(std::move(one));
    }
    co_return known;
}

awaitable<Result<void>> MemoryIdentityStore::announce(Announcement announcement, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    announcements_[announcement.node] = announcement;
    co_return Result<void>{};
}

awaitable<Result<std::vector<Announcement>>> MemoryIdentityStore::announced(Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<Announcement> all;
    for (const auto& [node, announcement] : announcements_)
        all.push_back(announcement);
    co_return all;
}

awaitable<Result<std::vector<CutOff>>> MemoryIdentityStore::cut_off(std::vector<std::string> legacy_ids,
                                                                    Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<CutOff> all;
    for (const auto& id : legacy_ids) {
        const auto* row = legacy_user(id);
        if (row == nullptr || (!row->account.disabled && !row->legacy_cutoff)) continue;
        all.push_back({id, row->account.disabled ? std::nullopt : row->legacy_cutoff});
    }
    co_return all;
}

awaitable<Result<TakeoverCounts>> MemoryIdentityStore::takeover_counts(std::string context, Instant since, Instant now,
                                                                       Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    TakeoverCounts result;
    for (const auto& [id, row] : users_)
        if (!row.legacy_id.empty()) ++result.users;
    for (const auto& [id, row] : sessions_) {
        if (row.revoked || row.session.expires_at <= now || row.session.key.context != context) continue;
        ++result.sessions;
        const auto is_named = [&](Instant from) {
            return std::ranges::any_of(tokens_, [&](const auto& token) {
                return token.second.session_id == id && !token.second.ended && token.second.since >= from;
            });
        };
        result.named += is_named(Instant{}) ? 1 : 0;
        result.fresh += is_named(since) ? 1 : 0;
    }
    for (const auto& [id, token] : tokens_)
        result.ended += token.ended ? 1 : 0;
    for (const auto& [user_id, row] : users_)
        for (const auto& [where, rights] : row.permissions)
            result.permissions += static_cast<std::uint64_t>(
                std::ranges::count_if(rights, [](const auto& right) { return right.second.from_legacy; }));
    co_return result;
}

awaitable<Result<std::size_t>> MemoryIdentityStore::forget_tokens(std::size_t limit, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok)
        co_return Result<std::size_t>(boost::system::in_place_error, ok.error());
    const auto count = std::min(limit, tokens_.size());
    tokens_.erase(tokens_.begin(), std::next(tokens_.begin(), static_cast<std::ptrdiff_t>(count)));
    co_return count;
}

awaitable<Result<ForgottenHashes>> MemoryIdentityStore::forget_hashes(std::string after, std::size_t limit,
                                                                      Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::map<std::string, UserRow*> by_id;
    for (auto& [id, row] : users_)
        if (row.legacy_id > after) by_id[row.legacy_id] = &row;
    ForgottenHashes forgotten;
    for (const auto& [id, row] : by_id) {
        if (limit-- == 0) break;
        forgotten.last = id;
        const bool had_permissions = std::exchange(row->legacy_permissions, std::nullopt).has_value();
        if (!std::exchange(row->legacy_hash, {}).empty() || had_permissions) ++forgotten.count;
    }
    co_return forgotten;
}

std::optional<StoredSession> MemoryIdentityStore::find_named(const SessionKey& key) {
    const auto at = tokens_.find(key.id);
    if (at == tokens_.end() || at->second.context != key.context) return std::nullopt;
    const Token& token = at->second;
    StoredSession found;
    found.session.key = key;
    found.session.expires_at = token.expires_at;
    found.revoked = true;
    if (token.ended) return found;
    const auto row = sessions_.find(token.session_id);
    if (row == sessions_.end()) return std::nullopt;
    found = {row->second.session, view(*user(row->second.session.user_id), key.context, wall_now()),
             row->second.revoked};
    found.session.key = key;
    return found;
}

} // namespace gatehouse
