// SPDX-License-Identifier: Apache-2.0
// Makes the database that a URL names, if it is not there. Blocks; for the command line. Throws std::runtime_error with
// what to do instead.
#pragma once

#include "storage/instant.h"

#include <string>

namespace gatehouse {

/// Whether it was made; false: it was there, or somebody else made it at the same time. A SQLite file is made with mode
/// 0600.
[[nodiscard]] bool create_database(const std::string& url, Millis connect_timeout);

} // namespace gatehouse
