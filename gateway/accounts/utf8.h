// SPDX-License-Identifier: Apache-2.0
// Reads UTF-8 one code point at a time. Surrogates, overlong forms and values beyond U+10FFFF are not valid. Pure; any
// thread.
#pragma once

#include <optional>
#include <string_view>

namespace gatehouse {

/// Takes the first code point off `text`, which must not be empty. If there is no valid one, takes one byte and returns
/// nullopt.
std::optional<char32_t> take_code_point(std::string_view& text);

} // namespace gatehouse
