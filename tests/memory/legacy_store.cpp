// SPDX-License-Identifier: Apache-2.0
#include "tests/memory/legacy_store.h"

#include "storage/legacy/legacy_values.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

namespace gatehouse {
namespace {

using boost::asio::awaitable;

LegacyAnswer live(LegacySession session) {
    return {LegacyAnswer::Kind::live, false, std::move(session)};
}

LegacyAnswer ended(bool revoked) {
    return {LegacyAnswer::Kind::ended, revoked, std::nullopt};
}

std::string lowered(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

} // namespace

void MemoryLegacyStore::put_token(const std::string& user_id, const std::string& token,
                                  std::optional<Instant> last_login) {
    auto& row = users_.at(user_id);
    row.token = token;
    if (last_login) row.last_login = last_login;
}

std::optional<LegacyUser> MemoryLegacyStore::user_of(const std::string& id) const {
    const auto found = users_.find(id);
    return found != users_.end() ? std::optional(found->second.user) : std::nullopt;
}

std::string MemoryLegacyStore::token_of(const std::string& user_id) const {
    const auto found = users_.find(user_id);
    return found != users_.end() ? found->second.token : "";
}

awaitable<Result<void>> MemoryLegacyStore::arrive(Deadline deadline) {
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

MemoryLegacyStore::UserRow* MemoryLegacyStore::row_of(const std::string& user_id) {
    const auto found = users_.find(user_id);
    return found != users_.end() ? &found->second : nullptr;
}

LegacyAnswer MemoryLegacyStore::look_at_row(const std::string& token, const std::string& context, Instant now) const {
    const auto found = rows_.find(token);
    if (layout_.sessions_table.empty() || found == rows_.end()) return {};
    const Row& row = found->second;
    const auto user = user_of(row.user_id);
    if (!user || (!layout_.session_context.empty() && row.context != context)) return {};
    if (row.revoked || (row.expires_at && *row.expires_at <= now)) return ended(row.revoked);
    return live({*user, LegacyPlace::sessions, row.created_at, row.last_activity, row.expires_at, row.origin});
}

LegacyAnswer MemoryLegacyStore::look_at_key(const std::string& token, Instant now) const {
    const auto found = keys_.find(token);
    if (layout_.redis_prefix.empty() || found == keys_.end()) return {};
    const auto& [user_id, expires_at] = found->second;
    const auto user = user_of(user_id);
    if (!user) return {};
    if (expires_at <= now) return ended(false);
    return live({*user, LegacyPlace::redis, std::nullopt, expires_at - layout_.lifetime, expires_at, {}});
}

LegacyAnswer MemoryLegacyStore::look_at_users(const std::string& token) const {
    if (layout_.user_token.empty()) return {};
    const UserRow* only = nullptr;
    for (const auto& [id, row] : users_) {
        if (row.token != token) continue;
        if (only != nullptr) return {}; // nobody knows whose it is
        only = &row;
    }
    if (only == nullptr) return {};
    return live({only->user, LegacyPlace::users, only->last_login, std::nullopt, std::nullopt, {}});
}

LegacyAnswer MemoryLegacyStore::look(const std::string& token, const std::string& context, Instant now) const {
    if (!legacy::is_token(token)) return {};
    auto row = look_at_row(token, context, now);
    if (row.revoked) return row;
    const auto key = look_at_key(token, now);
    const auto column = look_at_users(token);
    for (const auto kind : {LegacyAnswer::Kind::live, LegacyAnswer::Kind::ended}) {
        for (const auto& answer : {key, row, column}) {
            if (answer.kind == kind) return answer;
        }
    }
    return {};
}

awaitable<Result<LegacyAnswer>> MemoryLegacyStore::find(std::string token, std::string context, Instant now,
                                                        Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    co_return look(token, context, now);
}

awaitable<Result<std::optional<LegacyUser>>> MemoryLegacyStore::find_user(std::string identifier, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const bool is_email = identifier.find('@') != std::string::npos;
    const auto phone = legacy::phone_digits(identifier);
    std::vector<LegacyUser> found;
    for (const auto& [id, row] : users_) {
        if (is_email ? row.user.email == identifier : !phone.empty() && legacy::phone_digits(row.user.phone) == phone)
            found.push_back(row.user);
    }
    if (found.size() != 1) co_return std::optional<LegacyUser>();
    co_return found.front();
}

awaitable<Result<std::optional<LegacyUser>>> MemoryLegacyStore::find_user_in_any_case(std::string email,
                                                                                      Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<LegacyUser> found;
    for (const auto& [id, row] : users_)
        if (!row.user.email.empty() && lowered(row.user.email) == email) found.push_back(row.user);
    if (found.size() != 1) co_return std::optional<LegacyUser>();
    co_return found.front();
}

awaitable<Result<std::optional<LegacyUser>>> MemoryLegacyStore::user(std::string id, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    co_return user_of(id);
}

awaitable<Result<LegacyDisplaced>> MemoryLegacyStore::write(LegacyLogin login, std::optional<std::string> expected,
                                                            Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    auto* const owner = row_of(login.user_id);
    if (owner == nullptr || !legacy::is_token(login.token)) co_return make_error_code(StoreError::refused);
    if (rows_.contains(login.token) || keys_.contains(login.token)) co_return make_error_code(StoreError::conflict);
    LegacyDisplaced displaced;
    if (!layout_.sessions_table.empty()) {
        rows_[login.token] = {login.user_id,    login.context, login.now,   login.now,
                              login.expires_at, false,         login.origin};
        if (layout_.session_expires.empty()) rows_[login.token].expires_at.reset();
        if (layout_.user_token_set) owner->token = login.token;
    } else if (one_per_user()) {
        if (expected && *expected != owner->token) co_return make_error_code(StoreError::conflict);
        displaced.token = std::exchange(owner->token, login.token);
        owner->last_login = login.now;
    }
    if (!layout_.redis_prefix.empty()) keys_[login.token] = {login.user_id, login.expires_at};
    co_return displaced;
}

awaitable<Result<std::string>> MemoryLegacyStore::standing(std::string user_id, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const bool one = one_per_user() || layout_.user_token_set;
    auto token = one ? token_of(user_id) : std::string();
    co_return rows_.contains(token) ? std::string() : token;
}

awaitable<Result<std::optional<std::string>>> MemoryLegacyStore::user_token(std::string user_id, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    if (layout_.user_token.empty()) co_return make_error_code(StoreError::refused);
    const auto* const row = row_of(user_id);
    co_return row != nullptr ? std::optional(row->token) : std::nullopt;
}

awaitable<Result<void>> MemoryLegacyStore::extend(std::string token, Instant now, Instant until, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    if (const auto row = rows_.find(token); row != rows_.end() && !row->second.revoked) {
        row->second.last_activity = now;
        if (!layout_.session_expires.empty()) row->second.expires_at = until;
    }
    if (const auto key = keys_.find(token); key != keys_.end()) key->second.expires_at = until;
    co_return Result<void>{};
}

void MemoryLegacyStore::end(const std::string& token) {
    if (const auto row = rows_.find(token); row != rows_.end() && !layout_.session_revoked.empty()) {
        row->second.revoked = true;
    } else if (row != rows_.end()) {
        rows_.erase(row);
    }
    for (auto& [id, row] : users_) {
        if (row.token == token && !layout_.user_token_stays) row.token.clear();
    }
}

awaitable<Result<void>> MemoryLegacyStore::clear(std::string token, Instant /*now*/, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    if (!legacy::is_token(token)) co_return Result<void>{};
    end(token);
    keys_.erase(token);
    co_return Result<void>{};
}

awaitable<Result<void>> MemoryLegacyStore::clear_of(std::string user_id, LegacySelection which, Instant /*now*/,
                                                    Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<std::string> chosen{token_of(user_id)};
    for (const auto& [token, row] : rows_) {
        if (row.user_id == user_id) chosen.push_back(token);
    }
    for (const auto& token : chosen) {
        if (!token.empty() && legacy::is_chosen(which, token)) end(token);
    }
    co_return Result<void>{};
}

awaitable<Result<void>> MemoryLegacyStore::set_password(std::string user_id, std::string old_hash, std::string new_hash,
                                                        Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    auto* const row = row_of(user_id);
    if (row == nullptr || row->user.password_hash != old_hash) co_return make_error_code(StoreError::conflict);
    row->user.password_hash = new_hash;
    co_return Result<void>{};
}

std::vector<const MemoryLegacyStore::UserRow*> MemoryLegacyStore::in_order(const std::string& after) const {
    const auto kind = layout_.user_id_kind;
    std::vector<const UserRow*> rows;
    for (const auto& [id, row] : users_) {
        if (after.empty() || legacy::comes_before(after, id, kind)) rows.push_back(&row);
    }
    std::ranges::sort(rows, [kind](const UserRow* one, const UserRow* other) {
        return legacy::comes_before(one->user.id, other->user.id, kind);
    });
    return rows;
}

/// Users one after the other, each with all that is theirs.
awaitable<Result<LegacyPage>> MemoryLegacyStore::sessions(std::string after, std::size_t limit, std::string context,
                                                          Instant now, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    LegacyPage page;
    for (const auto* owner : in_order(after)) {
        if (page.seen >= limit) co_return page;
        std::set<std::string> tokens;
        if (!owner->token.empty() && !layout_.user_token.empty()) tokens.insert(owner->token);
        for (const auto& [token, row] : rows_) {
            if (row.user_id == owner->user.id) tokens.insert(token);
        }
        for (const auto& [token, key] : keys_) {
            if (key.user_id == owner->user.id) tokens.insert(token);
        }
        for (const auto& token : tokens) {
            auto answer = look(token, context, now);
            if (answer.session) page.items.push_back({token, std::move(*answer.session)});
        }
        page.seen += tokens.size();
        page.next = owner->user.id;
    }
    page.next.clear();
    co_return page;
}

awaitable<Result<std::vector<LegacyUser>>> MemoryLegacyStore::users(std::string after, std::size_t limit,
                                                                    Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::vector<LegacyUser> found;
    for (const auto* row : in_order(after)) {
        if (found.size() == limit) break;
        found.push_back(row->user);
    }
    co_return found;
}

awaitable<Result<LegacyCounts>> MemoryLegacyStore::counts(Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    LegacyCounts counts{users_.size(), rows_.size() + keys_.size()};
    for (const auto& [id, row] : users_)
        counts.sessions += row.token.empty() ? 0 : 1;
    co_return counts;
}

awaitable<Result<void>> MemoryLegacyStore::ping(Deadline deadline) {
    co_return co_await arrive(deadline);
}

} // namespace gatehouse
