// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/cli.h"

#include "gateway/cli/command.h"
#include "gateway/config/load.h"

#include <CLI/CLI.hpp>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

constexpr const char* description = "Gatehouse: an authentication gateway that nginx asks about every request.";
constexpr const char* footer =
    "`gatehouse COMMAND --help` says more. Options of the configuration: `gatehouse config --help`.";

/// nullopt: go on with invocation.action.
std::optional<int> parse(CLI::App& app, int argc, char** argv) {
    try {
        app.parse(argc, argv);
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EX_OK : EX_USAGE;
    }
}

} // namespace

int run(int argc, char** argv) {
    Invocation invocation;
    CLI::App app(description, "gatehouse");
    app.footer(footer);
    app.fallthrough(); // --config may stand behind the command
    app.require_subcommand(1);
    app.add_option("--config", invocation.config_path,
                   "The configuration file. Default: " + std::string(config::default_path) + ", which may be absent.");
    for (const auto add : {add_serve, add_config, add_migrate, add_user, add_session, add_redis, add_keys, add_version})
        add(app, invocation);
    if (const auto ended = parse(app, argc, argv)) return *ended;
    try {
        return invocation.action();
    } catch (const CommandError& error) {
        complain(error.what());
        return error.exit_code();
    } catch (const std::exception& error) {
        complain(error.what());
        return EX_SOFTWARE;
    }
}

} // namespace gatehouse::cli
