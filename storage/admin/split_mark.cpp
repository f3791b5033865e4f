// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/split_mark.h"

#include "storage/admin/contents.h"
#include "storage/sql/connection.h"

#include <fmt/format.h>
#include <stdexcept>

namespace gatehouse {
namespace {

using sql::TextConnection;

constexpr const char* text_table = "part text PRIMARY KEY, since text NOT NULL";

bool has_table(TextConnection& database) {
    return !database
                .rows(database.postgres()
                          ? "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'gatehouse' AND tablename = 'split'"
                          : "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'split'")
                .empty();
}

/// Since when this part is in another database; empty: it is not.
std::string since(TextConnection& database, Database part) {
    if (!has_table(database)) return {};
    return database.value("SELECT since FROM split WHERE part = $1", {std::string(to_string(part))});
}

void make_table(TextConnection& database) {
    if (database.postgres()) {
        database.rows("CREATE SCHEMA IF NOT EXISTS gatehouse");
        database.rows(fmt::format("CREATE TABLE IF NOT EXISTS gatehouse.split ({})", text_table));
        database.rows("GRANT SELECT ON gatehouse.split TO PUBLIC"); // every serving role must see the note
    } else {
        database.rows(fmt::format("CREATE TABLE IF NOT EXISTS split ({}) STRICT, WITHOUT ROWID", text_table));
    }
}

void note(TextConnection& database, Database part) {
    const std::string now = database.postgres() ? "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')"
                                                : "strftime('%Y-%m-%d %H:%M', 'now')";
    database.rows(fmt::format("INSERT INTO split (part, since) VALUES ($1, {} || ' UTC') ON CONFLICT DO NOTHING", now),
                  {std::string(to_string(part))});
}

void write_notes(const Addresses& addresses, const sql::Target& main) {
    TextConnection database(main, TextConnection::Mode::read_write);
    for (const auto part : {Database::identity, Database::web}) {
        // Read first, because a role without the right to write needs none once the note exists.
        if (!addresses.split(part) || !since(database, part).empty()) continue;
        if (!has_table(database)) make_table(database);
        note(database, part);
    }
}

} // namespace

std::optional<std::string> split_refusal(const Addresses& addresses, Millis connect_timeout) {
    const bool all_elsewhere = addresses.split(Database::identity) && addresses.split(Database::web);
    if (addresses.main.empty() || all_elsewhere) return {};
    const auto main = sql::parse_url(addresses.main, connect_timeout);
    if (!sql::database_is_there(main)) return {};
    TextConnection database(main, TextConnection::Mode::read_only);
    for (const auto part : {Database::identity, Database::web}) {
        const auto moved = addresses.split(part) ? "" : since(database, part);
        if (moved.empty()) continue;
        const auto* variable = part == Database::identity ? "DATABASE_IDENTITY_URL" : "DATABASE_WEB_URL";
        return fmt::format("{}: since {} the {} data has been in a database of its own, and what is here is older. Set "
                           "{} again; or, with {} set, bring it back by `gatehouse migrate merge` and then unset it; "
                           "or give up what is there by `gatehouse migrate merge --accept-loss`",
                           main.shown, moved, to_string(part), variable, variable);
    }
    return {};
}

void mark_split(const Addresses& addresses, Millis connect_timeout) {
    if (!addresses.split(Database::identity) && !addresses.split(Database::web)) return;
    const auto main = sql::parse_url(addresses.main, connect_timeout);
    if (main.backend == sql::Backend::sqlite) {
        sql::prepare_sqlite_file(main.connect);
        TextConnection looked(main, TextConnection::Mode::read_only);
        if (sql::belongs_to_others(looked))
            throw std::runtime_error(main.shown + " holds tables of another application and was left alone");
    }
    try {
        write_notes(addresses, main);
    } catch (const sql::TextConnectionError& error) {
        // Another gateway was creating the table at the same moment.
        if (error.state() != "23505" && error.state() != "42P07") throw;
        write_notes(addresses, main);
    }
}

std::string marked_since(const std::string& main, Millis connect_timeout) {
    const auto target = sql::parse_url(main, connect_timeout);
    if (!sql::database_is_there(target)) return {};
    TextConnection database(target, TextConnection::Mode::read_only);
    return has_table(database) ? database.value("SELECT min(since) FROM split") : "";
}

bool unmark_split(const std::string& main, Millis connect_timeout) {
    const auto target = sql::parse_url(main, connect_timeout);
    if (!sql::database_is_there(target)) return false;
    TextConnection database(target, TextConnection::Mode::read_write);
    return has_table(database) && database.change("DELETE FROM split") != 0;
}

} // namespace gatehouse
