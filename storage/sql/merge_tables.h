// SPDX-License-Identifier: Apache-2.0
// Which tables two of our databases have in common, and when a row of the one is better than that of the other. SQL
// text; what is said of a row calls it b in the batch that comes, and t in the table.
#pragma once

#include "storage/sql/plain.h"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::sql {

struct Reference {
    std::string column;
    std::string table;
    std::string of; ///< its column there
};

struct MergeTable {
    std::string name;
    std::vector<std::string> columns;
    std::vector<std::string> key; ///< what makes a row the same row
    std::vector<Reference> references;
    std::string newer;               ///< b is better than t; empty: the row that is there stays
    std::string lost = "false";      ///< of what is newer, what must not be missing in the end
    std::vector<std::string> merged; ///< assignments that make t as good as b
    std::string useful = "true";     ///< b is worth being added
};

/// Of users: b knows of a later revocation of what an older system has.
inline constexpr std::string_view later_cutoff =
    "(b.legacy_cutoff IS NOT NULL AND (t.legacy_cutoff IS NULL OR t.legacy_cutoff < b.legacy_cutoff))";

/// Parents before their children. Without user_permissions, which go with their users, and without what each database
/// knows of itself alone.
[[nodiscard]] std::vector<MergeTable> tables_in_common(Plain& source, Plain& target);

[[nodiscard]] std::vector<std::string> columns_of(Plain& database, const std::string& table);

// Pieces of SQL.
/// Rows, from the parameter that holds them as a JSON array.
[[nodiscard]] std::string batch(const Plain& database, const std::string& table,
                                const std::vector<std::string>& columns, const std::string& parameter);
/// A row of the table s, as a JSON object.
[[nodiscard]] std::string as_json(const Plain& database, const std::vector<std::string>& columns);
/// "a", "b", each behind `prefix`.
[[nodiscard]] std::string list(const std::vector<std::string>& columns, const std::string& prefix = {});
/// b and t are the same row.
[[nodiscard]] std::string same(const std::vector<std::string>& key);

} // namespace gatehouse::sql
