// SPDX-License-Identifier: Apache-2.0
#include "storage/legacy/needs.h"

#include <algorithm>
#include <fmt/format.h>

namespace gatehouse::legacy {
namespace {

/// The needs in one table, as they are collected; columns that the layout does not have are left out.
class Collector {
  public:
    Collector(std::vector<Need>& all, const std::string& table) : all_(all), table_(table) {}

    void add(Right right, std::initializer_list<std::pair<std::string_view, const std::string*>> columns,
             bool optional = false) {
        for (const auto& [name, column] : columns)
            if (!column->empty()) all_.push_back({name, table_, *column, right, optional});
    }
    void add_remove(std::string_view name) { all_.push_back({name, table_, {}, Right::remove}); }

  private:
    std::vector<Need>& all_;
    const std::string& table_;
};

void add_users(std::vector<Need>& all, const Layout& l) {
    Collector of(all, l.users_table);
    of.add(Right::select, {{"user_id", &l.user_id}, {"user_email", &l.user_email}, {"user_phone", &l.user_phone}});
    of.add(Right::select, {{"user_password", &l.user_password}}, l.user_password_optional);
    of.add(Right::select,
           {{"user_role", &l.user_role}, {"user_verified", &l.user_verified}, {"user_created", &l.user_created}});
    // user_last_login is read with the user, because a session in the user's row began at that login.
    of.add(Right::select, {{"user_last_login", &l.user_last_login}, {"user_token", &l.user_token}});
    of.add(Right::update, {{"user_password", &l.user_password}}, l.user_password_optional);
    if (l.user_token.empty()) return;
    // A login is written into the user's row if there is no table of sessions, or if the older system itself also
    // writes the row; a logout clears the token.
    const bool written = l.sessions_table.empty() || l.user_token_set;
    if (written || !l.user_token_stays) of.add(Right::update, {{"user_token", &l.user_token}});
    if (written) of.add(Right::update, {{"user_last_login", &l.user_last_login}});
}

void add_sessions(std::vector<Need>& all, const Layout& l) {
    if (l.sessions_table.empty()) return;
    Collector of(all, l.sessions_table);
    of.add(Right::select, {{"session_token", &l.session_token},
                           {"session_user", &l.session_user},
                           {"session_context", &l.session_context},
                           {"session_created", &l.session_created},
                           {"session_active", &l.session_active},
                           {"session_expires", &l.session_expires},
                           {"session_revoked", &l.session_revoked},
                           {"session_address", &l.session_address},
                           {"session_agent", &l.session_agent}});
    of.add(Right::insert, {{"session_token", &l.session_token},
                           {"session_user", &l.session_user},
                           {"session_context", &l.session_context},
                           {"session_created", &l.session_created},
                           {"session_active", &l.session_active},
                           {"session_expires", &l.session_expires},
                           {"session_address", &l.session_address},
                           {"session_agent", &l.session_agent}});
    // A session that is used here is also marked as used in the older system.
    of.add(Right::update, {{"session_active", &l.session_active}, {"session_expires", &l.session_expires}});
    // A logout marks the row as revoked, or deletes it.
    if (l.session_revoked.empty())
        of.add_remove("sessions_table");
    else
        of.add(Right::update, {{"session_revoked", &l.session_revoked}, {"session_revoked_at", &l.session_revoked_at}});
}

void add_permissions(std::vector<Need>& all, const Layout& l) {
    if (l.permissions_table.empty()) return;
    Collector of(all, l.permissions_table);
    of.add(Right::select,
           {{"permission_user", &l.permission_user},
            {"permission_name", &l.permission_name},
            {"permission_context", &l.permission_context},
            {"permission_granted", &l.permission_granted},
            {"permission_granted_by", &l.permission_granted_by},
            {"permission_expires", &l.permission_expires}},
           l.permissions_optional);
}

std::string_view word_of(Right right) {
    switch (right) {
    case Right::select: return "SELECT";
    case Right::insert: return "INSERT";
    case Right::update: return "UPDATE";
    case Right::remove: break;
    }
    return "DELETE";
}

std::string grant(const std::vector<Need>& needs, const std::string& table, std::string_view role) {
    std::string rights;
    for (const auto right : {Right::select, Right::insert, Right::update, Right::remove}) {
        std::string columns;
        bool wanted = false;
        for (const auto& need : needs) {
            if (need.table != table || need.right != right) continue;
            wanted = true;
            if (!need.column.empty()) columns += (columns.empty() ? "" : ", ") + sql_name(need.column);
        }
        if (!wanted) continue;
        rights += fmt::format("{}{}", rights.empty() ? "" : ", ", word_of(right));
        if (!columns.empty()) rights += fmt::format(" ({})", columns);
    }
    const auto dot = table.find('.');
    const auto name = dot == std::string::npos ? sql_name(table)
                                               : sql_name(table.substr(0, dot)) + "." + sql_name(table.substr(dot + 1));
    return fmt::format("GRANT {} ON {} TO {};", rights, name, sql_name(role));
}

} // namespace

std::vector<Need> needs_of(const Layout& layout) {
    std::vector<Need> all;
    add_users(all, layout);
    add_sessions(all, layout);
    add_permissions(all, layout);
    return all;
}

std::vector<std::string> grants(const std::vector<Need>& needs, std::string_view role) {
    std::vector<std::string> tables;
    for (const auto& need : needs)
        if (std::ranges::find(tables, need.table) == tables.end()) tables.push_back(need.table);
    std::vector<std::string> all;
    for (const auto& table : tables)
        all.push_back(grant(needs, table, role));
    return all;
}

std::string sql_name(std::string_view name) {
    const bool plain =
        !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
        std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    if (plain) return std::string(name);
    std::string quoted = "\"";
    for (const char c : name)
        quoted.append(c == '"' ? 2 : 1, c);
    return quoted + "\"";
}

} // namespace gatehouse::legacy
