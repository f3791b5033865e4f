// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/lookup.h"

namespace gatehouse {

std::string_view name_of(Reason reason) noexcept {
    switch (reason) {
    case Reason::live: return "live";
    case Reason::no_token: return "no_token";
    case Reason::conflict: return "cookie_conflict";
    case Reason::foreign_token: return "foreign_token";
    case Reason::revoked: return "revoked";
    case Reason::ended: return "ended";
    case Reason::idle: return "idle";
    case Reason::absent: return "absent";
    case Reason::disabled: return "disabled";
    case Reason::nowhere: return "nowhere";
    case Reason::displaced: return "displaced";
    case Reason::store: return "store_unavailable";
    }
    return "unknown";
}

Lookup refused(Reason reason, std::string_view source) {
    Lookup found;
    found.verdict = Verdict::invalid;
    found.reason = reason;
    found.source = source;
    return found;
}

const User& Lookup::user() const noexcept {
    static const User nobody;
    return who.user ? who.user->user : nobody;
}

} // namespace gatehouse
