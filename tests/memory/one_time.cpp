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

void MemoryIdentityStore::end_links(const std::string& user_id, bool all) {
    std::erase_if(one_time_, [&](const auto& one) {
        return one.second.user_id == user_id && (all || one.second.purpose != Purpose::take_back_address);
    });
    std::erase_if(mail_, [&](const auto& one) {
        const auto& mail = one.second.queued.mail;
        const bool brings_one = mail.kind == "new_address" || (all && mail.kind == "address_changed");
        return mail.user_id == user_id && !one.second.sent_at && brings_one;
    });
}

awaitable<Result<bool>> MemoryIdentityStore::issue(OneTimeToken token, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok)
        co_return Result<bool>(boost::system::in_place_error, ok.error());
    std::erase_if(one_time_, [&](const auto& one) {
        return one.second.purpose == token.purpose && one.second.address == token.address &&
               one.second.user_id == token.user_id;
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

awaitable<Result<Registered>> MemoryIdentityStore::register_account(std::string token_id, Purpose purpose,
                                                                    NewAccount account,
                                                                    std::vector<FirstPermission> permissions,
                                                                    Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto used = use(token_id, purpose, account.created_at);
    if (!used) co_return Registered::no_token;
    const bool taken =
        std::ranges::any_of(users_, [&](const auto& row) { return row.second.account.email == used->address; });
    if (taken) co_return Registered::taken;
    const Account made{account.id, used->address,      account.password_hash, account.role, true, false,
                       1,          account.created_at, std::nullopt};
    auto& row = users_[account.id];
    row.account = made;
    for (const auto& [context, name] : permissions)
        row.permissions[context][name] = {};
    co_return Registered::yes;
}

awaitable<Result<AddressChange>> MemoryIdentityStore::change_address(std::string token_id, NewMail notice, Instant now,
                                                                     Deadline deadline) {
    using Outcome = AddressChange::Outcome;
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto used = use(token_id, Purpose::new_address, now);
    auto* const row = used ? user(used->user_id) : nullptr;
    if (row == nullptr) co_return AddressChange{};
    const std::string before = row->account.email;
    if (!set_address(*row, used->address)) co_return AddressChange{Outcome::taken, {}, 0, {}};
    end_links(used->user_id, false);
    if (!before.empty()) {
        notice.user_id = used->user_id;
        notice.recipient = before;
        const auto id = notice.id;
        mail_.try_emplace(id, MailRow{{std::move(notice), now}, now, {}, {}, {}, {}});
    }
    co_return AddressChange{Outcome::yes, used->user_id, raise_generation(*row), before};
}

awaitable<Result<UserChange>> MemoryIdentityStore::verify_address(std::string token_id, Instant now,
                                                                  Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto used = use(token_id, Purpose::verify_address, now);
    auto* const row = used ? user(used->user_id) : nullptr;
    if (row == nullptr || row->account.email != used->address) co_return UserChange{};
    row->account.verified = true;
    co_return UserChange{true, raise_generation(*row), {}};
}

awaitable<Result<std::size_t>> MemoryIdentityStore::forget_one_time(Instant before, std::size_t, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok)
        co_return Result<std::size_t>(boost::system::in_place_error, ok.error());
    co_return std::erase_if(one_time_, [&](const auto& one) { return one.second.expires_at < before; });
}

} // namespace gatehouse
