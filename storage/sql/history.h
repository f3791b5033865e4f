// SPDX-License-Identifier: Apache-2.0
// The table schema_migrations: which migrations a database has seen. Of its connection; blocks and throws as that does.
#pragma once

#include "storage/sql/connection.h"
#include "storage/sql/migration_files.h"

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

    /// In order of version; none if the table is not there.
    std::vector<Entry> read();

    /// Inside a transaction: waits until no other runner is at work, then makes the table if it is not there.
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
