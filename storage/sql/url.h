// SPDX-License-Identifier: Apache-2.0
// What a database URL means. The password stays inside `connect`: everything else here may be shown.
// Pure; any thread.
#pragma once

#include "storage/instant.h"

#include <string>

namespace gatehouse::sql {

enum class Backend { postgresql, sqlite };

struct Target {
    Backend backend = Backend::sqlite;
    std::string connect; ///< PostgreSQL: URI for libpq; SQLite: path of the file
    std::string shown;   ///< for messages
    std::string secret;  ///< the password, to strike it out of what libraries say
    Millis connect_timeout{5000};
    Millis statement_timeout{0}; ///< 0: none
    Millis lock_timeout{0};      ///< likewise; SQLite: how long a busy database is waited for
    bool foreign = false;        ///< another application's: nothing is made there, its settings stay as they are
};

/// Throws std::runtime_error, without a password in its message. Understands postgresql://, postgres://, sqlite:PATH,
/// sqlite:///PATH and file:PATH; parameters that only Prisma knows are passed over.
Target parse_url(const std::string& url, Millis connect_timeout);

/// `text` with the password struck out.
std::string without_secret(std::string text, const Target& target);

} // namespace gatehouse::sql
