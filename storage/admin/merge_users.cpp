// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/merge_users.h"

#include "storage/sql/dialect.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace gatehouse::sql {
namespace {

const std::vector<std::string> permission_key{"user_id", "permission", "application_context"};

std::vector<std::string> without(std::vector<std::string> columns, const std::set<std::string>& left_out) {
    std::erase_if(columns, [&](const std::string& column) { return left_out.contains(column); });
    return columns;
}

std::string assignments(const std::vector<std::string>& columns) {
    std::string text;
    for (const auto& column : columns)
        text += fmt::format("{0} = b.{0}, ", TextConnection::quoted(column));
    return text.substr(0, text.size() - 2);
}

} // namespace

UserMerge::UserMerge(TextConnection& source, TextConnection& target, std::string better)
    : source_(source),
      target_(target),
      users_(columns_of(target, "users")),
      permissions_(columns_of(target, "user_permissions")),
      granted_(Shape(source, target, "user_permissions", permissions_).json()),
      better_(std::move(better)) {}

std::string UserMerge::conflict() const {
    const Dialect dialect(target_.target().backend);
    // Two subqueries, because there are two indexes; '' means no address (migration 0003) and is not in the index.
    return fmt::format("(EXISTS (SELECT 1 FROM users o WHERE {} = {} AND o.email <> '' AND o.id <> b.id)"
                       " OR EXISTS (SELECT 1 FROM users o WHERE o.phone = b.phone AND o.id <> b.id))",
                       dialect.canonical("o.email"), dialect.canonical("b.email"));
}

void UserMerge::copy(const std::vector<std::pair<std::string, std::string>>& users) {
    std::vector<std::string> texts;
    for (const auto& user : users)
        texts.push_back(user.second);
    const auto all = json_array(texts);
    const auto b = batch(target_, "users", users_, "$1");
    target_.transaction([&] {
        if (target_.postgres())
            target_.rows(
                fmt::format("SELECT t.id FROM users t JOIN {} b ON b.id = t.id ORDER BY t.id FOR UPDATE OF t", b),
                {all});
        std::set<std::string> chosen;
        const auto better = fmt::format("SELECT b.id FROM {} b LEFT JOIN users t ON t.id = b.id WHERE CASE"
                                        " WHEN t.id IS NULL OR {} THEN NOT {} ELSE false END",
                                        b, better_, conflict());
        for (const auto& row : target_.rows(better, {all}))
            chosen.insert(row[0].value_or(""));
        std::vector<std::string> winners;
        for (const auto& [id, text] : users) {
            if (chosen.contains(id)) winners.push_back(text);
        }
        if (winners.empty()) return;
        std::vector<std::string> granted;
        for (const auto& row : source_.rows(
                 fmt::format(
                     "SELECT {} FROM user_permissions s WHERE s.user_id IN (SELECT CAST(value AS {}) FROM {} e)",
                     granted_, source_.postgres() ? "uuid" : "text", Dialect(source_.target().backend).texts("$1")),
                 {json_strings({chosen.begin(), chosen.end()})}))
            granted.push_back(row[0].value_or(""));
        replace(json_array(winners), json_array(granted));
    });
}

void UserMerge::note_later(const std::string& users) {
    target_.rows(fmt::format("UPDATE users AS t SET last_login_at = b.last_login_at FROM {} b WHERE t.id = b.id"
                             " AND (t.last_login_at IS NULL OR t.last_login_at < b.last_login_at)",
                             batch(target_, "users", users_, "$1")),
                 {users});
    target_.rows(fmt::format("UPDATE users AS t SET legacy_cutoff = b.legacy_cutoff FROM {} b WHERE t.id = b.id AND {}",
                             batch(target_, "users", users_, "$1"), later_cutoff),
                 {users});
}

/// Permissions come first: each change of a permission raises the generation by one, and at the end the generation must
/// equal the source's.
void UserMerge::replace(const std::string& users, const std::string& permissions) {
    const auto b = batch(target_, "users", users_, "$1");
    const auto granted = batch(target_, "user_permissions", permissions_, "$1");
    const auto columns = list(without(users_, {"generation"}));
    target_.rows(fmt::format("INSERT INTO users ({0}, generation) SELECT {0}, 1 FROM {1} b WHERE NOT EXISTS (SELECT 1"
                             " FROM users t WHERE t.id = b.id)",
                             columns, b),
                 {users});
    const auto second = batch(target_, "user_permissions", permissions_, "$2");
    target_.rows(fmt::format("DELETE FROM user_permissions AS t WHERE t.user_id IN (SELECT b.id FROM {} b) AND NOT"
                             " EXISTS (SELECT 1 FROM {} b WHERE {})",
                             b, second, same(permission_key)),
                 {users, permissions});
    const auto changed = without(permissions_, {"id", "user_id", "permission", "application_context"});
    target_.rows(fmt::format("UPDATE user_permissions AS t SET {} FROM {} b WHERE {} AND (t.expires_at IS DISTINCT FROM"
                             " b.expires_at OR t.from_legacy IS DISTINCT FROM b.from_legacy)",
                             assignments(changed), granted, same(permission_key)),
                 {permissions});
    target_.rows(fmt::format("INSERT INTO user_permissions ({0}) SELECT {0} FROM {1} b WHERE NOT EXISTS (SELECT 1 FROM"
                             " user_permissions t WHERE {2})",
                             list(permissions_), granted, same(permission_key)),
                 {permissions});
    target_.rows(fmt::format("UPDATE users AS t SET {}, generation = CASE WHEN b.generation > t.generation THEN"
                             " b.generation ELSE t.generation END FROM {} b WHERE t.id = b.id",
                             assignments(without(users_, {"id", "generation", "last_login_at", "legacy_cutoff"})), b),
                 {users});
}

} // namespace gatehouse::sql
