// SPDX-License-Identifier: Apache-2.0
#include "tests/memory/identity_store.h"

#include "storage/values.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {
namespace {

using boost::asio::awaitable;

Account to_account(const NewAccount& a) {
    return {a.id, a.email, a.password_hash, a.role, a.verified, false, 1, a.created_at, std::nullopt};
}

} // namespace

awaitable<Result<void>> MemoryIdentityStore::arrive(Deadline deadline) {
    ++calls_;
    if (delay_ > Millis{0}) {
        const auto ready = deadline_in(delay_);
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, std::min(ready, deadline));
        co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (ready > deadline) co_return make_error_code(StoreError::timed_out);
    }
    if (failure_) co_return make_error_code(*failure_);
    co_return Result<void>{};
}

MemoryIdentityStore::SessionRow* MemoryIdentityStore::session(const SessionKey& key) {
    const auto found = sessions_.find(key.id);
    return found != sessions_.end() && found->second.session.key == key ? &found->second : nullptr;
}

MemoryIdentityStore::UserRow* MemoryIdentityStore::user(const std::string& id) {
    const auto found = users_.find(id);
    return found != users_.end() ? &found->second : nullptr;
}

void MemoryIdentityStore::tell(std::variant<EndedSession, ChangedUser> what) {
    changes_.push_back({++last_seq_, wall_now(), std::move(what)});
}

EndedSession MemoryIdentityStore::end(SessionRow& row) {
    EndedSession ended{row.session.key, row.session.expires_at};
    if (!std::exchange(row.revoked, true)) tell(ended);
    end_names(row.session.key.id);
    return ended;
}

std::int64_t MemoryIdentityStore::raise_generation(UserRow& row) {
    tell(ChangedUser{row.account.id, ++row.account.generation});
    return row.account.generation;
}

User MemoryIdentityStore::view(const UserRow& row, const std::string& context, Instant now) const {
    const Account& a = row.account;
    User user{a.id, a.email, a.role, a.verified, a.disabled, a.generation, {}};
    if (const auto rights = row.permissions.find(context); rights != row.permissions.end()) {
        for (const auto& [name, right] : rights->second) {
            if (!right.expires_at || *right.expires_at > now) user.permissions.push_back({name, right.expires_at});
        }
    }
    set_facts(user, row.legacy_id, row.phone);
    return user;
}

std::vector<EndedSession> MemoryIdentityStore::end_all(const std::string& user_id,
                                                       const std::optional<SessionKey>& keep, Instant now) {
    std::vector<EndedSession> ended;
    if (auto* row = user(user_id)) row->legacy_cutoff = now;
    std::optional<SessionKey> kept = keep;
    if (const auto token = keep ? tokens_.find(keep->id) : tokens_.end(); token != tokens_.end()) {
        kept->id = token->second.session_id;
    }
    for (auto& [id, row] : sessions_) {
        const Session& s = row.session;
        if (s.user_id != user_id || row.revoked || s.expires_at <= now || s.key == kept) continue;
        ended.push_back(end(row));
    }
    return ended;
}

std::vector<EndedSession> MemoryIdentityStore::evict(const Session& newest, std::size_t keep) {
    std::vector<SessionRow*> others;
    for (auto& [id, row] : sessions_) {
        const Session& s = row.session;
        if (s.user_id == newest.user_id && s.key.context == newest.key.context && s.key.id != newest.key.id &&
            !row.revoked && s.expires_at > newest.last_activity) {
            others.push_back(&row);
        }
    }
    std::ranges::stable_sort(others, std::greater{}, [](const SessionRow* row) { return row->session.created_at; });
    std::vector<EndedSession> evicted;
    for (std::size_t i = keep; i < others.size(); ++i) {
        evicted.push_back(end(*others[i]));
    }
    return evicted;
}

awaitable<Result<std::optional<StoredSession>>> MemoryIdentityStore::find(SessionKey key, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    if (!is_storable_text(key.id) || !is_storable_text(key.context)) co_return make_error_code(StoreError::refused);
    const auto* row = session(key);
    if (row == nullptr) co_return find_named(key);
    co_return StoredSession{row->session, view(*user(row->session.user_id), key.context, wall_now()), row->revoked};
}

awaitable<Result<Inserted>> MemoryIdentityStore::insert(NewSession session, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    auto& s = session.session;
    auto* owner = user(s.user_id);
    if (owner == nullptr || owner->account.disabled || owner->account.generation != session.user_generation) {
        co_return Inserted{};
    }
    const bool stored = is_storable_text(s.key.id) && is_storable_text(s.key.context) && is_uuid(s.handle) &&
                        is_storable_text(session.origin.user_agent);
    if (!stored) co_return make_error_code(StoreError::refused);
    const bool handle_taken =
        std::ranges::any_of(sessions_, [&](const auto& row) { return row.second.session.handle == s.handle; });
    if (sessions_.contains(s.key.id) || handle_taken) co_return make_error_code(StoreError::conflict);
    session.origin.address = stored_address(session.origin.address);
    sessions_[s.key.id] = {s, session.origin, false};
    auto& last_login = owner->account.last_login_at;
    last_login = std::max(last_login.value_or(s.last_activity), s.last_activity);
    if (session.max_per_user == 0) co_return Inserted{true, {}};
    co_return Inserted{true, evict(s, session.max_per_user - 1)};
}

awaitable<Result<void>> MemoryIdentityStore::touch(std::vector<Activity> batch, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    for (const auto& [key, at] : batch) {
        auto* row = session(key);
        if (const auto token = tokens_.find(key.id); row == nullptr && token != tokens_.end()) {
            row = session({key.context, token->second.session_id});
        }
        if (row != nullptr && !row->revoked) row->session.last_activity = std::max(row->session.last_activity, at);
    }
    co_return Result<void>{};
}

awaitable<Result<std::optional<EndedSession>>> MemoryIdentityStore::revoke(SessionKey key, Instant, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    if (!is_storable_text(key.id) || !is_storable_text(key.context)) co_return make_error_code(StoreError::refused);
    auto* row = session(key);
    if (row == nullptr) co_return std::nullopt;
    co_return end(*row);
}

awaitable<Result<std::optional<EndedSession>>>
MemoryIdentityStore::revoke_by_handle(std::string user_id, std::string handle, Instant, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    for (auto& [id, row] : sessions_) {
        if (row.session.handle != handle || row.session.user_id != user_id) continue;
        co_return end(row);
    }
    co_return std::nullopt;
}

awaitable<Result<std::vector<EndedSession>>>
MemoryIdentityStore::revoke_all(std::string user_id, std::optional<SessionKey> keep, Instant now, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    co_return end_all(user_id, keep, now);
}

// When it ended is not remembered here: all of them, which the contract allows.
awaitable<Result<std::vector<EndedSession>>> MemoryIdentityStore::ended_since(Instant /*since*/, std::string after,
                                                                              std::size_t limit, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<EndedSession> ended;
    const auto now = wall_now();
    for (auto at = sessions_.upper_bound(after); at != sessions_.end(); ++at) {
        const SessionRow& row = at->second;
        if (row.revoked && row.session.expires_at > now) ended.push_back({row.session.key, row.session.expires_at});
    }
    for (auto at = tokens_.upper_bound(after); at != tokens_.end(); ++at) {
        const Token& token = at->second;
        if (token.ended && token.expires_at > now) ended.push_back({{token.context, at->first}, token.expires_at});
    }
    std::ranges::sort(ended, {}, [](const EndedSession& one) { return one.key.id; });
    if (ended.size() > limit) ended.resize(limit);
    co_return ended;
}

awaitable<Result<std::vector<ListedSession>>> MemoryIdentityStore::list(std::string user_id, Instant now,
                                                                        Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<ListedSession> listed;
    for (const auto& [id, row] : sessions_) {
        if (row.session.user_id == user_id && !row.revoked && row.session.expires_at > now) {
            listed.push_back({row.session, row.origin, row.device_name});
        }
    }
    std::ranges::stable_sort(listed, std::greater{},
                             [](const ListedSession& one) { return one.session.last_activity; });
    if (listed.size() > 200) listed.resize(200);
    co_return listed;
}

awaitable<Result<bool>> MemoryIdentityStore::name_device(std::string user_id, std::string handle, std::string name,
                                                         Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok)
        co_return Result<bool>(boost::system::in_place_error, ok.error());
    if (!is_storable_text(name)) co_return Result<bool>(boost::system::in_place_error, StoreError::refused);
    for (auto& [id, row] : sessions_) {
        if (row.session.handle != handle || row.session.user_id != user_id || row.revoked) continue;
        row.device_name = name;
        co_return true;
    }
    co_return false;
}

awaitable<Result<std::size_t>> MemoryIdentityStore::purge(Instant before, std::size_t limit, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::size_t purged = 0;
    for (auto row = sessions_.begin(); row != sessions_.end() && purged < limit;) {
        const bool over = row->second.session.expires_at < before;
        if (over) end_names(row->first);
        row = over ? sessions_.erase(row) : std::next(row);
        purged += over ? 1 : 0;
    }
    co_return purged;
}

awaitable<Result<void>> MemoryIdentityStore::ping(Deadline deadline) {
    return arrive(deadline);
}

awaitable<Result<std::optional<Account>>> MemoryIdentityStore::find_by_email(std::string email, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    if (!is_storable_text(email)) co_return make_error_code(StoreError::refused);
    for (const auto& [id, row] : users_) {
        if (!email.empty() && row.account.email == email) co_return row.account;
    }
    co_return std::nullopt;
}

awaitable<Result<std::optional<Account>>> MemoryIdentityStore::find_by_phone(std::string phone, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    for (const auto& [id, row] : users_) {
        if (!phone.empty() && row.phone == phone) co_return row.account;
    }
    co_return std::nullopt;
}

awaitable<Result<std::optional<Account>>> MemoryIdentityStore::find(std::string user_id, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto* row = user(user_id);
    if (row == nullptr) co_return std::nullopt;
    co_return row->account;
}

awaitable<Result<std::optional<User>>> MemoryIdentityStore::find_in_context(std::string user_id, std::string context,
                                                                            Instant now, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto* row = user(user_id);
    if (row == nullptr) co_return std::nullopt;
    co_return view(*row, context, now);
}

awaitable<Result<void>> MemoryIdentityStore::create(NewAccount account, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const bool fits = is_uuid(account.id) && is_storable_text(account.email) && account.email.size() <= 255 &&
                      is_storable_text(account.role) && !account.role.empty() &&
                      is_storable_text(account.password_hash);
    if (!fits) co_return make_error_code(StoreError::refused);
    const bool taken = users_.contains(account.id) || std::ranges::any_of(users_, [&](const auto& row) {
                           return row.second.account.email == account.email;
                       });
    if (taken) co_return make_error_code(StoreError::conflict);
    users_[account.id].account = to_account(account);
    co_return Result<void>{};
}

awaitable<Result<std::vector<Account>>> MemoryIdentityStore::list(std::string after, std::size_t limit,
                                                                  Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<Account> accounts;
    for (const auto& [id, row] : users_) {
        if (row.account.email > after) accounts.push_back(row.account);
    }
    std::ranges::sort(accounts, {}, &Account::email);
    if (accounts.size() > limit) accounts.resize(limit);
    co_return accounts;
}

awaitable<Result<UserChange>> MemoryIdentityStore::set_password(std::string user_id, std::string password_hash,
                                                                PasswordProof proof, std::optional<SessionKey> keep,
                                                                Instant now, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    auto* row = user(user_id);
    if (row == nullptr || row->account.generation != proof.generation.value_or(row->account.generation)) {
        co_return UserChange{};
    }
    if (!proof.token_id.empty()) {
        const auto purpose = proof.takes_back_address ? Purpose::take_back_address : Purpose::reset_password;
        const auto used = use(proof.token_id, purpose, now);
        if (!used || used->user_id != user_id) co_return UserChange{};
        if (proof.takes_back_address && !set_address(*row, used->address)) {
            one_time_[proof.token_id] = *used; // by which nothing was changed
            co_return UserChange{};
        }
        if (used->address == row->account.email) row->account.verified = true;
    }
    end_links(user_id, proof.takes_back_address);
    row->account.password_hash = password_hash;
    co_return UserChange{true, raise_generation(*row), end_all(user_id, keep, now)};
}

awaitable<Result<void>> MemoryIdentityStore::replace_hash(std::string user_id, std::string old_hash,
                                                          std::string new_hash, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    auto* row = user(user_id);
    const bool same = row != nullptr && !old_hash.empty() && row->account.password_hash == old_hash;
    if (same) row->account.password_hash = new_hash;
    co_return Result<void>{};
}

awaitable<Result<UserChange>> MemoryIdentityStore::set_disabled(std::string user_id, bool disabled, Instant now,
                                                                Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    auto* row = user(user_id);
    if (row == nullptr) co_return UserChange{};
    row->account.disabled = disabled;
    UserChange change{true, raise_generation(*row), {}};
    if (disabled) change.ended = end_all(user_id, std::nullopt, now);
    co_return change;
}

awaitable<Result<UserChange>> MemoryIdentityStore::set_role(std::string user_id, std::string role, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    auto* row = user(user_id);
    if (row == nullptr) co_return UserChange{};
    if (role.empty() || !is_storable_text(role)) co_return make_error_code(StoreError::refused);
    row->account.role = role;
    co_return UserChange{true, raise_generation(*row), {}};
}

awaitable<Result<UserChange>> MemoryIdentityStore::grant(std::string user_id, std::string context, Grant grant, Instant,
                                                         Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    auto* row = user(user_id);
    if (row == nullptr) co_return UserChange{};
    const auto& [name, expires_at] = grant.permission;
    if (name.empty() || name.size() > 100 || !is_storable_text(name)) co_return make_error_code(StoreError::refused);
    row->permissions[context][name] = {expires_at, false};
    co_return UserChange{true, raise_generation(*row), {}};
}

awaitable<Result<UserChange>> MemoryIdentityStore::withdraw(std::string user_id, std::string context,
                                                            std::string permission, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    auto* row = user(user_id);
    if (row == nullptr) co_return UserChange{};
    row->permissions[context].erase(permission);
    co_return UserChange{true, raise_generation(*row), {}};
}

} // namespace gatehouse
