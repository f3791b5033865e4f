// SPDX-License-Identifier: Apache-2.0
// The migrations in this binary. Immutable; any thread.
#pragma once

#include "storage/admin/migrations.h"
#include "storage/sql/url.h"

#include <string>
#include <vector>

namespace gatehouse::sql {

struct MigrationFile {
    Backend backend;
    Database database;
    int version;
    std::string name;
    std::string text;
};

/// All migrations, by backend, database and version.
const std::vector<MigrationFile>& embedded_migrations();

/// Hexadecimal SHA-256 of the text.
std::string checksum(const MigrationFile& file);

/// The number after `-- min_binary:` at the start of a line. Without one, the file's own version: binaries that do not
/// know the migration may not use the schema.
int min_binary(const MigrationFile& file);

/// The text without comments, because SOCI would take quotes and colons in comments for SQL.
std::string without_comments(const std::string& text);

} // namespace gatehouse::sql
