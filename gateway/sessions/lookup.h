// SPDX-License-Identifier: Apache-2.0
// What a look-up found out. Three outcomes, never two: an outage is neither valid nor invalid. Plain values.
#pragma once

#include "gateway/sessions/known.h"

#include <cstddef>
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
    ended,     ///< absolute limit
    idle,      ///< not used for too long
    absent,    ///< no store knows it
    disabled,  ///< the user may not log in
    nowhere,   ///< neither we nor the older system know it
    displaced, ///< the older system's session does not count: all of the user's were ended after it began
    store,     ///< unknown: the stores did not answer
};
inline constexpr std::size_t reasons = static_cast<std::size_t>(Reason::store) + 1;

[[nodiscard]] std::string_view name_of(Reason reason) noexcept;

struct Lookup {
    Verdict verdict = Verdict::unknown;
    Reason reason = Reason::store;
    bool touched = false;    ///< this use was written as activity: the moment to renew the cookie
    Known who;               ///< if valid
    std::string_view source; ///< "near", "redis", "sql", "legacy" or empty
    std::string fresh_token; ///< a token of ours for a session that was taken over just now; for the browser alone

    /// If valid; else nobody in particular.
    [[nodiscard]] const User& user() const noexcept;
};

} // namespace gatehouse
