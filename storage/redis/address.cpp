// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/address.h"

#include <charconv>
#include <optional>
#include <stdexcept>
#include <sys/un.h>

namespace gatehouse {
namespace {

[[noreturn]] void refuse(const char* why) {
    throw std::invalid_argument(std::string("Redis URL ") + why);
}

template <class Number> Number number(std::string_view text, Number lowest, Number highest, const char* why) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < lowest || value > highest) refuse(why);
    return value;
}

int database(std::string_view text) {
    return number(text, 0, 1'000'000, "has a database that is not a number");
}

std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            decoded.push_back(text[at]);
            continue;
        }
        unsigned byte = 0;
        const char* const digits = text.data() + at + 1;
        if (text.size() - at < 3 || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2)
            refuse("has a broken percent escape before the @");
        decoded.push_back(static_cast<char>(byte));
        at += 2;
    }
    return decoded;
}

void read_login(std::string_view login, RedisAddress& address) {
    const auto colon = login.find(':');
    if (colon == std::string_view::npos) refuse("has a user without a password: write :password@ or user:password@");
    address.user = percent_decoded(login.substr(0, colon));
    address.password = percent_decoded(login.substr(colon + 1));
    if (address.password.empty()) refuse("has an empty password");
}

void read_host(std::string_view place, RedisAddress& address) {
    std::optional<std::string_view> port;
    if (place.starts_with('[')) {
        const auto close = place.find(']');
        if (close == std::string_view::npos) refuse("has a [ without a ]");
        address.host = place.substr(1, close - 1);
        const auto rest = place.substr(close + 1);
        if (rest.starts_with(':'))
            port = rest.substr(1);
        else if (!rest.empty())
            refuse("has something between ] and the port");
    } else {
        const auto colon = place.find(':');
        address.host = place.substr(0, colon);
        if (colon != std::string_view::npos) port = place.substr(colon + 1);
    }
    if (address.host.empty()) refuse("has no host");
    if (port) address.port = number<std::uint16_t>(*port, 1, 65535, "has a port that is not a number from 1 to 65535");
}

RedisAddress unix_socket(std::string_view rest) {
    RedisAddress address;
    const auto query = rest.find('?');
    address.path = rest.substr(0, query);
    if (!address.path.starts_with('/')) refuse("needs an absolute path, as in unix:/run/redis/redis.sock");
    if (address.path.size() >= sizeof(sockaddr_un::sun_path)) refuse("has a path too long for a unix socket");
    if (query == std::string_view::npos) return address;
    constexpr std::string_view db = "db=";
    const auto setting = rest.substr(query + 1);
    if (!setting.starts_with(db)) refuse("of a unix socket takes no setting but ?db=N");
    address.database = database(setting.substr(db.size()));
    return address;
}

} // namespace

RedisAddress parse_redis_url(std::string_view url) {
    constexpr std::string_view tcp = "redis://";
    constexpr std::string_view local = "unix:";
    if (url.find('\0') != std::string_view::npos) refuse("holds a NUL");
    if (url.starts_with("rediss://"))
        refuse("asks for TLS, which is not spoken here: use redis:// on a trusted network, or a local tunnel");
    if (url.starts_with(local)) return unix_socket(url.substr(local.size()));
    if (!url.starts_with(tcp)) refuse("must begin with redis:// or unix:");
    url.remove_prefix(tcp.size());

    RedisAddress address;
    // The last @, because operators often forget to encode an @ in a password, and a host has none.
    if (const auto at = url.rfind('@'); at != std::string_view::npos) {
        read_login(url.substr(0, at), address);
        url.remove_prefix(at + 1);
    }
    const auto slash = url.find('/');
    read_host(url.substr(0, slash), address);
    if (slash != std::string_view::npos && slash + 1 < url.size()) address.database = database(url.substr(slash + 1));
    return address;
}

} // namespace gatehouse
