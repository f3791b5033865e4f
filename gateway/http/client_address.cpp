// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/client_address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <variant>

namespace gatehouse::http {
namespace {

using Address = std::variant<in_addr, in6_addr>;

std::optional<Address> parse(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> buffer{}; // inet_pton needs a terminated string
    if (text.empty() || text.size() >= buffer.size() || text.find('\0') != text.npos) return std::nullopt;
    std::copy(text.begin(), text.end(), buffer.begin());
    if (text.find(':') == text.npos) {
        in_addr v4{};
        if (inet_pton(AF_INET, buffer.data(), &v4) != 1) return std::nullopt;
        return v4;
    }
    in6_addr v6{};
    if (inet_pton(AF_INET6, buffer.data(), &v6) != 1) return std::nullopt;
    if (!IN6_IS_ADDR_V4MAPPED(&v6)) return v6;
    in_addr v4{};
    std::memcpy(&v4, &v6.s6_addr[12], sizeof v4);
    return v4;
}

bool is_private(in_addr address) noexcept {
    const std::uint32_t bits = ntohl(address.s_addr);
    return bits >> 24U == 10 || bits >> 24U == 127 || bits >> 20U == 0xac1 || bits >> 16U == 0xc0a8 ||
           bits >> 16U == 0xa9fe || bits >> 22U == 0x64400000U >> 22U; // 100.64/10: shared addresses of a carrier
}

bool is_private(const in6_addr& address) noexcept {
    return (address.s6_addr[0] & 0xfeU) == 0xfc || IN6_IS_ADDR_LINKLOCAL(&address) || IN6_IS_ADDR_LOOPBACK(&address);
}

std::string to_text(const Address& address) {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    const int family = std::holds_alternative<in_addr>(address) ? AF_INET : AF_INET6;
    std::visit([&](const auto& bytes) { inet_ntop(family, &bytes, buffer.data(), buffer.size()); }, address);
    return buffer.data();
}

} // namespace

bool is_client_address(std::string_view text) noexcept {
    return text == "unix:" || parse(text).has_value();
}

bool is_private_address(std::string_view text) noexcept {
    if (text == "unix:") return true;
    const auto address = parse(text);
    return address && std::visit([](const auto& bytes) { return is_private(bytes); }, *address);
}

std::string canonical_address(std::string_view text) {
    const auto address = parse(text);
    return address ? to_text(*address) : std::string();
}

std::string throttle_key(std::string_view text) {
    auto address = parse(text);
    if (!address) return "local";
    auto* const v6 = std::get_if<in6_addr>(&*address);
    if (v6 == nullptr) return to_text(*address);
    std::fill(&v6->s6_addr[8], &v6->s6_addr[16], std::uint8_t{0});
    return to_text(*address) + "/64";
}

} // namespace gatehouse::http
