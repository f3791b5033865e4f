// SPDX-License-Identifier: Apache-2.0
// The table schema_migrations: the migrations that a database has seen. Blocks and throws as its connection does; used
// by the connection's thread.
#pragma once

#include "storage/admin/migration_files.h"
#include "storage/sql/connection.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::sql {

class History {
  public:
    History(Connection& connection, Database database);

    struct Entry {
        int version;
        std::string name;
        std::string checksum;
        Instant applied_at;
        int min_binary;
    };

    /// In order of version; empty if the table is missing.
    std::vector<Entry> read();

    /// Call inside a transaction: waits until no other runner is at work, then creates the table if it is missing.
    void lock();

    void record(const MigrationFile& file, Instant now);

  private:
    bool exists();

    Connection& connection_;
    std::string database_;
    bool postgres_;
    Query<In<>, Out<std::int64_t>> exists_;
    Query<In<std::string>, Out<std::int64_t, std::string, std::string, Instant, std::int64_t>> read_;
    Query<In<std::int64_t, std::string, std::string, std::string, Instant, std::int64_t>, Out<>> record_;
};

} // namespace gatehouse::sql
