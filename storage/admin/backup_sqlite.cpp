// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/backup_parts.h"

#include <fmt/format.h>
#include <numeric>
#include <sqlite3.h>
#include <stdexcept>

namespace gatehouse::sql {
namespace {

/// Copies into an empty file. Writers are not held up, because `from` reads one snapshot.
void copy(TextConnection& from, TextConnection& to) {
    auto* target = static_cast<sqlite3*>(to.handle());
    auto* work = sqlite3_backup_init(target, "main", static_cast<sqlite3*>(from.handle()), "main");
    if (work == nullptr) throw std::runtime_error(fmt::format("cannot be copied: {}", sqlite3_errmsg(target)));
    const int copied = sqlite3_backup_step(work, -1);
    const int ended = sqlite3_backup_finish(work);
    if (copied != SQLITE_DONE || ended != SQLITE_OK)
        throw std::runtime_error(fmt::format("cannot be copied: {}", sqlite3_errmsg(target)));
    to.rows("PRAGMA journal_mode = DELETE"); // one file, not three
}

RowCounts checked(const Target& copy) {
    TextConnection restored(copy, TextConnection::Mode::read_only);
    if (const auto verdict = restored.value("PRAGMA integrity_check"); verdict != "ok")
        throw std::runtime_error("the copy is damaged: " + verdict);
    return count_rows(restored);
}

} // namespace

Backup back_up_sqlite(const Target& target, const std::filesystem::path& directory) {
    Backup made;
    if (!database_is_there(target)) throw std::runtime_error(target.shown + " is not there");
    UnfinishedFile file(directory, std::filesystem::path(target.connect).stem().string(), "db");
    Target into = target;
    into.connect = file.path().string();
    into.shown = "sqlite:" + into.connect;
    RowCounts expected;
    {
        TextConnection from(target, TextConnection::Mode::read_only);
        from.rows("BEGIN");
        expected = count_rows(from); // opens the snapshot that is copied
        TextConnection to(into, TextConnection::Mode::read_write);
        copy(from, to);
        from.rows("COMMIT");
    }
    compare(expected, checked(into));
    made.tables = expected.size();
    made.rows = std::accumulate(expected.begin(), expected.end(), std::uint64_t{0},
                                [](std::uint64_t sum, const auto& table) { return sum + table.second; });
    made.path = file.finish();
    return made;
}

} // namespace gatehouse::sql
