// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/url.h"

#include <algorithm>
#include <charconv>

namespace gatehouse::config {

namespace {

constexpr std::string_view mask = "***";

/// Where the part that may hold a password begins: after the scheme and the slashes.
std::size_t authority_begin(std::string_view url) {
    const std::size_t slashes = url.find("://");
    return slashes == std::string_view::npos ? 0 : slashes + 3;
}

Problem check_characters(std::string_view url) {
    const auto bad = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; };
    if (std::ranges::any_of(url, bad))
        return "must not contain spaces or control characters (write them as %20 and so on)";
    return std::nullopt;
}

bool is_port(std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

/// host, host:port, [v6] or [v6]:port.
bool is_host_and_port(std::string_view text) {
    std::size_t host_end = text.find(':');
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos || bracket < 3) return false;
        host_end = bracket + 1;
        if (host_end == text.size()) return true;
        if (text[host_end] != ':') return false;
    }
    if (host_end == 0 || text.empty()) return false;
    if (text.substr(0, host_end).find_first_of("@/?#%") != std::string_view::npos) return false;
    return host_end == std::string_view::npos || is_port(text.substr(host_end + 1));
}

Problem check_local_path(std::string_view path) {
    if (!path.starts_with('/'))
        return "needs an absolute path, as in sqlite:/var/lib/gatehouse/gatehouse.db or unix:/run/redis.sock";
    return std::nullopt;
}

bool is_database_number(std::string_view text) {
    return !text.empty() && text.size() <= 4 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool has_broken_escape(std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdefABCDEF";
    for (std::size_t at = 0; (at = text.find('%', at)) != std::string_view::npos; at += 3)
        if (at + 3 > text.size() || text.substr(at + 1, 2).find_first_not_of(hex) != std::string_view::npos)
            return true;
    return false;
}

/// Checks the part before the @.
Problem check_redis_login(std::string_view login) {
    if (login.find_first_of("/?#@") != std::string_view::npos)
        return "has one of / ? # @ in its password: write it as %2F, %3F, %23 or %40";
    if (has_broken_escape(login)) return "has a % before the @ that begins no escape: write it as %25";
    const std::size_t colon = login.find(':');
    if (colon == std::string_view::npos || colon + 1 == login.size())
        return "has an @ but no password: write :password@ or user:password@";
    return std::nullopt;
}

/// PATH or PATH?db=N.
Problem check_redis_socket(std::string_view rest) {
    const std::size_t question = rest.find('?');
    if (question != std::string_view::npos &&
        !(rest.substr(question).starts_with("?db=") && is_database_number(rest.substr(question + 4))))
        return "takes nothing but ?db=NUMBER behind the path of a unix socket";
    return check_local_path(rest.substr(0, question));
}

/// The value of each query parameter whose name looks like a secret.
std::string masked_parameters(std::string_view query) {
    std::string out;
    while (!query.empty()) {
        const std::string_view parameter = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(parameter.size() + 1, query.size()));
        const std::string_view name = parameter.substr(0, parameter.find('='));
        const bool secret = name.find("pass") != std::string_view::npos || name.find('%') != std::string_view::npos;
        if (!out.empty()) out += '&';
        out += name;
        if (secret)
            out.append("=").append(mask);
        else
            out += parameter.substr(name.size());
    }
    return out;
}

} // namespace

bool is_sqlite(std::string_view url) {
    return url.starts_with("sqlite:") || url.starts_with("file:");
}

Problem check_database_url(std::string_view url) {
    if (is_sqlite(url)) {
        if (url.find_first_of("\"?") != std::string_view::npos) return "must not contain \" or ? after sqlite:";
        return check_local_path(url.substr(url.find(':') + 1));
    }
    if (!url.starts_with("postgresql://") && !url.starts_with("postgres://"))
        return "must begin with postgresql:// or sqlite:";
    if (auto problem = check_characters(url)) return problem;
    if (url.substr(authority_begin(url)).empty()) return "names no server and no database";
    return std::nullopt;
}

Problem check_redis_url(std::string_view url) {
    if (url.starts_with("unix:")) return check_redis_socket(url.substr(5));
    if (url.starts_with("rediss://"))
        return "asks for TLS, which this version cannot speak to Redis: use redis:// on a trusted network, or "
               "unix:PATH to a "
               "local tunnel";
    if (!url.starts_with("redis://")) return "must begin with redis:// or unix:";
    if (auto problem = check_characters(url)) return problem;
    std::string_view rest = url.substr(authority_begin(url));
    if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
        if (auto problem = check_redis_login(rest.substr(0, at))) return problem;
        rest.remove_prefix(at + 1);
    }
    const std::string_view host = rest.substr(0, rest.find('/'));
    if (!is_host_and_port(host)) return "has no valid host[:port]";
    const std::string_view number = rest.substr(std::min(host.size() + 1, rest.size()));
    if (!number.empty() && !is_database_number(number))
        return "must end with the number of the database, as in redis://localhost:6379/0";
    return std::nullopt;
}

Problem check_origin(std::string_view origin) {
    if (!origin.starts_with("https://") && !origin.starts_with("http://"))
        return "must begin with https:// (or http://)";
    const std::string_view host = origin.substr(authority_begin(origin));
    if (!is_host_and_port(host) || host.find_first_of(" \t\"\\,;*") != std::string_view::npos || check_characters(host))
        return "must be scheme://host[:port] and nothing more, as in https://www.example.org";
    if (std::ranges::any_of(host, [](char c) { return c >= 'A' && c <= 'Z'; }))
        return "must be in lower case, as browsers send it";
    if ((origin.starts_with("https://") && host.ends_with(":443")) ||
        (origin.starts_with("http://") && host.ends_with(":80")))
        return "must not name the scheme's own port: browsers leave it out";
    return std::nullopt;
}

// The user's part ends at the last @, so that a password with an unencoded /, ? or @ is hidden too.
std::string masked_url(std::string_view url) {
    if (is_sqlite(url)) return std::string(url);
    const std::size_t begin = authority_begin(url);
    std::string out(url.substr(0, begin));
    std::string_view rest = url.substr(begin);
    if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
        const std::size_t colon = rest.substr(0, at).find(':');
        if (colon != std::string_view::npos)
            out.append(rest.substr(0, colon + 1)).append(mask);
        else
            out += rest.substr(0, at);
        rest.remove_prefix(at);
    }
    const std::size_t query = rest.find('?');
    out += rest.substr(0, query);
    if (query != std::string_view::npos) out.append("?").append(masked_parameters(rest.substr(query + 1)));
    return out;
}

bool has_password(std::string_view url) {
    return masked_url(url) != url;
}

} // namespace gatehouse::config
