// SPDX-License-Identifier: Apache-2.0
// What a copy of a whole database needs besides the rows (merge.h): whether the copy may begin, and what has gone from
// the source since an earlier copy. Blocks; for the command line. Throws std::runtime_error, without a password.
#pragma once

#include "storage/instant.h"

#include <cstddef>
#include <string>
#include <vector>

namespace gatehouse {

/// Whether both addresses lead to one database. False if a SQLite file is missing.
[[nodiscard]] bool same_database(const std::string& one, const std::string& other, Millis connect_timeout);

/// Whether the target has tables of Gatehouse.
[[nodiscard]] bool has_our_tables(const std::string& url, Millis connect_timeout);

struct Stranger {
    std::string id;
    std::string name; ///< the e-mail address, else the number, else the id
};

/// Users whom the target has and the source does not. Both databases must have the schema of this version.
[[nodiscard]] std::vector<Stranger> strangers(const std::string& source, const std::string& target,
                                              Millis connect_timeout);

/// Deletes these users, with their sessions and permissions, and their rows in the web tables.
void delete_people(const std::string& target, const std::vector<Stranger>& people, Millis connect_timeout);

/// Ends in the target the sessions and older tokens whose rows were deleted in the source before they expired. No row
/// records such an end, but the source's feed does. Returns how many were ended.
std::size_t end_what_has_gone(const std::string& source, const std::string& target, Millis connect_timeout);

} // namespace gatehouse
