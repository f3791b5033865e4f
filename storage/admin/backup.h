// SPDX-License-Identifier: Apache-2.0
// A verified copy of a database in a file: the copy has been restored, and has as many rows in every table as the
// database had at the moment of the copy. Blocks; for the command line, and for start-up. Throws std::runtime_error,
// and then leaves no file that could be taken for a backup.
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
    std::string unrestored; ///< why the file was only read through and not restored; empty: it was restored
};

/// Makes the file (0600) in `directory`, named after the database and the time. Creates the directory (0700) if its
/// parent exists. Never overwrites a file.
[[nodiscard]] Backup back_up(const std::string& url, const std::filesystem::path& directory, Millis connect_timeout);

} // namespace gatehouse
