// SPDX-License-Identifier: Apache-2.0
// The current password once more, before something that a stranger at an open browser must not do. Loop thread.
#pragma once

#include "gateway/accounts/secret.h"
#include "gateway/endpoints/new_password.h"
#include "storage/user_store.h"

#include <boost/asio/awaitable.hpp>
#include <optional>

namespace gatehouse {

struct Call;
struct Lookup;

struct CurrentPassword {
    std::optional<PasswordRefusal> refusal;
    Seconds retry_after{0};         ///< for `throttled`
    std::optional<Account> account; ///< without a refusal: as read before the password was checked
};

/// Counts as a login does: wrong passwords are limited. `until` grows by the time that hashing takes.
boost::asio::awaitable<CurrentPassword> confirm_current_password(const Call& call, const Lookup& found, Secret current,
                                                                 Deadline& until);

} // namespace gatehouse
