// SPDX-License-Identifier: Apache-2.0
// base64url without padding (RFC 4648 §5), one spelling per value. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gatehouse {

std::string base64url_encode(std::span<const unsigned char> bytes);

/// Fills `out` exactly. Returns false for another length, another alphabet, padding or spare bits.
[[nodiscard]] bool base64url_decode(std::string_view text, std::span<unsigned char> out) noexcept;

} // namespace gatehouse
