// SPDX-License-Identifier: Apache-2.0
// Percent-encoding, appended to a string that the caller owns, and its strict inverse. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::http {

/// Appends `value` for a header line: printable ASCII and spaces stay, every other byte becomes %XX. A percent sign
/// stays, so that an encoded value (a Location) is not encoded twice.
void append_header_value(std::string& out, std::string_view value);

/// Appends `value` as one component of a query: everything but letters, digits and "-._~" becomes %XX.
void append_query_component(std::string& out, std::string_view value);

[[nodiscard]] std::string query_component(std::string_view value);

enum class Plus { literal, is_space };

/// Decodes once. nullopt if a percent sign is not followed by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view value, Plus plus);

} // namespace gatehouse::http
