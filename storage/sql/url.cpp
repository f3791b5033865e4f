// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/url.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace gatehouse::sql {
namespace {

/// The kernel notices a dead peer after 3 s while an answer is due, and after 11 s of silence otherwise. libpq takes
/// the last of equal parameters, so the operator's own override these defaults.
constexpr std::string_view postgres_defaults =
    "application_name=gatehouse&client_encoding=UTF8&target_session_attrs=read-write&keepalives=1&keepalives_idle=5"
    "&keepalives_interval=2&keepalives_count=3&tcp_user_timeout=3000";

/// Parameters in the URLs of web applications. libpq refuses unknown parameters, so they are removed.
constexpr std::array<std::string_view, 6> prisma_parameters{
    "schema", "connection_limit", "pool_timeout", "socket_timeout", "pgbouncer", "statement_cache_size"};

std::string known_parameters(std::string_view parameters) {
    std::string kept;
    while (!parameters.empty()) {
        const auto end = std::min(parameters.find('&'), parameters.size());
        const auto one = parameters.substr(0, end);
        const auto name = one.substr(0, one.find('='));
        if (std::ranges::find(prisma_parameters, name) == prisma_parameters.end()) kept.append("&").append(one);
        parameters.remove_prefix(std::min(end + 1, parameters.size()));
    }
    return kept;
}

struct FreeOptions {
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

Target postgres_target(const std::string& url, Millis connect_timeout) {
    const auto question = url.find('?');
    const auto seconds = std::max<Millis::rep>(2, (connect_timeout.count() + 999) / 1000); // libpq's minimum is 2
    Target target;
    target.backend = Backend::postgresql;
    target.connect = fmt::format("{}?{}&connect_timeout={}{}", url.substr(0, question), postgres_defaults, seconds,
                                 question == std::string::npos ? "" : known_parameters(url.substr(question + 1)));
    // libpq's own message is not used, because it may repeat the whole URL.
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(target.connect.c_str(), nullptr));
    if (!options)
        throw std::runtime_error("not a usable PostgreSQL URL (expected postgresql://user:password@host:port/name)");
    const auto value = [&](std::string_view keyword) -> std::string {
        for (const auto* o = options.get(); o->keyword != nullptr; ++o) {
            if (o->keyword == keyword) return o->val != nullptr ? o->val : "";
        }
        return {};
    };
    const auto port = value("port");
    target.secret = value("password");
    target.shown = fmt::format("postgresql://{}@{}{}{}/{}", value("user"), value("host"), port.empty() ? "" : ":", port,
                               value("dbname"));
    return target;
}

Target sqlite_target(std::string_view path) {
    if (path.starts_with("//")) path.remove_prefix(2); // the empty authority of sqlite:///path
    // SOCI puts the path in double quotes. ":memory:" would be a separate database for each connection.
    if (path.empty() || path.find_first_of("\"?") != std::string_view::npos || path == ":memory:") {
        throw std::runtime_error("not a usable SQLite URL (expected sqlite:PATH)");
    }
    Target target;
    target.backend = Backend::sqlite;
    target.connect = path;
    target.shown = fmt::format("sqlite:{}", path);
    return target;
}

} // namespace

Target parse_url(const std::string& url, Millis connect_timeout) {
    Target target;
    if (url.find('\0') != std::string::npos) throw std::runtime_error("the database URL contains a NUL character");
    if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
        target = postgres_target(url, connect_timeout);
    } else if (url.starts_with("sqlite:")) {
        target = sqlite_target(std::string_view(url).substr(7));
    } else if (url.starts_with("file:")) {
        target = sqlite_target(std::string_view(url).substr(5));
    } else {
        throw std::runtime_error("not a database URL (expected postgresql://… or sqlite:PATH)");
    }
    target.connect_timeout = connect_timeout;
    return target;
}

std::string without_secret(std::string text, const Target& target) {
    if (target.secret.empty()) return text;
    for (auto at = text.find(target.secret); at != std::string::npos; at = text.find(target.secret, at + 3)) {
        text.replace(at, target.secret.size(), "***");
    }
    return text;
}

} // namespace gatehouse::sql
