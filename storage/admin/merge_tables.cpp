// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/merge_tables.h"

#include "storage/sql/dialect.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <stdexcept>

namespace gatehouse::sql {
namespace {

constexpr auto postgres_names = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'gatehouse' ORDER BY 1";
constexpr auto sqlite_names =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1";
constexpr auto postgres_columns = "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = format('gatehouse.%I', "
                                  "CAST($1 AS text))::regclass AND attnum > 0"
                                  " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum";
constexpr auto sqlite_columns = "SELECT name FROM pragma_table_info($1) ORDER BY cid";
constexpr auto postgres_key =
    "SELECT a.attname FROM pg_catalog.pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY k (attnum, place)"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
    " WHERE i.indrelid = format('gatehouse.%I', CAST($1 AS text))::regclass AND i.indisprimary ORDER BY k.place";
constexpr auto sqlite_key = "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk";
constexpr auto postgres_references =
    "SELECT a.attname, p.relname, o.attname FROM pg_catalog.pg_constraint c"
    " JOIN pg_catalog.pg_class p ON p.oid = c.confrelid"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
    " JOIN pg_catalog.pg_attribute o ON o.attrelid = c.confrelid AND o.attnum = c.confkey[1]"
    " WHERE c.conrelid = format('gatehouse.%I', CAST($1 AS text))::regclass AND c.contype = 'f'"
    " AND array_length(c.conkey, 1) = 1";
constexpr auto sqlite_references = R"(SELECT "from", "table", coalesce("to", 'id') FROM pragma_foreign_key_list($1))";

std::vector<std::string> first_column(TextConnection& database, const std::string& sql,
                                      const std::vector<std::string>& values) {
    std::vector<std::string> all;
    for (const auto& row : database.rows(sql, values))
        all.push_back(row[0].value_or(""));
    return all;
}

std::set<std::string> names(TextConnection& database) {
    const auto all = first_column(database, database.postgres() ? postgres_names : sqlite_names, {});
    std::set<std::string> kept(all.begin(), all.end());
    // Mail that waits is sent by the gateways of the database in which it was queued: a copy of the row would be sent
    // a second time.
    for (const auto* own : {"schema_migrations", "split", "changes", "nodes", "strategies", "mail", "one_time_tokens"})
        kept.erase(own);
    return kept;
}

std::vector<Assignment> take_all_but(const std::vector<std::string>& columns, const std::set<std::string>& kept) {
    std::vector<Assignment> assignments;
    for (const auto& column : columns) {
        if (!kept.contains(column)) assignments.push_back({column, "b." + TextConnection::quoted(column)});
    }
    return assignments;
}

Assignment later_of(const std::string& column) {
    return {column, fmt::format("CASE WHEN t.{0} IS NULL OR b.{0} > t.{0} THEN b.{0} ELSE t.{0} END", column)};
}

/// The end of a session is never undone and never moved to a later time.
void rule_of_sessions(MergeTable& table) {
    table.lost = "((b.revoked AND NOT t.revoked) OR b.expires_at < t.expires_at)";
    table.newer = fmt::format("({} OR b.last_activity > t.last_activity)", table.lost);
    table.merged = {{"revoked", "(t.revoked OR b.revoked)"},
                    {"revoked_at", "coalesce(t.revoked_at, b.revoked_at)"},
                    {"expires_at", "CASE WHEN b.expires_at < t.expires_at THEN b.expires_at ELSE t.expires_at END"},
                    {"device_name", "coalesce(b.device_name, t.device_name)"},
                    later_of("last_activity")};
}

/// A token that is over stays over. A token that a revocation has spared stays known as younger than that revocation.
void rule_of_old_tokens(MergeTable& table) {
    table.lost = "(b.ended_at IS NOT NULL AND t.ended_at IS NULL)";
    table.newer = fmt::format("({} OR b.known_since > t.known_since)", table.lost);
    table.merged = {{"ended_at", "coalesce(t.ended_at, b.ended_at)"}, later_of("known_since")};
}

void choose_rule(MergeTable& table, const std::string& now) {
    const auto later = [&](const std::string& column) {
        table.newer = fmt::format("(b.{0} > t.{0})", column);
        table.merged = take_all_but(table.columns, {table.key.begin(), table.key.end()});
    };
    if (table.name == "sessions") rule_of_sessions(table);
    if (table.name == "web_sessions") {
        later("last_activity");
    }
    if (table.name == "user_preferences" || table.name == "web_user_cache" || table.name == "orders") {
        later("updated_at");
        table.lost = table.newer;
    }
    if (table.name == "payments") {
        table.newer = table.lost = "(t.status = 'pending' AND b.status <> 'pending')";
        table.merged = {{"status", "b.status"}};
    }
    if (table.name == "exchange_rates") {
        table.key = {"from_currency", "to_currency", "valid_from"};
        table.newer = table.lost = "(t.valid_until IS NULL AND b.valid_until IS NOT NULL)";
        table.merged = {{"valid_until", "b.valid_until"}};
    }
    if (table.name == "legacy_tokens") rule_of_old_tokens(table);
    if (table.name == "sessions" || table.name == "web_sessions") table.useful = fmt::format("b.expires_at > {}", now);
    // The newer cut-off is copied by itself, because revoking the older system's sessions raises no generation.
    if (table.name == "users")
        table.newer = table.lost =
            fmt::format("(b.generation > t.generation OR (t.id IS NOT NULL AND {}))", later_cutoff);
}

/// Whether the target's row is the newer one, whatever else it holds.
std::string newer_here(const std::string& table) {
    if (table == "users") return "t.generation > b.generation";
    if (table == "web_sessions") return "t.last_activity > b.last_activity";
    if (table == "user_preferences" || table == "web_user_cache" || table == "orders")
        return "t.updated_at > b.updated_at";
    if (table == "payments") return "(t.status <> 'pending' AND b.status = 'pending')";
    if (table == "exchange_rates") return "(t.valid_until IS NOT NULL AND b.valid_until IS NULL)";
    return "false";
}

/// After a copy, the target's row equals the source's row in every column, unless the target's row is newer. An end
/// stays.
void rule_of_copies(MergeTable& table, const Shape& shape) {
    if (table.name == "users")
        table.merged = {later_of("generation"), later_of("last_login_at"), later_of("legacy_cutoff"),
                        later_of("unlocked_at")};
    else if (table.name == "user_permissions")
        table.merged = {{"expires_at", "b.expires_at"}};
    else if (table.name != "sessions" && table.name != "legacy_tokens")
        table.merged.clear();
    std::set<std::string> settled(table.key.begin(), table.key.end());
    for (const auto& one : table.merged)
        settled.insert(one.column);
    if (table.name != "user_permissions") {
        for (auto& one : take_all_but(table.columns, settled))
            table.merged.push_back(std::move(one));
    }
    std::string differs;
    for (const auto& [column, value] : table.merged)
        differs += fmt::format("{}{} IS DISTINCT FROM {}", differs.empty() ? "" : " OR ", shape.compared(column, value),
                               shape.compared(column, "t." + TextConnection::quoted(column)));
    table.useful = "true"; // ended sessions too: an older token may be an alias of one
    table.newer = fmt::format("(t.{} IS NOT NULL AND ({}) AND NOT {})", TextConnection::quoted(table.key.front()),
                              differs, newer_here(table.name));
    table.replaces = table.newer;
    if (table.name == "users")
        table.newer = fmt::format("({} OR (t.id IS NOT NULL AND {}))", table.newer, later_cutoff);
    table.lost = table.newer;
}

MergeTable describe_table(TextConnection& source, TextConnection& target, const std::string& name, Merge::Way way) {
    MergeTable table;
    table.name = name;
    table.columns = columns_of(target, name);
    const Shape shape(source, target, name, table.columns);
    table.json = shape.json();
    table.key = first_column(target, target.postgres() ? postgres_key : sqlite_key, {name});
    if (name == "user_permissions") table.key = {"user_id", "permission", "application_context"};
    if (table.key.empty()) throw std::runtime_error(fmt::format("the table {} has no primary key", name));
    for (const auto& row : target.rows(target.postgres() ? postgres_references : sqlite_references, {name}))
        table.references.push_back({row[0].value_or(""), row[1].value_or(""), row[2].value_or("")});
    choose_rule(table, Dialect(target.target().backend).now());
    if (way == Merge::Way::copy) rule_of_copies(table, shape);
    return table;
}

} // namespace

std::vector<std::string> columns_of(TextConnection& database, const std::string& table) {
    return first_column(database, database.postgres() ? postgres_columns : sqlite_columns, {table});
}

std::vector<MergeTable> tables_in_common(TextConnection& source, TextConnection& target, Merge::Way way) {
    std::vector<MergeTable> waiting;
    const auto there = names(target);
    for (const auto& name : names(source)) {
        if (!there.contains(name) || (name == "user_permissions" && way == Merge::Way::merge)) continue;
        waiting.push_back(describe_table(source, target, name, way));
    }
    std::vector<MergeTable> ordered;
    while (!waiting.empty()) {
        const auto has_no_parent = [&](const MergeTable& table) {
            return std::ranges::none_of(table.references, [&](const Reference& reference) {
                return reference.table != table.name &&
                       std::ranges::find(waiting, reference.table, &MergeTable::name) != waiting.end();
            });
        };
        const auto next = std::ranges::find_if(waiting, has_no_parent);
        if (next == waiting.end()) throw std::runtime_error("the tables refer to each other in a circle");
        ordered.push_back(std::move(*next));
        waiting.erase(next);
    }
    return ordered;
}

std::string list(const std::vector<std::string>& columns, const std::string& prefix) {
    std::string text;
    for (const auto& column : columns)
        text += fmt::format("{}{}{}", text.empty() ? "" : ", ", prefix, TextConnection::quoted(column));
    return text;
}

std::string same(const std::vector<std::string>& key) {
    std::string text;
    for (const auto& column : key)
        text += fmt::format("{0}t.{1} = b.{1}", text.empty() ? "" : " AND ", TextConnection::quoted(column));
    return text;
}

} // namespace gatehouse::sql
