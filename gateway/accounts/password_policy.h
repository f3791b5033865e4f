// SPDX-License-Identifier: Apache-2.0
// Which new passwords are accepted. Length is counted in code points. There are no composition rules, and nothing is
// trimmed or normalised: the password is the exact bytes. Only for a password that is being chosen: a login tries any
// password. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace gatehouse {

enum class PasswordVerdict {
    ok,
    too_short,           ///< fewer code points than the configured minimum
    too_long,            ///< more than max_password_code_points or max_password_bytes; a password is never cut instead
    too_common,          ///< see common_passwords.h
    contains_identifier, ///< contains the e-mail address, or its local part of four characters or more
    not_utf8,
    has_nul,
};

inline constexpr std::size_t max_password_code_points = 128;
inline constexpr std::size_t max_password_bytes = 512;

/// `email` is canonical, or empty.
[[nodiscard]] PasswordVerdict check_password(std::string_view password, std::size_t min_length, std::string_view email);

/// A short name for JSON and logs: "ok", "password_too_short" …
[[nodiscard]] std::string_view to_string(PasswordVerdict verdict) noexcept;

} // namespace gatehouse
