// SPDX-License-Identifier: Apache-2.0
// `gatehouse migrate up` and `backup`.
#include "gateway/cli/migrate.h"
#include "gateway/cli/table.h"
#include "storage/admin/backup.h"
#include "storage/admin/pre_migration_backup.h"

#include <algorithm>
#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

/// Makes a backup and reports it.
void back_up_aloud(const Config& config, const Place& place, const std::string& directory) {
    const auto where = directory.empty() ? config.state_directory + "/backups" : directory;
    at(place, [&] {
        const Backup made = back_up(place.url, where, config.database_connect_timeout);
        print(fmt::format("{}: {} ({} tables, {} rows, {})", place.name(), made.path.string(), made.tables, made.rows,
                          made.unrestored.empty() ? "restored and compared" : "read through and compared"));
        if (!made.unrestored.empty())
            complain(fmt::format("warning: {} was checked less, it was not restored: {}", made.path.string(),
                                 made.unrestored));
    });
}

struct BackupOptions {
    std::string directory;
};

int backup(const Invocation& invocation, const BackupOptions& wanted) {
    const ConfigPtr config = load_config(invocation);
    for (const Place& place : places(*config))
        back_up_aloud(*config, place, wanted.directory);
    return EX_OK;
}

std::vector<Place> at_stake(const Config& config, const std::vector<Place>& all) {
    std::vector<Place> found;
    for (const Place& place : all) {
        at(place, [&] {
            const auto wanted = [&](const Place::Content& content) {
                return wants_backup(place.url, content.kind, config.database_connect_timeout);
            };
            if (std::ranges::any_of(place.contents, wanted)) found.push_back(place);
        });
    }
    return found;
}

int up(const Invocation& invocation, const Safety& safety) {
    const ConfigPtr config = load_config(invocation);
    const auto all = places(*config);
    keep_safe(*config, all, safety, "gatehouse migrate up");
    for (const Place& place : all)
        bring_up_to_date(*config, place);
    return EX_OK;
}

} // namespace

void keep_safe(const Config& config, const std::vector<Place>& all, const Safety& safety, const std::string& command) {
    if (safety.no_backup) return;
    const auto endangered = at_stake(config, all);
    if (endangered.empty()) return;
    std::string names;
    for (const Place& place : endangered)
        names += (names.empty() ? "" : "; ") + place.name();
    if (!safety.backup &&
        !agrees(fmt::format("{}: holds data, and migrations are pending. Make a backup first, then migrate?", names)))
        throw CommandError(EX_USAGE, fmt::format("{}: holds data, and migrations are pending; nothing was changed. Run "
                                                 "one of:\n"
                                                 "    {} --backup      makes a backup first, and tries it out\n"
                                                 "    {} --no-backup   you have one that you trust",
                                                 names, command, command));
    for (const Place& place : endangered)
        back_up_aloud(config, place, safety.directory);
}

void bring_up_to_date(const Config& config, const Place& place) {
    at(place, [&] {
        for (const auto& [name, kind] : place.contents) {
            const auto applied = Migrator(place.url, kind, config.database_connect_timeout).up();
            for (const std::string& migration : applied)
                print(fmt::format("{}: applied {}", name, migration));
            if (applied.empty()) print(fmt::format("{}: nothing to do", name));
        }
    });
}

Command migrate_up_command() {
    return command("up", "Bring the databases to the schema of this version. Running it twice changes nothing.", up,
                   with_safety<Safety>({}),
                   "A database with data is changed only with one of the two flags; an empty one needs neither.");
}

Command migrate_backup_command() {
    return command("backup", "Copy the databases into files, whole, and try them out: restore them and count the rows.",
                   backup, {{"--to", &BackupOptions::directory, "Where to. Default: <state_directory>/backups"}},
                   "PostgreSQL: a file for pg_restore, made by pg_dump, which must be installed\n"
                   "(postgresql-client-15). SQLite: a database file.");
}

} // namespace gatehouse::cli
