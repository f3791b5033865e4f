// SPDX-License-Identifier: Apache-2.0
// Accounts that an operator has unlocked: every gateway that counts their failed logins must forget the counts.
// Threads, deadlines and errors as in session_store.h.
#pragma once

#include "storage/instant.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

namespace gatehouse {

struct Unlocked {
    std::string user_id;
    std::string email; ///< as it is shown; may be empty
    std::string phone; ///< as it is shown; may be empty
    Instant at;

    bool operator==(const Unlocked&) const = default;
};

class UnlockStore {
  public:
    virtual ~UnlockStore() = default;

    /// False: the user does not exist.
    virtual boost::asio::awaitable<Result<bool>> unlock(std::string user_id, Instant now, Deadline deadline) = 0;

    /// The accounts that were unlocked after `since`, the latest first, at most 1000.
    virtual boost::asio::awaitable<Result<std::vector<Unlocked>>> unlocked_since(Instant since, Deadline deadline) = 0;
};

} // namespace gatehouse
