// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/request_metrics.h"

namespace gatehouse {

std::string_view name_of(LoginOutcome outcome) noexcept {
    switch (outcome) {
    case LoginOutcome::ok: return "ok";
    case LoginOutcome::wrong_password: return "wrong_password";
    case LoginOutcome::unknown_account: return "unknown_account";
    case LoginOutcome::disabled: return "disabled";
    case LoginOutcome::not_for_this_context: return "not_for_this_context";
    case LoginOutcome::throttled: return "throttled";
    case LoginOutcome::changed_meanwhile: return "changed_meanwhile";
    case LoginOutcome::unavailable: return "unavailable";
    }
    return "unknown";
}

std::string_view name_of(LinkOutcome outcome) noexcept {
    switch (outcome) {
    case LinkOutcome::ok: return "ok";
    case LinkOutcome::dead_link: return "dead_link";
    case LinkOutcome::taken: return "taken";
    case LinkOutcome::unavailable: return "unavailable";
    }
    return "unknown";
}

} // namespace gatehouse
