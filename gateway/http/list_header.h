// SPDX-License-Identifier: Apache-2.0
// Splits header values at separators. Returns views only, copies nothing. Pure; any thread.
#pragma once

#include <algorithm>
#include <string_view>

namespace gatehouse::http {

/// Removes the piece before the next `separator` from `rest`, together with the separator, and returns the piece.
/// Without a separator, the piece is all of `rest`.
inline std::string_view take_until(std::string_view& rest, char separator) noexcept {
    const auto end = std::min(rest.find(separator), rest.size());
    const auto piece = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return piece;
}

/// The text without spaces and tabs at both ends.
inline std::string_view trim_blanks(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

} // namespace gatehouse::http
