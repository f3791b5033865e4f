// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/command.h"
#include "gateway/http/json.h"

#include <CLI/CLI.hpp>
#include <sysexits.h>

namespace gatehouse::cli {

void add_version(CLI::App& app, Invocation& invocation) {
    auto* command = app.add_subcommand("version", "Print the version.");
    auto json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "Print JSON.");
    command->callback([&invocation, json] {
        invocation.action = [json] {
            print(*json ? http::JsonObject().add("version", GATEHOUSE_VERSION).str() : "gatehouse " GATEHOUSE_VERSION);
            return EX_OK;
        };
    });
}

} // namespace gatehouse::cli
