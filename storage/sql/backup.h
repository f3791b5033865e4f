// SPDX-License-Identifier: Apache-2.0
// A copy of a database in a file that is known to be good: it has been restored, and holds as many rows in every table
// as the database held at the moment of the copy. Blocks; for the command line, and for start-up. Throws
// std::runtime_error, and then leaves no file that could be taken for a backup.
#pragma once

#include "storage/instant.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace gatehouse {

struct Backup {
    std::filesystem::path path;
    std::size_t tables = 0;
    std::uint64_t rows = 0;
    std::string unrestored; ///< why it could only be read through; empty: it was restored
};

/// Makes the file (0600) in `directory`, under the name of the database and the time; the directory (0700) too, if its
/// parent is there. No file is ever overwritten.
[[nodiscard]] Backup back_up(const std::string& url, const std::filesystem::path& directory, Millis connect_timeout);

} // namespace gatehouse
