// SPDX-License-Identifier: Apache-2.0
// Questions before migrations change a database that may already be in use. Blocks; throws std::runtime_error, without
// a password.
#pragma once

#include "storage/admin/backup.h"
#include "storage/admin/migrations.h"

#include <optional>
#include <string>

namespace gatehouse {

/// Whether any table has a row, Gatehouse's or another application's; the list of migrations does not count.
[[nodiscard]] bool holds_data(const std::string& url, Millis connect_timeout);

/// Whether migrations are pending on a database that has data.
[[nodiscard]] bool wants_backup(const std::string& url, Database database, Millis connect_timeout);

/// For automatic migrations: copies a SQLite file to a file beside it, if the pending migrations would change data.
/// Does nothing for PostgreSQL, because there the operator took responsibility by allowing automatic migrations.
std::optional<Backup> back_up_before_migrating(const std::string& url, Database database, Millis connect_timeout);

} // namespace gatehouse
