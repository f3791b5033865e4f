// SPDX-License-Identifier: Apache-2.0
// What is in a database, ours or somebody else's: looked at, never changed. Blocks; throws as Plain does.
#pragma once

#include "storage/sql/plain.h"

#include <cstdint>
#include <map>
#include <string>

namespace gatehouse::sql {

/// Rows by table, with the schema and quoted where that is needed.
using RowCounts = std::map<std::string, std::uint64_t>;

/// Every table that is dumped with its rows.
[[nodiscard]] RowCounts count_rows(Plain& database);

/// Whether any table but our own notes (migrations, split) has a row. A table that may not be read counts if it takes
/// room.
[[nodiscard]] bool has_rows(Plain& database);

/// Whether it is a SQLite file with tables of another application, and none of ours.
[[nodiscard]] bool belongs_to_others(Plain& database);

} // namespace gatehouse::sql
