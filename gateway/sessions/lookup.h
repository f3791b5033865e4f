// SPDX-License-Identifier: Apache-2.0
// The result of a look-up. Three outcomes, never two: an outage is neither valid nor invalid. Plain values.
#pragma once

#include "gateway/sessions/cached_session.h"

#include <cstddef>
#include <string_view>

namespace gatehouse {

enum class Verdict { valid, invalid, unknown };

/// The reason, for logs and metrics.
enum class Reason {
    live,          ///< valid
    no_token,      ///< no cookie of Gatehouse
    conflict,      ///< two different cookies of Gatehouse's name
    foreign_token, ///< not minted by this installation, or for another context
    revoked,
    ended,     ///< absolute limit
    idle,      ///< not used for too long
    absent,    ///< no store knows it
    disabled,  ///< the user may not log in
    nowhere,   ///< neither Gatehouse nor the older system knows the session
    displaced, ///< the older system's session does not count, because all sessions of the user were ended after it
               ///< began
    store,     ///< unknown: the stores did not answer
};
inline constexpr std::size_t reasons = static_cast<std::size_t>(Reason::store) + 1;

[[nodiscard]] std::string_view name_of(Reason reason) noexcept;

struct Lookup {
    Verdict verdict = Verdict::unknown;
    Reason reason = Reason::store;
    bool touched = false;    ///< this use was written as activity, so the cookie should be renewed
    CachedSession who;       ///< if valid
    std::string_view source; ///< "near", "redis", "sql", "legacy" or empty
    std::string fresh_token; ///< of Gatehouse, for a session that was taken over just now; for the browser alone

    /// The user if valid; otherwise an empty one.
    [[nodiscard]] const User& user() const noexcept;
};

/// `source`: as in Lookup.
[[nodiscard]] Lookup refused(Reason reason, std::string_view source = {});

} // namespace gatehouse
