// SPDX-License-Identifier: Apache-2.0
// What a look-up found out. Three outcomes, never two: an outage is neither valid nor invalid. Plain values.
#pragma once

#include "storage/records.h"

#include <string_view>

namespace gatehouse {

enum class Verdict { valid, invalid, unknown };

/// Why, for logs and metrics.
enum class Reason {
    live,          ///< valid
    no_token,      ///< no cookie of ours
    conflict,      ///< two different cookies of our name
    foreign_token, ///< not minted here, or for another context
    revoked,
    ended,    ///< absolute limit
    idle,     ///< not used for too long
    absent,   ///< no store knows it
    disabled, ///< the user may not log in
    store,    ///< unknown: the stores did not answer
};

[[nodiscard]] std::string_view name_of(Reason reason) noexcept;

struct Lookup {
    Verdict verdict = Verdict::unknown;
    Reason reason = Reason::store;
    Session session;         ///< if valid
    User user;               ///< if valid
    bool touched = false;    ///< this use was written as activity: the moment to renew the cookie
    std::string_view source; ///< "redis", "sql" or empty
};

} // namespace gatehouse
