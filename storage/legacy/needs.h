// SPDX-License-Identifier: Apache-2.0
// Which rights on the older system's tables the gateway needs while the strategy reads or writes them: only those that
// its statements use (storage/legacy/sql/queries.cpp). Pure.
#pragma once

#include "storage/legacy/layout.h"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::legacy {

enum class Right { select, insert, update, remove };

struct Need {
    std::string_view name; ///< name of the option in legacy_layout
    std::string table;
    std::string column; ///< empty: the right is on the whole table
    Right right = Right::select;
    bool optional = false; ///< nothing is needed if the table or column is missing
};

/// In the order of tables, then of rights.
[[nodiscard]] std::vector<Need> needs_of(const Layout& layout);

/// One GRANT to this role for each table with these needs.
[[nodiscard]] std::vector<std::string> grants(const std::vector<Need>& needs, std::string_view role);

/// A name as SQL accepts it: in double quotes if necessary.
[[nodiscard]] std::string sql_name(std::string_view name);

} // namespace gatehouse::legacy
