// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/cli.h"

#include "gateway/cli/table.h"
#include "gateway/config/document.h"
#include "gateway/config/load.h"
#include "gateway/http/json.h"
#include "gateway/server.h"
#include "storage/planted.h"

#include <sysexits.h>

namespace gatehouse::cli {

namespace {

int serve(const Invocation& invocation) {
    return gatehouse::serve(ServeArguments{invocation.config_path});
}

int version(const Invocation&, const Output& wanted) {
    const std::string version = is_test_build ? GATEHOUSE_VERSION "+planted" : GATEHOUSE_VERSION;
    print(wanted.json ? http::JsonObject().add("version", version).str() : "gatehouse " + version);
    return EX_OK;
}

Command whole_program() {
    return group("gatehouse", "Gatehouse: an authentication gateway that nginx asks about every request.",
                 {
                     command("serve", "Answer nginx. SIGTERM ends it, SIGHUP reads the configuration again.", serve,
                             "Options of the configuration:\n" + config::option_list()),
                     config_commands(),
                     migrate_commands(),
                     strategy_commands(),
                     user_commands(),
                     session_commands(),
                     mail_commands(),
                     pages_commands(),
                     redis_commands(),
                     keys_commands(),
                     command("version", "Print the version.", version, {{"--json", &Output::json, "Print JSON."}}),
                 },
                 "`gatehouse COMMAND --help` says more. Options of the configuration: `gatehouse config --help`.");
}

} // namespace

int run(int argc, char** argv) {
    Invocation invocation;
    Command program = whole_program();
    program.arguments = {
        {"--config", &invocation.config_path,
         "The configuration file. Default: " + std::string(config::default_path) + ", which may be absent."}};
    const auto [command, exit_code] = parse(program, argc, argv);
    if (command == nullptr) return exit_code;
    try {
        return command->action(invocation);
    } catch (const CommandError& error) {
        complain(error.what());
        return error.exit_code();
    } catch (const std::exception& error) {
        complain(error.what());
        return EX_SOFTWARE;
    }
}

} // namespace gatehouse::cli
