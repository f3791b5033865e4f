// SPDX-License-Identifier: Apache-2.0
// What a database URL means. Only `connect` and `secret` hold the password: everything else here may be shown. Pure;
// any thread.
#pragma once

#include "storage/instant.h"

#include <string>

namespace gatehouse::sql {

enum class Backend { postgresql, sqlite };

struct Target {
    Backend backend = Backend::sqlite;
    std::string connect; ///< PostgreSQL: URI for libpq; SQLite: path of the file
    std::string shown;   ///< for messages
    std::string secret;  ///< the password, to remove it from the messages of libraries
    Millis connect_timeout{5000};
    Millis statement_timeout{0}; ///< 0: none
    Millis lock_timeout{0};      ///< 0: none; SQLite: how long to wait for a busy database
    bool foreign = false; ///< another application's database: nothing is created in it and its settings stay unchanged
};

/// Throws std::runtime_error, without a password in its message. Understands postgresql://, postgres://, sqlite:PATH,
/// sqlite:///PATH and file:PATH. Ignores parameters that only Prisma knows.
Target parse_url(const std::string& url, Millis connect_timeout);

/// `text` with the password removed.
std::string without_secret(std::string text, const Target& target);

} // namespace gatehouse::sql
