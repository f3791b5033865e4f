// SPDX-License-Identifier: Apache-2.0
// What the commands under `gatehouse migrate` share. Main thread.
#pragma once

#include "gateway/config/config.h"
#include "storage/admin/migrations.h"

#include <functional>
#include <string>
#include <vector>

namespace gatehouse::cli {

template <class Wanted> struct Row; // table.h

/// A database of the configuration and its contents.
struct Place {
    struct Content {
        std::string name; ///< identity, web, or the context that owns the database
        Database kind = Database::web;
    };
    std::string url;
    std::vector<Content> contents;
    [[nodiscard]] bool holds(Database kind) const;
    [[nodiscard]] std::string name() const; ///< "identity and web database postgresql://…", without a password
};

/// Each database once.
[[nodiscard]] std::vector<Place> places(const Config& config);

/// Runs `work`. A std::runtime_error of `work` ends the command, with the database's name before the message.
void at(const Place& place, const std::function<void()>& work);

/// How to protect a database with data before migrations.
struct Safety {
    bool backup = false;
    bool no_backup = false;
    std::string directory; ///< empty: <state_directory>/backups
};

/// The rows of a command, followed by the rows of Safety, from which the command's struct derives.
template <class Wanted> std::vector<Row<Wanted>> with_safety(std::vector<Row<Wanted>> rows) {
    const Row<Wanted> more[] = {
        {"--backup", &Wanted::backup, "Where migrations are pending on a database with data, make a backup first."},
        {"--no-backup", &Wanted::no_backup, "Do without a backup.", {.excludes = "--backup"}},
        {"--to", &Wanted::directory, "Where backups go. Default: <state_directory>/backups", {.needs = "--backup"}}};
    rows.insert(rows.end(), std::begin(more), std::end(more));
    return rows;
}

/// Makes the requested backups, or ends the command with a request to choose. `command` is the command as called, for
/// the message.
void keep_safe(const Config& config, const std::vector<Place>& all, const Safety& safety, const std::string& command);

/// Migrates the database to this binary's schema and reports the result.
void bring_up_to_date(const Config& config, const Place& place);

} // namespace gatehouse::cli
