// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/command.h"
#include "gateway/cli/takeover.h"
#include "gateway/databases.h"
#include "gateway/http/json.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

/// Calls `work` for every database, with its name. What goes wrong there is said with that name.
void for_each_database(const Config& config, const std::function<void(Migrator&, const std::string&)>& work) {
    for (const auto& [name, url, kind] : databases_of(config)) {
        try {
            Migrator migrator(url, kind, config.database_connect_timeout);
            work(migrator, name);
        } catch (const std::runtime_error& error) {
            throw CommandError(EX_UNAVAILABLE, fmt::format("{} database: {}", name, error.what()));
        }
    }
}

int up(const Invocation& invocation) {
    const ConfigPtr config = load_config(invocation);
    for_each_database(*config, [](Migrator& migrator, const std::string& database) {
        const auto applied = migrator.up();
        for (const std::string& name : applied)
            print(fmt::format("{}: applied {}", database, name));
        if (applied.empty()) print(fmt::format("{}: nothing to do", database));
    });
    return EX_OK;
}

int status(const Invocation& invocation, bool json) {
    const ConfigPtr config = load_config(invocation);
    http::JsonArray all;
    for_each_database(*config, [&](Migrator& migrator, const std::string& database) {
        for (const Migration& migration : migrator.status()) {
            const std::string applied_at = migration.applied_at ? format(*migration.applied_at) : "";
            if (json)
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
    if (json) print(all.str());
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

void add_migrate(CLI::App& app, Invocation& invocation) {
    auto* group = app.add_subcommand("migrate", "The schema of the databases, and what an older system has.");
    group->require_subcommand(1);
    group->add_subcommand("up", "Bring the databases to the schema of this version. Running it twice changes nothing.")
        ->callback([&] { invocation.action = [&] { return up(invocation); }; });
    auto json = std::make_shared<bool>(false);
    auto* shown = group->add_subcommand("status", "List every migration and whether it has been applied.");
    shown->add_flag("--json", *json, "Print JSON.");
    shown->callback(
        [&invocation, json] { invocation.action = [&invocation, json] { return status(invocation, *json); }; });
    group->add_subcommand("verify", "Whether this version may serve on the databases. Exit code 78 if not.")
        ->callback([&] { invocation.action = [&] { return verify(invocation); }; });
    add_takeover(*group, invocation);
}

} // namespace gatehouse::cli
