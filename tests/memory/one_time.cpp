// SPDX-License-Identifier: Apache-2.0
// MemoryIdentityStore as a OneTimeStore.
#include "tests/memory/identity_store.h"

#include <algorithm>

namespace gatehouse {

using boost::asio::awaitable;

std::optional<OneTimeToken> MemoryIdentityStore::use(const std::string& id, Purpose purpose, Instant now) {
    const auto found = one_time_.find(id);
    if (found == one_time_.end() || found->second.purpose != purpose || found->second.expires_at <= now)
        return std::nullopt;
    auto token = std::move(found->second);
    one_time_.erase(found);
    return token;
}

awaitable<Result<bool>> MemoryIdentityStore::issue(OneTimeToken token, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok)
        co_return Result<bool>(boost::system::in_place_error, ok.error());
    std::erase_if(one_time_, [&](const auto& one) {
        return one.second.purpose == token.purpose && one.second.address == token.address;
    });
    const auto* const row = user(token.user_id);
    if (!token.user_id.empty() && (row == nullptr || row->account.disabled)) co_return false;
    one_time_[token.id] = token;
    co_return true;
}

awaitable<Result<std::optional<OneTimeToken>>> MemoryIdentityStore::find_token(std::string id, Purpose purpose,
                                                                               Instant now, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto found = one_time_.find(id);
    if (found == one_time_.end() || found->second.purpose != purpose || found->second.expires_at <= now)
        co_return std::nullopt;
    co_return found->second;
}

awaitable<Result<Registered>> MemoryIdentityStore::register_account(std::string token_id, NewAccount account,
                                                                    Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto used = use(token_id, Purpose::register_account, account.created_at);
    if (!used) co_return Registered::no_token;
    const bool taken =
        std::ranges::any_of(users_, [&](const auto& row) { return row.second.account.email == used->address; });
    if (taken) co_return Registered::taken;
    const Account made{account.id, used->address,      account.password_hash, account.role, true, false,
                       1,          account.created_at, std::nullopt};
    users_[account.id].account = made;
    co_return Registered::yes;
}

awaitable<Result<std::size_t>> MemoryIdentityStore::forget_one_time(Instant before, std::size_t, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok)
        co_return Result<std::size_t>(boost::system::in_place_error, ok.error());
    co_return std::erase_if(one_time_, [&](const auto& one) { return one.second.expires_at < before; });
}

} // namespace gatehouse
