// SPDX-License-Identifier: Apache-2.0
// Which tables two Gatehouse databases have in common, and when the source's row supersedes the target's row. SQL text,
// in which b is a row of the incoming batch and t a row of the target table.
#pragma once

#include "storage/admin/merge.h"
#include "storage/admin/merge_shape.h"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::sql {

struct Reference {
    std::string column;
    std::string table;
    std::string of; ///< its column in that table
};

struct Assignment {
    std::string column;
    std::string value;
};

struct MergeTable {
    std::string name;
    std::vector<std::string> columns;
    std::string json;             ///< a row s of the source, as a JSON object with the target's values
    std::vector<std::string> key; ///< the columns that identify a row
    std::vector<Reference> references;
    std::string newer;              ///< the source row supersedes the target row; empty: the target row stays
    std::string lost = "false";     ///< of newer rows: those whose value must not get lost
    std::vector<Assignment> merged; ///< changes that make t as new as b
    std::string useful = "true";    ///< whether b is worth inserting
    std::string replaces = "b.generation > t.generation"; ///< for users: whether b replaces t
};

/// For users: b has a later cut-off for sessions of the older system.
inline constexpr std::string_view later_cutoff =
    "(b.legacy_cutoff IS NOT NULL AND (t.legacy_cutoff IS NULL OR t.legacy_cutoff < b.legacy_cutoff))";

/// Parent tables before child tables. Without tables in which each database describes only itself. user_permissions are
/// copied with their users: the table is listed only to be compared after a copy.
[[nodiscard]] std::vector<MergeTable> tables_in_common(TextConnection& source, TextConnection& target, Merge::Way way);

[[nodiscard]] std::vector<std::string> columns_of(TextConnection& database, const std::string& table);

// Pieces of SQL.
/// The columns "a", "b", each after `prefix`.
[[nodiscard]] std::string list(const std::vector<std::string>& columns, const std::string& prefix = {});
/// The condition that b and t are the same row.
[[nodiscard]] std::string same(const std::vector<std::string>& key);

} // namespace gatehouse::sql
