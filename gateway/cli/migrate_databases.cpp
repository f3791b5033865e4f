// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/migrate.h"
#include "storage/sql/create_database.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

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

} // namespace

void add_migrate_databases(CLI::App& group, Invocation& invocation) {
    auto* command =
        group.add_subcommand("create-databases", "Make the databases of the configuration that are not there.");
    command->footer("The role in the URL needs CREATEDB for that. `gatehouse migrate up` then makes the tables.");
    command->callback([&invocation] { invocation.action = [&invocation] { return create(invocation); }; });
}

} // namespace gatehouse::cli
