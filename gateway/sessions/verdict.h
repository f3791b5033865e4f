// SPDX-License-Identifier: Apache-2.0
// Three outcomes of a look-up, never two: an outage is neither valid nor invalid. And the reasons. Plain values.
#pragma once

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

} // namespace gatehouse
