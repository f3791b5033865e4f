// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/new_password.h"

#include "gateway/accounts/password_policy.h"
#include "gateway/endpoints/endpoint.h"

namespace gatehouse {

using Error = PasswordRefusal::Error;

std::optional<PasswordRefusal> judge_new_password(const Call& call, std::string_view fresh, std::string_view email) {
    const auto verdict = check_password(fresh, call.config().password_min_length, email);
    const auto code = to_string(verdict);
    switch (verdict) {
    case PasswordVerdict::ok: return std::nullopt;
    case PasswordVerdict::too_short:
        return PasswordRefusal{422, Error::too_short, code, "The new password is too short."};
    case PasswordVerdict::too_long: return PasswordRefusal{422, Error::too_long, code, "The new password is too long."};
    case PasswordVerdict::contains_identifier:
        return PasswordRefusal{422, Error::contains_identifier, code, "The new password contains the e-mail address."};
    case PasswordVerdict::too_common: break;
    case PasswordVerdict::not_utf8:
    case PasswordVerdict::has_nul:
        return PasswordRefusal{400, Error::incomplete, "incomplete", "The passwords must be text without a NUL."};
    }
    return PasswordRefusal{422, Error::too_common, code, "The new password is easy to guess."};
}

PasswordRefusal password_refusal_of(Submission::Trouble trouble) {
    const auto error = trouble == Submission::Trouble::origin ? Error::forbidden_origin : Error::expired_form;
    return {403, error, "forbidden", message_of(trouble)};
}

} // namespace gatehouse
