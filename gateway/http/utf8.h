// SPDX-License-Identifier: Apache-2.0
// Text from outside. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse::http {

/// Whether these bytes are UTF-8: no overlong forms, no surrogates, no truncated character.
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

/// The same text in at most `max_bytes`, cut between characters; invalid UTF-8 and every control character become
/// U+FFFD. For text that is stored or shown and decides nothing, such as a User-Agent.
[[nodiscard]] std::string clean_text(std::string_view bytes, std::size_t max_bytes);

} // namespace gatehouse::http
