// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/migrate.h"
#include "gateway/cli/table.h"
#include "gateway/http/json.h"
#include "gateway/stores/databases.h"
#include "storage/admin/create_database.h"
#include "storage/sql/url.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

/// Calls `work` for every database, with the name of its contents.
void for_each_database(const Config& config, const std::function<void(Migrator&, const std::string&)>& work) {
    for (const Place& place : places(config)) {
        at(place, [&] {
            for (const auto& [name, database] : place.contents) {
                Migrator migrator(place.url, database, config.database_connect_timeout);
                work(migrator, name);
            }
        });
    }
}

int create(const Invocation& invocation) {
    const ConfigPtr config = load_config(invocation);
    for (const Place& place : places(*config)) {
        at(place, [&] {
            const bool made = create_database(place.url, config->database_connect_timeout);
            print(fmt::format("{}: {}", place.name(), made ? "made" : "was there"));
        });
    }
    return EX_OK;
}

int status(const Invocation& invocation, const Output& wanted) {
    const ConfigPtr config = load_config(invocation);
    http::JsonArray all;
    for_each_database(*config, [&](Migrator& migrator, const std::string& database) {
        for (const Migration& migration : migrator.status()) {
            const std::string applied_at = migration.applied_at ? format(*migration.applied_at) : "";
            if (wanted.json)
                all.add(http::JsonObject()
                            .add("database", database)
                            .add("version", migration.version)
                            .add("name", migration.name)
                            .add("state", to_string(migration.state))
                            .add("applied_at", applied_at));
            else
                print(fmt::format("{:<9} {:04} {:<32} {:<8} {}", database, migration.version, migration.name,
                                  to_string(migration.state), applied_at));
        }
    });
    if (wanted.json) print(all.str());
    return EX_OK;
}

int verify(const Invocation& invocation) {
    const ConfigPtr config = load_config(invocation);
    bool serves = true;
    for_each_database(*config, [&](Migrator& migrator, const std::string& database) {
        const SchemaState state = migrator.verify();
        serves = serves && state.serves();
        print(fmt::format("{}: {}", database, state.message.empty() ? "fits this version" : state.message));
    });
    return serves ? EX_OK : EX_CONFIG;
}

} // namespace

std::string Place::name() const {
    std::string words;
    for (const Content& content : contents)
        words += fmt::format("{}{}", words.empty() ? "" : " and ", content.name);
    return fmt::format("{} database {}", words, sql::parse_url(url, Millis{0}).shown);
}

bool Place::holds(Database kind) const {
    return std::ranges::find(contents, kind, &Content::kind) != contents.end();
}

std::vector<Place> places(const Config& config) {
    std::vector<Place> all;
    for (const auto& [name, url, kind] : databases_of(config)) {
        auto found = std::ranges::find(all, url, &Place::url);
        if (found == all.end()) found = all.insert(all.end(), {url, {}});
        found->contents.push_back({name, kind});
    }
    return all;
}

void at(const Place& place, const std::function<void()>& work) {
    try {
        work();
    } catch (const CommandError&) {
        throw;
    } catch (const std::runtime_error& error) {
        std::string name = "database";
        try {
            name = place.name();
        } catch (const std::runtime_error&) {
            // The URL is malformed.
        }
        const std::string what = error.what(); // may begin with the name already
        throw CommandError(EX_UNAVAILABLE, what.find(" database ") < what.find(':') ? what : name + ": " + what);
    }
}

Command migrate_commands() {
    Command all =
        group("migrate", "The databases: their schema, backups, moving between them, an older system.",
              {migrate_up_command(), migrate_backup_command(),
               command("create-databases", "Make the databases of the configuration that are not there.", create,
                       "The role in the URL needs CREATEDB for that. `gatehouse migrate up` then makes the tables."),
               migrate_copy_command()});
    const auto add = [&](std::vector<Command> more) { std::ranges::move(more, std::back_inserter(all.commands)); };
    add(migrate_merge_commands());
    add({command("status", "List every migration and whether it has been applied.", status,
                 {{"--json", &Output::json, "Print JSON."}}),
         command("verify", "Whether this version may serve on the databases. Exit code 78 if not.", verify)});
    add(takeover_commands());
    add({forget_command()});
    return all;
}

} // namespace gatehouse::cli
