// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/history.h"

#include "storage/sql/dialect.h"

#include <fmt/format.h>

namespace gatehouse::sql {
namespace {

constexpr const char* create_postgres = R"(
CREATE SCHEMA IF NOT EXISTS gatehouse;
CREATE TABLE IF NOT EXISTS gatehouse.schema_migrations (
  database   text NOT NULL,        -- identity or web: both may live in one database
  version    integer NOT NULL,     -- number of the file
  name       text NOT NULL,        -- its name
  checksum   text NOT NULL,        -- SHA-256 of its text
  applied_at timestamptz NOT NULL, -- when
  min_binary integer NOT NULL,     -- the oldest schema version a binary may know that works on this schema
  PRIMARY KEY (database, version)
))";
constexpr const char* create_sqlite = R"(
CREATE TABLE IF NOT EXISTS schema_migrations (
  database   TEXT NOT NULL,    -- identity or web: both may live in one file
  version    INTEGER NOT NULL, -- number of the file
  name       TEXT NOT NULL,    -- its name
  checksum   TEXT NOT NULL,    -- SHA-256 of its text
  applied_at INTEGER NOT NULL, -- when, in milliseconds since 1970
  min_binary INTEGER NOT NULL, -- the oldest schema version a binary may know that works on this schema
  PRIMARY KEY (database, version)
) STRICT, WITHOUT ROWID)";

std::string insert(const Dialect& d) {
    return fmt::format("INSERT INTO schema_migrations (version, name, database, checksum, applied_at, min_binary)"
                       " VALUES (:version, :name, :database, :checksum, {}, :min_binary)",
                       d.instant(":now"));
}

} // namespace

History::History(Connection& connection, Database database)
    : connection_(connection),
      database_(to_string(database)),
      postgres_(connection.target().backend == Backend::postgresql),
      exists_{postgres_ ? "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = 'gatehouse'"
                          " AND tablename = 'schema_migrations'"
                        : "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
              {}},
      read_{fmt::format("SELECT version, name, checksum, {}, min_binary FROM schema_migrations"
                        " WHERE database = :database ORDER BY version",
                        Dialect(connection.target().backend).milliseconds("applied_at")),
            {"database"}},
      record_{insert(Dialect(connection.target().backend)),
              {"version", "name", "database", "checksum", "now", "min_binary"}} {}

bool History::exists() {
    return connection_.value(exists_).value() != 0;
}

std::vector<History::Entry> History::read() {
    std::vector<Entry> entries;
    if (!exists()) return entries;
    for (const auto& [version, name, sum, at, min] : connection_.rows(read_, database_)) {
        entries.push_back({static_cast<int>(version), name, sum, at, static_cast<int>(min)});
    }
    return entries;
}

void History::lock() {
    // On SQLite, BEGIN IMMEDIATE has waited already. The number of the lock is "gate" in ASCII and the same for every
    // release.
    if (postgres_) connection_.script("SELECT pg_advisory_xact_lock(1734440037)");
    // exists() comes first, because IF NOT EXISTS needs the right to create even if the table exists.
    if (!exists()) connection_.script(without_comments(postgres_ ? create_postgres : create_sqlite));
}

void History::record(const MigrationFile& file, Instant now) {
    connection_.change(record_, std::int64_t{file.version}, file.name, database_, checksum(file), now,
                       std::int64_t{min_binary(file)});
}

} // namespace gatehouse::sql
