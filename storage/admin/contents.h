// SPDX-License-Identifier: Apache-2.0
// What a database contains, Gatehouse's own or another application's. Reads only. Blocks; throws as TextConnection
// does.
#pragma once

#include "storage/sql/text_connection.h"

#include <cstdint>
#include <map>
#include <string>

namespace gatehouse::sql {

/// Row counts by table; the name has its schema, and quotes where they are needed.
using RowCounts = std::map<std::string, std::uint64_t>;

/// Counts every table that is dumped with its rows.
[[nodiscard]] RowCounts count_rows(TextConnection& database);

/// Whether any table except Gatehouse's own notes (migrations, split) has a row. A table that this role may not read
/// counts if it occupies space.
[[nodiscard]] bool has_rows(TextConnection& database);

/// Whether this is a SQLite file with tables of another application and none of Gatehouse's.
[[nodiscard]] bool belongs_to_others(TextConnection& database);

} // namespace gatehouse::sql
