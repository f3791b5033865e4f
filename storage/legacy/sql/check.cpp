// SPDX-License-Identifier: Apache-2.0
#include "storage/legacy/sql/check.h"

#include "storage/legacy/needs.h"
#include "storage/sql/text_connection.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <map>
#include <unistd.h>

namespace gatehouse {
namespace {

using legacy::Layout;
using legacy::Need;
using legacy::Right;
using sql::TextConnection;
using Needs = std::vector<Need>;
using Defects = std::vector<std::string>;

/// A column and the role's rights on it.
struct Rights {
    bool select = false;
    bool insert = false;
    bool update = false;

    [[nodiscard]] bool has(Right right) const {
        return right == Right::select ? select : right == Right::insert ? insert : update;
    }
};

std::string no_table(const std::string& table, std::string_view name) {
    return fmt::format(
        "the older system's database has no table {}: if it has another name there, add \"{} = NAME\" to "
        "legacy_layout",
        table, name);
}

std::string no_column(const Need& need) {
    return fmt::format("the older system's table {0} has no column {1}: if it has another name there, add \"{2} = "
                       "NAME\" to legacy_layout, or \"{2} =\" if there is no such thing",
                       need.table, need.column, need.name);
}

/// The name of this table in legacy_layout.
std::string_view name_of(const std::string& table, const Layout& layout) {
    if (table == layout.users_table) return "users_table";
    return table == layout.sessions_table ? "sessions_table" : "permissions_table";
}

/// An optional table or column is not read if a part of it is missing.
bool is_left_out(const Needs& needs, const auto& is_there) {
    return std::ranges::all_of(needs, &Need::optional) &&
           !std::ranges::all_of(needs, [&](const Need& need) { return is_there(need.column); });
}

/// Calls `look` with the needs of one table after the other.
template <class Look> void by_table(const Needs& needs, const Look& look) {
    for (auto begin = needs.begin(); begin != needs.end();) {
        const auto end = std::find_if(begin, needs.end(), [&](const Need& need) { return need.table != begin->table; });
        look(Needs(begin, end));
        begin = end;
    }
}

class PostgresLook {
  public:
    PostgresLook(TextConnection& database, const Layout& layout)
        : db_(database), layout_(layout), role_(database.value("SELECT current_user")) {}

    Defects all() {
        by_table(legacy::needs_of(layout_), [this](const Needs& needs) { look(needs); });
        if (!layout_.sessions_table.empty()) look_at_sequences();
        return std::move(defects_);
    }

  private:
    static std::pair<std::string, std::string> schema_and_name(const std::string& table) {
        const auto dot = table.find('.');
        if (dot == std::string::npos) return {"public", table}; // the store's connections search `public` as well
        return {table.substr(0, dot), table.substr(dot + 1)};
    }

    /// The table's oid; empty: there is no such table.
    std::string find(const std::string& table) {
        const auto [schema, name] = schema_and_name(table);
        return db_.value("SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                         " WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')",
                         {schema, name});
    }

    std::map<std::string, Rights> rights_on(const std::string& oid) {
        std::map<std::string, Rights> all;
        for (const auto& row : db_.rows("SELECT attname, has_column_privilege(attrelid, attnum, 'SELECT'),"
                                        " has_column_privilege(attrelid, attnum, 'INSERT'),"
                                        " has_column_privilege(attrelid, attnum, 'UPDATE') FROM pg_attribute"
                                        " WHERE attrelid = CAST($1 AS oid) AND attnum > 0 AND NOT attisdropped",
                                        {oid}))
            all[row[0].value_or("")] = {row[1] == "t", row[2] == "t", row[3] == "t"};
        return all;
    }

    void look(const Needs& needs) {
        const auto& table = needs.front().table;
        const auto oid = find(table);
        const auto there = oid.empty() ? std::map<std::string, Rights>() : rights_on(oid);
        if (is_left_out(needs, [&](const std::string& column) { return there.contains(column); })) return;
        if (oid.empty()) {
            defects_.push_back(no_table(table, name_of(table, layout_)));
            return;
        }
        look_at_schema(schema_and_name(table).first);
        const bool may_delete = db_.value("SELECT has_table_privilege(CAST($1 AS oid), 'DELETE')", {oid}) == "t";
        Needs missing;
        for (const auto& need : needs) {
            const auto column = there.find(need.column);
            if (!need.column.empty() && column == there.end()) {
                if (need.optional) continue;
                auto text = no_column(need);
                if (std::ranges::find(defects_, text) == defects_.end()) defects_.push_back(std::move(text));
            } else if (need.column.empty() ? !may_delete : !column->second.has(need.right)) {
                missing.push_back(need);
            }
        }
        for (const auto& grant : legacy::grants(missing, role_))
            defects_.push_back(
                fmt::format("the role {} lacks rights on the older system's table {}: {}", role_, table, grant));
    }

    void look_at_schema(const std::string& schema) {
        if (schemas_[schema]) return;
        schemas_[schema] = true;
        if (db_.value("SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = $1", {schema}) ==
            "t")
            return;
        defects_.push_back(
            fmt::format("the role {} may not look into the schema {} of the older system: GRANT USAGE ON "
                        "SCHEMA {} TO {};",
                        role_, schema, legacy::sql_name(schema), legacy::sql_name(role_)));
    }

    /// The sequences from which a row that Gatehouse inserts takes its number.
    void look_at_sequences() {
        const auto oid = find(layout_.sessions_table);
        if (oid.empty()) return;
        const auto sequences = db_.rows(
            "SELECT n.nspname, s.relname, a.attname, has_sequence_privilege(s.oid, 'USAGE') FROM pg_depend d"
            " JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace"
            " JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
            " WHERE d.classid = CAST('pg_class' AS regclass) AND d.refclassid = CAST('pg_class' AS regclass)"
            " AND d.refobjid = CAST($1 AS oid) AND d.deptype = 'a'",
            {oid});
        for (const auto& row : sequences) {
            const auto column = row[2].value_or("");
            const bool ours = std::ranges::any_of(legacy::needs_of(layout_), [&](const Need& need) {
                return need.right == Right::insert && need.column == column;
            });
            if (ours || row[3] == "t") continue;
            const auto schema = row[0].value_or("");
            const auto name =
                (schema == "public" ? "" : legacy::sql_name(schema) + ".") + legacy::sql_name(row[1].value_or(""));
            defects_.push_back(
                fmt::format("the role {} may not number rows of the older system's table {}: GRANT USAGE "
                            "ON SEQUENCE {} TO {};",
                            role_, layout_.sessions_table, name, legacy::sql_name(role_)));
        }
    }

    TextConnection& db_;
    const Layout& layout_;
    const std::string role_;
    std::map<std::string, bool> schemas_;
    Defects defects_;
};

std::string lower(std::string text) {
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

Defects look_at_file(TextConnection& database, const Layout& layout) {
    Defects defects;
    const auto& path = database.target().connect;
    if (::access(path.c_str(), W_OK) != 0)
        defects.push_back(
            fmt::format("{} cannot be written by this user, and logins and logouts are told to the older "
                        "system there: give the gateway's user write access to the file and its directory",
                        path));
    by_table(legacy::needs_of(layout), [&](const Needs& needs) {
        const auto& table = needs.front().table;
        const auto plain = table.substr(table.find('.') + 1); // npos + 1 is 0
        std::vector<std::string> columns;
        for (const auto& row : database.rows("SELECT name FROM pragma_table_info($1)", {plain}))
            columns.push_back(lower(row[0].value_or("")));
        const auto is_there = [&](const std::string& column) {
            return std::ranges::find(columns, lower(column)) != columns.end();
        };
        if (is_left_out(needs, is_there)) return;
        if (columns.empty()) {
            defects.push_back(no_table(table, name_of(table, layout)));
            return;
        }
        for (const auto& need : needs) {
            if (need.optional || need.column.empty() || is_there(need.column)) continue;
            auto text = no_column(need);
            if (std::ranges::find(defects, text) == defects.end()) defects.push_back(std::move(text));
        }
    });
    return defects;
}

} // namespace

Defects legacy_defects(const std::string& url, const Layout& layout, Millis connect_timeout) {
    try {
        const auto target = sql::parse_url(url, connect_timeout);
        TextConnection database(target, TextConnection::Mode::read_only);
        if (!database.postgres()) return look_at_file(database, layout);
        database.rows("SELECT set_config('statement_timeout', $1, false)", {std::to_string(connect_timeout.count())});
        return PostgresLook(database, layout).all();
    } catch (const sql::TextConnectionError& error) {
        throw LegacyUnreachable(error.what());
    }
}

} // namespace gatehouse
