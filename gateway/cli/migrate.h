// SPDX-License-Identifier: Apache-2.0
// What the commands under `gatehouse migrate` share; each is registered from the file of its name. Main thread.
#pragma once

#include "gateway/cli/command.h"
#include "storage/sql/migrations.h"

#include <functional>
#include <string>
#include <vector>

namespace gatehouse::cli {

/// A database of the configuration, and what lives in it.
struct Place {
    struct Content {
        std::string name; ///< identity, web, or the context whose own it is
        Database kind = Database::web;
    };
    std::string url;
    std::vector<Content> contents;
    [[nodiscard]] bool holds(Database kind) const;
    [[nodiscard]] std::string name() const; ///< "identity and web database postgresql://…", without a password
};

/// Each database once.
[[nodiscard]] std::vector<Place> places(const Config& config);

/// Runs `work`, whose std::runtime_error becomes the end of the command, with the database's name before it.
void at(const Place& place, const std::function<void()>& work);

/// How a database with data is to be kept safe from migrations.
struct Safety {
    bool backup = false;
    bool no_backup = false;
    std::string directory; ///< empty: <state_directory>/backups
};
void add_options(CLI::App& command, Safety& safety);

/// Makes the backups that are asked for, or asks for them. `command` is how it was called, for the message.
void keep_safe(const Config& config, const std::vector<Place>& all, Safety safety, const std::string& command);

/// Makes a backup and says so.
void back_up_aloud(const Config& config, const Place& place, const std::string& directory);

/// Brings it to our schema and says so.
void bring_up_to_date(const Config& config, const Place& place);

void add_migrate_up(CLI::App& group, Invocation& invocation);
void add_migrate_backup(CLI::App& group, Invocation& invocation);
void add_migrate_databases(CLI::App& group, Invocation& invocation);
void add_migrate_merge(CLI::App& group, Invocation& invocation);

} // namespace gatehouse::cli
