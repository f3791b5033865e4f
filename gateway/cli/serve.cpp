// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/command.h"
#include "gateway/config/document.h"
#include "gateway/server.h"

#include <CLI/CLI.hpp>

namespace gatehouse::cli {

void add_serve(CLI::App& app, Invocation& invocation) {
    auto* command = app.add_subcommand("serve", "Answer nginx. SIGTERM ends it, SIGHUP reads the configuration again.");
    command->footer("Options of the configuration:\n" + config::option_list());
    command->callback([&invocation] {
        invocation.action = [&invocation] { return gatehouse::serve(ServeArguments{invocation.config_path}); };
    });
}

} // namespace gatehouse::cli
