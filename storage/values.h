// SPDX-License-Identifier: Apache-2.0
// What may stand in a stored value, the same for every store. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse {

/// The canonical form only: 36 characters, lower case. Anything else names nobody.
bool is_uuid(std::string_view text) noexcept;

/// Valid UTF-8 without a NUL: what both databases can keep and give back unchanged.
bool is_storable_text(std::string_view text) noexcept;

/// An IPv4 or IPv6 address as it is stored (no zone); empty if `text` is not one.
std::string stored_address(const std::string& text);

} // namespace gatehouse
