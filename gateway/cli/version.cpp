// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/command.h"
#include "gateway/http/json.h"
#include "storage/planted.h"

#include <CLI/CLI.hpp>
#include <sysexits.h>

namespace gatehouse::cli {

void add_version(CLI::App& app, Invocation& invocation) {
    auto* command = app.add_subcommand("version", "Print the version.");
    auto json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "Print JSON.");
    command->callback([&invocation, json] {
        invocation.action = [json] {
            const std::string version = is_test_build ? GATEHOUSE_VERSION "+planted" : GATEHOUSE_VERSION;
            print(*json ? http::JsonObject().add("version", version).str() : "gatehouse " + version);
            return EX_OK;
        };
    });
}

} // namespace gatehouse::cli
