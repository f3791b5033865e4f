// SPDX-License-Identifier: Apache-2.0
// What is asked before migrations change a database that others may be using already. Blocks; throws
// std::runtime_error, without a password.
#pragma once

#include "storage/sql/backup.h"
#include "storage/sql/migrations.h"

#include <optional>
#include <string>

namespace gatehouse {

/// Whether any table has a row, ours or of another application; our list of migrations does not count.
[[nodiscard]] bool holds_data(const std::string& url, Millis connect_timeout);

/// Whether migrations are pending on a database that holds data.
[[nodiscard]] bool wants_backup(const std::string& url, Database database, Millis connect_timeout);

/// For those who migrate without being asked: a SQLite file is copied beside itself, if the migrations that are pending
/// would change data. For PostgreSQL the operator has answered that question by letting us.
std::optional<Backup> back_up_before_migrating(const std::string& url, Database database, Millis connect_timeout);

} // namespace gatehouse
