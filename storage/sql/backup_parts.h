// SPDX-License-Identifier: Apache-2.0
// What a backup of either kind of database is made of. Main thread, or the one of start-up.
#pragma once

#include "storage/sql/backup.h"
#include "storage/sql/contents.h"
#include "storage/sql/url.h"

#include <filesystem>
#include <string>

namespace gatehouse::sql {

/// A file that carries its final name only when it is finished; else it goes away.
class UnfinishedFile {
  public:
    /// DIRECTORY/stem-TIME.suffix. Throws if it cannot be made.
    UnfinishedFile(const std::filesystem::path& directory, std::string_view stem, std::string_view suffix);
    ~UnfinishedFile();
    UnfinishedFile(const UnfinishedFile&) = delete;
    UnfinishedFile& operator=(const UnfinishedFile&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// On the disk, under its final name, which it returns.
    std::filesystem::path finish();

  private:
    std::filesystem::path final_;
    std::filesystem::path path_;
};

/// Throws if the two are not the same, with the first table that differs.
void compare(const RowCounts& expected, const RowCounts& found);

[[nodiscard]] Backup back_up_sqlite(const Target& target, const std::filesystem::path& directory);
[[nodiscard]] Backup back_up_postgres(const Target& target, const std::filesystem::path& directory);

} // namespace gatehouse::sql
