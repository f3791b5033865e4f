// SPDX-License-Identifier: Apache-2.0
// The result of a look-up. Plain values.
#pragma once

#include "gateway/sessions/cached_session.h"
#include "gateway/sessions/verdict.h"

#include <string>
#include <string_view>

namespace gatehouse {

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
