// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/contents.h"

#include <fmt/format.h>

namespace gatehouse::sql {
namespace {

/// Name, whether this role may read the table, whether the table occupies space. Without the tables of the system and
/// of extensions.
constexpr auto postgres_tables =
    "SELECT format('%I.%I', n.nspname, c.relname), has_table_privilege(c.oid, 'SELECT'), pg_relation_size(c.oid) > 0"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\\_%'"
    " AND n.nspname <> 'information_schema' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d"
    " WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1";
constexpr auto sqlite_tables =
    "SELECT name, 't', 't' FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY 1";

struct Table {
    std::string name;
    bool readable;
    bool takes_room;
};

std::vector<Table> tables(TextConnection& database) {
    std::vector<Table> all;
    for (const auto& row : database.rows(database.postgres() ? postgres_tables : sqlite_tables)) {
        const auto& name = row[0].value_or("");
        all.push_back({database.postgres() ? name : TextConnection::quoted(name), row[1] == "t", row[2] == "t"});
    }
    return all;
}

/// Whether the table has a row. True as well if the schema or the rows may be hidden from this role.
bool first_row(TextConnection& database, const std::string& table) {
    try {
        return !database.rows(fmt::format("SELECT 1 FROM {} LIMIT 1", table)).empty();
    } catch (const TextConnectionError& error) {
        if (error.state() == "42501") return true;
        throw;
    }
}

bool is_bookkeeping(const std::string& table) {
    for (const auto* own : {"gatehouse.schema_migrations", "gatehouse.split", R"("schema_migrations")", R"("split")"}) {
        if (table == own) return true;
    }
    return false;
}

} // namespace

RowCounts count_rows(TextConnection& database) {
    RowCounts counts;
    for (const auto& table : tables(database))
        counts[table.name] = std::stoull(database.value(fmt::format("SELECT count(*) FROM {}", table.name)));
    return counts;
}

bool has_rows(TextConnection& database) {
    for (const auto& table : tables(database)) {
        if (is_bookkeeping(table.name)) continue;
        if (table.readable ? first_row(database, table.name) : table.takes_room) return true;
    }
    return false;
}

bool belongs_to_others(TextConnection& database) {
    if (database.postgres()) return false;
    const auto all = tables(database);
    for (const auto& table : all) {
        if (is_bookkeeping(table.name)) return false;
    }
    return !all.empty();
}

} // namespace gatehouse::sql
