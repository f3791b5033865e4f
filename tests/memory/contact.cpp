// SPDX-License-Identifier: Apache-2.0
// MemoryIdentityStore as a UserStore: how a person can be reached, and the end of an account.
#include "tests/memory/identity_store.h"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

namespace gatehouse {

using boost::asio::awaitable;

awaitable<Result<UserChange>> MemoryIdentityStore::remove(std::string user_id, std::optional<std::int64_t> generation,
                                                          Instant now, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    auto* row = user(user_id);
    if (row == nullptr || row->account.generation != generation.value_or(row->account.generation))
        co_return UserChange{};
    UserChange change{true, raise_generation(*row), end_all(user_id, std::nullopt, now)};
    const std::string address = row->account.email;
    const auto theirs = [&](const std::string& owner, const std::string& where) {
        return owner == user_id || (owner.empty() && !address.empty() && boost::algorithm::iequals(where, address));
    };
    std::erase_if(sessions_, [&](const auto& one) { return one.second.session.user_id == user_id; });
    std::erase_if(mail_, [&](const auto& entry) {
        return theirs(entry.second.queued.mail.user_id, entry.second.queued.mail.recipient);
    });
    std::erase_if(one_time_, [&](const auto& one) { return theirs(one.second.user_id, one.second.address); });
    users_.erase(user_id);
    co_return change;
}

bool MemoryIdentityStore::set_address(UserRow& row, const std::string& address) {
    const bool taken = std::ranges::any_of(users_, [&](const auto& other) {
        return other.second.account.id != row.account.id && other.second.account.email == address;
    });
    if (taken || row.account.disabled) return false;
    row.account.email = address;
    row.account.verified = true;
    return true;
}

awaitable<Result<UserChange>> MemoryIdentityStore::set_contact(std::string user_id, Contact contact, Instant,
                                                               Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    auto* row = user(user_id);
    if (row == nullptr) co_return UserChange{};
    const bool taken = std::ranges::any_of(users_, [&](const auto& other) {
        const auto& theirs = other.second;
        const bool address = contact.email && !contact.email->empty() && theirs.account.email == *contact.email;
        const bool phone = contact.phone && !contact.phone->empty() && theirs.phone == *contact.phone;
        return theirs.account.id != user_id && (address || phone);
    });
    if (taken) co_return make_error_code(StoreError::conflict);
    if (contact.email) {
        row->account.email = *contact.email;
        end_links(user_id, true);
    }
    if (contact.phone) row->phone = row->account.phone = *contact.phone;
    if (contact.claimed_phone) row->account.claimed_phone = *contact.claimed_phone;
    if (contact.verified) row->account.verified = *contact.verified;
    co_return UserChange{true, raise_generation(*row), {}};
}

} // namespace gatehouse
