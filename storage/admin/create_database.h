// SPDX-License-Identifier: Apache-2.0
// Creates the database that a URL names, if it is missing. Blocks; for the command line. Throws std::runtime_error that
// says what to do instead.
#pragma once

#include "storage/instant.h"

#include <string>

namespace gatehouse {

/// True: created. False: the database existed, or another process created it at the same time. A SQLite file gets mode
/// 0600.
[[nodiscard]] bool create_database(const std::string& url, Millis connect_timeout);

} // namespace gatehouse
