// SPDX-License-Identifier: Apache-2.0
// Tokens that prove that a form came from Gatehouse's own page; with a key of its own, a token also proves that a
// browser is a known device. Stateless: a token is time and random bytes, with a keyed BLAKE2b over them, the purpose
// and the binding. No two tokens are alike, so a compressed page does not give a token away. Pure; any thread.
#pragma once

#include "storage/instant.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::csrf {

using Key = std::array<std::uint8_t, 32>;

enum class Verdict {
    ok,
    bad,     ///< not made by this installation, or for another purpose or binding
    expired, ///< good, but too old: show the form again
};

/// `purpose` names form and context ("login:web"); `binding` is the value of the pre-login cookie, or the stored id of
/// the session. Returns 75 characters of base64url.
[[nodiscard]] std::string make(const Key& key, std::string_view purpose, std::string_view binding, Instant now);

/// Accepts every key in `keys`, so that keys can be replaced. An empty binding (no cookie) is always bad, and so is a
/// token from more than a minute ahead. Constant time in everything but the lengths.
[[nodiscard]] Verdict verify(std::span<const Key> keys, std::string_view token, std::string_view purpose,
                             std::string_view binding, Instant now, Seconds max_age);

/// A new value for the cookie that binds forms before a session exists: 16 random bytes, base64url.
[[nodiscard]] std::string pre_login_value();

/// Whether the value can come from pre_login_value(). If not, set a new cookie.
[[nodiscard]] bool is_pre_login_value(std::string_view value);

} // namespace gatehouse::csrf
