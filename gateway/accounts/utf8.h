// SPDX-License-Identifier: Apache-2.0
// Reads UTF-8 one code point at a time. Surrogates, overlong forms and what lies beyond U+10FFFF are not valid. Pure;
// any thread.
#pragma once

#include <optional>
#include <string_view>

namespace gatehouse {

/// Takes the first code point off `text`, which must not be empty. nullopt, and one byte taken, if there is no valid
/// one.
std::optional<char32_t> take_code_point(std::string_view& text);

} // namespace gatehouse
