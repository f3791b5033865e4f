// SPDX-License-Identifier: Apache-2.0
// Other databases on the server of a PostgreSQL URL. Any thread.
#pragma once

#include "storage/sql/text_connection.h"

#include <string>

namespace gatehouse::sql {

/// The name in the URL; without one, the name that libpq would choose.
[[nodiscard]] std::string database_name(const Target& target);

/// The same server and role, another database.
[[nodiscard]] Target with_database(const Target& target, const std::string& name);

/// The address of `connection` without secrets, in the form that libpq's programs take. With `name`, the address of
/// that database on the same server.
[[nodiscard]] std::string address_of(const TextConnection& connection, const std::string& name = {});

} // namespace gatehouse::sql
