// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/migrate.h"
#include "storage/sql/adoption.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <iostream>
#include <sysexits.h>
#include <unistd.h>

namespace gatehouse::cli {

namespace {

bool agrees(const std::string& question) {
    std::cerr << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
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

void keep_safe(const Config& config, const std::vector<Place>& all, Safety safety, const std::string& command) {
    if (safety.no_backup) return;
    const auto endangered = at_stake(config, all);
    if (endangered.empty()) return;
    std::string names;
    for (const Place& place : endangered)
        names += (names.empty() ? "" : "; ") + place.name();
    if (!safety.backup && isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1)
        safety.backup = agrees(
            fmt::format("{}: holds data, and migrations are pending. Make a backup first, then migrate?", names));
    if (!safety.backup) {
        throw CommandError(EX_USAGE, fmt::format("{}: holds data, and migrations are pending; nothing was changed. Run "
                                                 "one of:\n"
                                                 "    {} --backup      makes a backup first, and tries it out\n"
                                                 "    {} --no-backup   you have one that you trust",
                                                 names, command, command));
    }
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

void add_options(CLI::App& command, Safety& safety) {
    auto* backup = command.add_flag("--backup", safety.backup,
                                    "Where migrations are pending on a database with data, make a backup first.");
    command.add_flag("--no-backup", safety.no_backup, "Do without a backup.")->excludes(backup);
    command.add_option("--to", safety.directory, "Where backups go. Default: <state_directory>/backups")->needs(backup);
}

void add_migrate_up(CLI::App& group, Invocation& invocation) {
    auto safety = std::make_shared<Safety>();
    auto* command = group.add_subcommand(
        "up", "Bring the databases to the schema of this version. Running it twice changes nothing.");
    add_options(*command, *safety);
    command->footer("A database with data is changed only with one of the two flags; an empty one needs neither.");
    command->callback(
        [&invocation, safety] { invocation.action = [&invocation, safety] { return up(invocation, *safety); }; });
}

} // namespace gatehouse::cli
