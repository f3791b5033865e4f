// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/utf8.h"

#include <boost/locale/utf.hpp>

namespace gatehouse::http {
namespace {

namespace utf = boost::locale::utf;
using Utf8 = utf::utf_traits<char>;

constexpr bool is_control(utf::code_point c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

} // namespace

bool is_utf8(std::string_view bytes) noexcept {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    while (at != end)
        if (!utf::is_valid_codepoint(Utf8::decode(at, end))) return false;
    return true;
}

std::string clean_text(std::string_view bytes, std::size_t max_bytes) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    std::string out;
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    while (at != end) {
        const char* const begin = at;
        const auto character = Utf8::decode(at, end);
        const bool good = utf::is_valid_codepoint(character) && !is_control(character);
        // The decoder may have consumed the beginning of the next character before it gave up.
        if (!utf::is_valid_codepoint(character)) at = begin + 1;
        const auto piece = good ? std::string_view(begin, static_cast<std::size_t>(at - begin)) : replacement;
        if (out.size() + piece.size() > max_bytes) break;
        out.append(piece);
    }
    return out;
}

} // namespace gatehouse::http
