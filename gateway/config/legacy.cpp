// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/legacy.h"

#include "gateway/config/options.h"
#include "gateway/config/url.h"
#include "storage/legacy/presets.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <fmt/format.h>
#include <iomanip>
#include <locale>
#include <sstream>

namespace gatehouse::config {
namespace {

using legacy::Layout;

struct Name {
    std::string_view name;
    std::string Layout::*member;
};
/// By the names of the layout's members.
constexpr std::array names{
    Name{"users_table", &Layout::users_table},
    Name{"user_id", &Layout::user_id},
    Name{"user_email", &Layout::user_email},
    Name{"user_phone", &Layout::user_phone},
    Name{"user_password", &Layout::user_password},
    Name{"user_role", &Layout::user_role},
    Name{"user_verified", &Layout::user_verified},
    Name{"user_created", &Layout::user_created},
    Name{"user_last_login", &Layout::user_last_login},
    Name{"user_token", &Layout::user_token},
    Name{"sessions_table", &Layout::sessions_table},
    Name{"session_token", &Layout::session_token},
    Name{"session_user", &Layout::session_user},
    Name{"session_context", &Layout::session_context},
    Name{"session_created", &Layout::session_created},
    Name{"session_active", &Layout::session_active},
    Name{"session_expires", &Layout::session_expires},
    Name{"session_revoked", &Layout::session_revoked},
    Name{"session_revoked_at", &Layout::session_revoked_at},
    Name{"session_address", &Layout::session_address},
    Name{"session_agent", &Layout::session_agent},
    Name{"permissions_table", &Layout::permissions_table},
    Name{"permission_user", &Layout::permission_user},
    Name{"permission_name", &Layout::permission_name},
    Name{"permission_context", &Layout::permission_context},
    Name{"permission_granted", &Layout::permission_granted},
    Name{"permission_granted_by", &Layout::permission_granted_by},
    Name{"permission_expires", &Layout::permission_expires},
    Name{"redis_prefix", &Layout::redis_prefix},
    Name{"redis_copies", &Layout::redis_copies},
};
constexpr std::string_view id_kind = "user_id_kind";
constexpr std::string_view token_stays = "user_token_stays";
constexpr std::string_view token_set = "user_token_set";
constexpr std::string_view instants = "instants";

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

template <class Enum>
Problem choose(Enum& to, std::string_view value, std::initializer_list<std::pair<std::string_view, Enum>> words) {
    std::string all;
    for (const auto& [word, meaning] : words) {
        if (word == value) {
            to = meaning;
            return std::nullopt;
        }
        all.append(all.empty() ? "" : ", ").append(word);
    }
    return fmt::format("must be one of: {}", all);
}

Problem change(Layout& layout, std::string_view text) {
    const auto equals = text.find('=');
    if (equals == text.npos) return "must look like \"users_table = members\"";
    const auto name = trimmed(text.substr(0, equals));
    const auto value = trimmed(text.substr(equals + 1));
    if (name == id_kind)
        return choose(
            layout.user_id_kind, value,
            {{"uuid", legacy::IdKind::uuid}, {"integer", legacy::IdKind::integer}, {"text", legacy::IdKind::text}});
    if (name == token_stays) return choose(layout.user_token_stays, value, {{"true", true}, {"false", false}});
    if (name == token_set) return choose(layout.user_token_set, value, {{"true", true}, {"false", false}});
    if (name == instants)
        return choose(layout.instants, value,
                      {{"timestamp", legacy::InstantKind::timestamp},
                       {"seconds", legacy::InstantKind::seconds},
                       {"milliseconds", legacy::InstantKind::milliseconds}});
    if (const auto* const known = std::ranges::find(names, name, &Name::name); known != names.end()) {
        layout.*(known->member) = value;
        // A column that the operator names must exist.
        if (name == "user_password") layout.user_password_optional = false;
        if (name.starts_with("permission")) layout.permissions_optional = false;
        return std::nullopt;
    }
    std::vector<std::string_view> all{id_kind, token_stays, token_set, instants};
    for (const auto& one : names)
        all.push_back(one.name);
    const auto meant = nearest(std::string(name), all);
    return meant.empty() ? fmt::format("has no name {}", name)
                         : fmt::format("has no name {}: did you mean {}?", name, meant);
}

std::optional<Instant> moment(std::string_view text) {
    for (const char* format : {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"}) {
        std::tm parts{};
        std::istringstream in{std::string(text)};
        in.imbue(std::locale::classic());
        in >> std::get_time(&parts, format);
        if (!in.fail() && in.peek() == std::istringstream::traits_type::eof())
            return Instant(Seconds(::timegm(&parts)));
    }
    return std::nullopt;
}

std::string_view default_cookie(std::string_view system) {
    return system == "auth-token" ? "auth_token" : "sessionId";
}

/// Whether this is one of Gatehouse's SQLite files. The older system cannot be in one of them, because `migrate up`
/// refuses a SQLite file with another application's tables.
bool is_our_own_file(const Draft& d) {
    return is_sqlite(d.identity_url) && d.legacy.database_url == d.identity_url;
}

void check_stores(const Draft& d, Findings& out) {
    const LegacyConfig& legacy = d.legacy;
    for (const auto& mistake : legacy::mistakes(legacy.layout))
        out.errors.push_back({"legacy_layout", "legacy_layout: " + mistake});
    if (legacy.database_url.empty())
        out.errors.push_back(
            {"legacy_database_url", "legacy_database_url is needed: the database of the older system"});
    if (is_our_own_file(d))
        out.errors.push_back(
            {"legacy_database_url",
             fmt::format(
                 "legacy_database_url is needed: {} is the gateway's own file, and the older system has nothing "
                 "in it. Set legacy_database_url to the database of the older system, for example "
                 "\"postgresql://app@db.example.org/app\" or \"sqlite:/srv/app/app.db\"",
                 d.identity_url)});
    if (!legacy.layout.redis_prefix.empty() && legacy.redis_url.empty())
        out.errors.push_back({"legacy_redis_url", "legacy_redis_url is needed: the Redis of the older system"});
    if (!d.context(legacy.context))
        out.errors.push_back(
            {"legacy_context", fmt::format("legacy_context is {0}, but there is no [context.{0}]", legacy.context)});
    for (const ContextConfig& context : d.contexts)
        if (context.cookie == legacy.cookie)
            out.errors.push_back(
                {"legacy_cookie", fmt::format("legacy_cookie must not be the cookie of the context {}", context.name)});
}

} // namespace

Problem check_layout_change(std::string_view text) {
    Layout layout;
    return change(layout, text);
}

Problem check_legacy_system(std::string_view name) {
    if (legacy::preset(name)) return std::nullopt;
    return fmt::format("must be one of: {}", fmt::join(legacy::preset_names, ", "));
}

Problem check_moment(std::string_view text) {
    if (moment(text)) return std::nullopt;
    return "must be a day such as \"2027-01-31\", or a moment such as \"2027-01-31T12:00:00Z\"";
}

void resolve_legacy(Draft& d, Findings& out) {
    LegacyConfig& legacy = d.legacy;
    if (legacy.system.empty()) return;
    legacy.layout = legacy::preset(legacy.system).value_or(Layout{});
    legacy.layout.lifetime = legacy.lifetime;
    for (const auto& one : legacy.changes)
        change(legacy.layout, one);
    if (legacy.cookie.empty()) legacy.cookie = default_cookie(legacy.system);
    // Usually Gatehouse's tables have been put into the database that has the older system's tables.
    if (legacy.database_url.empty()) legacy.database_url = d.database_url;
    if (legacy.redis_url.empty()) legacy.redis_url = d.redis_url;
    if (!legacy.accept_until.empty()) legacy.accepted_until = moment(legacy.accept_until);
    constexpr std::size_t usual_bcrypt_cost = 10;
    if (!legacy.layout.user_password.empty() && d.equal_bcrypt_cost == 0) d.equal_bcrypt_cost = usual_bcrypt_cost;
    check_stores(d, out);
}

} // namespace gatehouse::config
