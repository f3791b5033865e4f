// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/migrate.h"
#include "storage/sql/backup.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

int backup(const Invocation& invocation, const std::string& directory) {
    const ConfigPtr config = load_config(invocation);
    for (const Place& place : places(*config))
        back_up_aloud(*config, place, directory);
    return EX_OK;
}

} // namespace

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

void add_migrate_backup(CLI::App& group, Invocation& invocation) {
    auto directory = std::make_shared<std::string>();
    auto* command = group.add_subcommand(
        "backup", "Copy the databases into files, whole, and try them out: restore them and count the rows.");
    command->add_option("--to", *directory, "Where to. Default: <state_directory>/backups");
    command->footer("PostgreSQL: a file for pg_restore, made by pg_dump, which must be installed\n"
                    "(postgresql-client-15). SQLite: a database file.");
    command->callback([&invocation, directory] {
        invocation.action = [&invocation, directory] { return backup(invocation, *directory); };
    });
}

} // namespace gatehouse::cli
