// SPDX-License-Identifier: Apache-2.0
// Other databases on the server of a PostgreSQL URL. Any thread.
#pragma once

#include "storage/sql/plain.h"

#include <string>

namespace gatehouse::sql {

/// The name in the URL; libpq's rule if there is none.
[[nodiscard]] std::string database_name(const Target& target);

/// The same server and role, another database.
[[nodiscard]] Target with_database(const Target& target, const std::string& name);

/// How `connection` was made, without secrets, as libpq's programs take it; to the database of that name, if one is
/// given.
[[nodiscard]] std::string address_of(const Plain& connection, const std::string& name = {});

} // namespace gatehouse::sql
