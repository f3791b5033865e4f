// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/origin.h"
#include "gateway/accounts/utf8.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <optional>

namespace gatehouse {
namespace {

constexpr std::size_t max_user_agent_bytes = 512;

/// Control characters, and what reorders or breaks the line that shows it.
bool is_unprintable(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/// Always sixteen bytes: IPv4 lives in ::ffff:0:0/96.
using Address = std::array<unsigned char, 16>;
constexpr std::array<unsigned char, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<Address> parse(std::string_view text) {
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != text.npos) return std::nullopt;
    const std::string terminated(text);
    Address address{};
    if (inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
    std::ranges::copy(mapped, address.begin());
    if (inet_pton(AF_INET, terminated.c_str(), address.data() + mapped.size()) == 1) return address;
    return std::nullopt;
}

bool is_v4(const Address& address) {
    return std::equal(mapped.begin(), mapped.end(), address.begin());
}

std::string to_text(const Address& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_v4(address)) {
        inet_ntop(AF_INET, address.data() + mapped.size(), text.data(), text.size());
    } else {
        inet_ntop(AF_INET6, address.data(), text.data(), text.size());
    }
    return text.data();
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
    const auto parsed = parse(address);
    return {.address = parsed ? to_text(*parsed) : std::string(), .user_agent = clean_user_agent(user_agent)};
}

std::string address_key(std::string_view address) {
    auto parsed = parse(address);
    if (!parsed) return "none";
    if (is_v4(*parsed)) return to_text(*parsed);
    std::fill(parsed->begin() + 8, parsed->end(), static_cast<unsigned char>(0));
    return to_text(*parsed) + "/64";
}

} // namespace gatehouse
