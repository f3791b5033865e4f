// SPDX-License-Identifier: Apache-2.0
#include "storage/legacy/layout.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace gatehouse::legacy {
namespace {

constexpr std::size_t longest_name = 63; // PostgreSQL's limit

bool is_name(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !text.empty() && text.size() <= longest_name && is_letter(text.front()) &&
           std::ranges::all_of(text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool is_table(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return is_name(text);
    return is_name(text.substr(0, dot)) && is_name(text.substr(dot + 1));
}

struct Field {
    const char* name;
    const std::string& value;
    bool required;
};

std::vector<Field> columns(const Layout& l) {
    const bool rows = !l.sessions_table.empty();
    const bool rights = !l.permissions_table.empty();
    return {{"user_id", l.user_id, true},
            {"user_email", l.user_email, false},
            {"user_phone", l.user_phone, false},
            {"user_password", l.user_password, false},
            {"user_role", l.user_role, false},
            {"user_verified", l.user_verified, false},
            {"user_created", l.user_created, false},
            {"user_last_login", l.user_last_login, false},
            {"user_token", l.user_token, false},
            {"session_token", l.session_token, rows},
            {"session_user", l.session_user, rows},
            {"session_context", l.session_context, false},
            {"session_created", l.session_created, false},
            {"session_active", l.session_active, false},
            {"session_expires", l.session_expires, false},
            {"session_revoked", l.session_revoked, false},
            {"session_revoked_at", l.session_revoked_at, false},
            {"session_address", l.session_address, false},
            {"session_agent", l.session_agent, false},
            {"permission_user", l.permission_user, rights},
            {"permission_name", l.permission_name, rights},
            {"permission_context", l.permission_context, false},
            {"permission_granted", l.permission_granted, false},
            {"permission_granted_by", l.permission_granted_by, false},
            {"permission_expires", l.permission_expires, false}};
}

bool is_prefix(std::string_view text) {
    return text.size() <= longest_name && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

} // namespace

std::vector<std::string> mistakes(const Layout& layout) {
    std::vector<std::string> found;
    const auto check_table = [&](const char* name, const std::string& value) {
        if (!is_table(value))
            found.push_back(std::string(name) + " must be a table's name, or schema.table, of letters, digits and _");
    };
    check_table("users_table", layout.users_table);
    if (!layout.sessions_table.empty()) check_table("sessions_table", layout.sessions_table);
    if (!layout.permissions_table.empty()) check_table("permissions_table", layout.permissions_table);
    for (const auto& [name, value, required] : columns(layout)) {
        if (value.empty() ? required : !is_name(value))
            found.push_back(std::string(name) + " must be a column's name, of letters, digits and _");
    }
    if (!is_prefix(layout.redis_prefix)) found.emplace_back("redis_prefix must be printable, without spaces");
    if (!is_prefix(layout.redis_copies)) found.emplace_back("redis_copies must be printable, without spaces");
    if (layout.user_token.empty() && layout.sessions_table.empty() && layout.redis_prefix.empty())
        found.emplace_back(
            "there must be one of user_token, sessions_table and redis_prefix, or there are no sessions");
    if (layout.user_email.empty() && layout.user_phone.empty())
        found.emplace_back("there must be one of user_email and user_phone, or nobody can log in");
    if (layout.session_revoked.empty() && !layout.session_revoked_at.empty())
        found.emplace_back("session_revoked_at goes with session_revoked, which is empty");
    if (layout.lifetime <= Seconds{0}) found.emplace_back("lifetime must be more than nothing");
    return found;
}

} // namespace gatehouse::legacy
