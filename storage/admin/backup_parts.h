// SPDX-License-Identifier: Apache-2.0
// Parts of a backup that both kinds of database share. Main thread, or the thread of start-up.
#pragma once

#include "storage/admin/backup.h"
#include "storage/admin/contents.h"
#include "storage/sql/url.h"

#include <filesystem>
#include <string>

namespace gatehouse::sql {

/// A file that gets its final name only when it is finished; otherwise it is deleted.
class UnfinishedFile {
  public:
    /// DIRECTORY/stem-TIME.suffix. Throws if it cannot be made.
    UnfinishedFile(const std::filesystem::path& directory, std::string_view stem, std::string_view suffix);
    ~UnfinishedFile();
    UnfinishedFile(const UnfinishedFile&) = delete;
    UnfinishedFile& operator=(const UnfinishedFile&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// Writes the file to disk and gives it its final name, which is returned.
    std::filesystem::path finish();

  private:
    std::filesystem::path final_;
    std::filesystem::path path_;
};

/// Throws if the two differ, naming the first table that differs.
void compare(const RowCounts& expected, const RowCounts& found);

[[nodiscard]] Backup back_up_sqlite(const Target& target, const std::filesystem::path& directory);
[[nodiscard]] Backup back_up_postgres(const Target& target, const std::filesystem::path& directory);

} // namespace gatehouse::sql
