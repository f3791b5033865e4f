// SPDX-License-Identifier: Apache-2.0
// Why a new password is not taken: for pages and for programs. Pure.
#pragma once

#include "gateway/endpoints/submission.h"
#include "gateway/pages/pages.h"

#include <optional>
#include <string_view>

namespace gatehouse {

struct PasswordRefusal {
    using Error = pages::PasswordChange::Error;

    int status;
    Error error;
    std::string_view code, message;
};

inline constexpr PasswordRefusal password_busy{503, PasswordRefusal::Error::unavailable, "unavailable",
                                               "The password could not be changed just now. Try again."};

/// nullopt: the password may be chosen. `email` is of the account.
[[nodiscard]] std::optional<PasswordRefusal> judge_new_password(const Call& call, std::string_view fresh,
                                                                std::string_view email);

/// For a form that did not come from our own page, or too late.
[[nodiscard]] PasswordRefusal password_refusal_of(Submission::Trouble trouble);

} // namespace gatehouse
