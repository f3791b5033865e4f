// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/origin.h"
#include "gateway/accounts/utf8.h"
#include "gateway/http/client_address.h"

#include <algorithm>

namespace gatehouse {
namespace {

constexpr std::size_t max_user_agent_bytes = 512;

/// Control characters, and characters that reorder, hide or break the line that shows them.
bool is_unprintable(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

} // namespace

std::string clean_user_agent(std::string_view text) {
    std::string clean;
    clean.reserve(std::min(text.size(), max_user_agent_bytes));
    while (!text.empty()) {
        auto rest = text;
        const auto code_point = take_code_point(rest);
        const bool printable = code_point && !is_unprintable(*code_point);
        const auto piece = printable ? text.substr(0, text.size() - rest.size()) : std::string_view("?");
        if (clean.size() + piece.size() > max_user_agent_bytes) break;
        clean.append(piece);
        text = rest;
    }
    return clean;
}

Origin make_origin(std::string_view address, std::string_view user_agent) {
    return {.address = http::canonical_address(address), .user_agent = clean_user_agent(user_agent)};
}

} // namespace gatehouse
