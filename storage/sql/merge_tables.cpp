// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/merge_tables.h"

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

std::vector<std::string> first_column(Plain& database, const std::string& sql, const std::vector<std::string>& values) {
    std::vector<std::string> all;
    for (const auto& row : database.rows(sql, values))
        all.push_back(row[0].value_or(""));
    return all;
}

std::set<std::string> names(Plain& database) {
    const auto all = first_column(database, database.postgres() ? postgres_names : sqlite_names, {});
    std::set<std::string> kept(all.begin(), all.end());
    for (const auto* own : {"schema_migrations", "split", "changes", "nodes", "strategies", "user_permissions"})
        kept.erase(own);
    return kept;
}

std::vector<std::string> take_all_but(const std::vector<std::string>& columns, const std::set<std::string>& kept) {
    std::vector<std::string> assignments;
    for (const auto& column : columns) {
        if (!kept.contains(column)) assignments.push_back(fmt::format("{0} = b.{0}", Plain::quoted(column)));
    }
    return assignments;
}

/// The end of a session is never taken back, nor put off.
void rule_of_sessions(MergeTable& table) {
    table.lost = "((b.revoked AND NOT t.revoked) OR b.expires_at < t.expires_at)";
    table.newer = fmt::format("({} OR b.last_activity > t.last_activity)", table.lost);
    table.merged = {"revoked = (t.revoked OR b.revoked)", "revoked_at = coalesce(t.revoked_at, b.revoked_at)",
                    "expires_at = CASE WHEN b.expires_at < t.expires_at THEN b.expires_at ELSE t.expires_at END",
                    "last_activity = CASE WHEN b.last_activity > t.last_activity THEN b.last_activity"
                    " ELSE t.last_activity END"};
}

/// What is over stays so; a token that a revocation has spared is still known to be younger than that.
void rule_of_old_tokens(MergeTable& table) {
    table.lost = "(b.ended_at IS NOT NULL AND t.ended_at IS NULL)";
    table.newer = fmt::format("({} OR b.known_since > t.known_since)", table.lost);
    table.merged = {"ended_at = coalesce(t.ended_at, b.ended_at)",
                    "known_since = CASE WHEN b.known_since > t.known_since THEN b.known_since ELSE t.known_since END"};
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
    if (table.name == "web_user_cache" || table.name == "orders") {
        later("updated_at");
        table.lost = table.newer;
    }
    if (table.name == "payments") {
        table.newer = table.lost = "(t.status = 'pending' AND b.status <> 'pending')";
        table.merged = {"status = b.status"};
    }
    if (table.name == "exchange_rates") {
        table.key = {"from_currency", "to_currency", "valid_from"};
        table.newer = table.lost = "(t.valid_until IS NULL AND b.valid_until IS NOT NULL)";
        table.merged = {"valid_until = b.valid_until"};
    }
    if (table.name == "legacy_tokens") rule_of_old_tokens(table);
    if (table.name == "sessions" || table.name == "web_sessions") table.useful = fmt::format("b.expires_at > {}", now);
    // A revocation of what the older system has raises no generation.
    if (table.name == "users")
        table.newer = table.lost =
            fmt::format("(b.generation > t.generation OR (t.id IS NOT NULL AND {}))", later_cutoff);
}

MergeTable describe_table(Plain& target, const std::string& name) {
    MergeTable table;
    table.name = name;
    table.columns = columns_of(target, name);
    table.key = first_column(target, target.postgres() ? postgres_key : sqlite_key, {name});
    if (table.key.empty()) throw std::runtime_error(fmt::format("the table {} has no primary key", name));
    for (const auto& row : target.rows(target.postgres() ? postgres_references : sqlite_references, {name}))
        table.references.push_back({row[0].value_or(""), row[1].value_or(""), row[2].value_or("")});
    choose_rule(table, Dialect(target.target().backend).now());
    return table;
}

} // namespace

std::vector<std::string> columns_of(Plain& database, const std::string& table) {
    return first_column(database, database.postgres() ? postgres_columns : sqlite_columns, {table});
}

std::vector<MergeTable> tables_in_common(Plain& source, Plain& target) {
    std::vector<MergeTable> waiting;
    const auto there = names(target);
    for (const auto& name : names(source)) {
        if (there.contains(name)) waiting.push_back(describe_table(target, name));
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

std::string batch(const Plain& database, const std::string& table, const std::vector<std::string>& columns,
                  const std::string& parameter) {
    if (database.postgres())
        return fmt::format("json_populate_recordset(NULL::gatehouse.{}, CAST({} AS json))", Plain::quoted(table),
                           parameter);
    std::string values;
    for (const auto& column : columns)
        values += fmt::format("{}json_extract(value, '$.{}') AS {}", values.empty() ? "" : ", ", column,
                              Plain::quoted(column));
    return fmt::format("(SELECT {} FROM json_each({}))", values, parameter);
}

std::string as_json(const Plain& database, const std::vector<std::string>& columns) {
    if (database.postgres()) return "row_to_json(s)";
    std::string pairs;
    for (const auto& column : columns)
        pairs += fmt::format("{}'{}', s.{}", pairs.empty() ? "" : ", ", column, Plain::quoted(column));
    return fmt::format("json_object({})", pairs);
}

std::string list(const std::vector<std::string>& columns, const std::string& prefix) {
    std::string text;
    for (const auto& column : columns)
        text += fmt::format("{}{}{}", text.empty() ? "" : ", ", prefix, Plain::quoted(column));
    return text;
}

std::string same(const std::vector<std::string>& key) {
    std::string text;
    for (const auto& column : key)
        text += fmt::format("{0}t.{1} = b.{1}", text.empty() ? "" : " AND ", Plain::quoted(column));
    return text;
}

} // namespace gatehouse::sql
