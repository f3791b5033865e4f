// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/command.h"
#include "gateway/config/document.h"
#include "gateway/config/value.h"
#include "gateway/databases.h"
#include "storage/redis/address.h"
#include "storage/sql/url.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

/// The stores have the last word on their addresses.
void check_addresses(const Config& config) {
    try {
        for (const auto& database : databases_of(config))
            static_cast<void>(sql::parse_url(database.url, config.database_connect_timeout));
        if (!config.redis_url.empty()) static_cast<void>(parse_redis_url(config.redis_url));
    } catch (const std::exception& error) {
        throw CommandError(EX_CONFIG, error.what());
    }
}

int check(const Invocation& invocation) {
    const ConfigPtr config = load_config(invocation);
    check_addresses(*config);
    print(fmt::format("The configuration is good: {}, strategy {}, {} Redis.", config->mode(),
                      name_of(config->strategy), config->redis_url.empty() ? "without" : "with"));
    return EX_OK;
}

/// Values are TOML as the configuration writes it, which is JSON as well.
std::string as_json(const std::vector<config::Setting>& settings) {
    std::string out = "{";
    for (const config::Setting& setting : settings)
        out +=
            fmt::format("{}{}:{{\"value\":{},\"source\":{}}}", out.size() > 1 ? "," : "", config::quoted(setting.key),
                        setting.value.empty() ? "null" : setting.value, config::quoted(setting.source));
    return out + "}";
}

int show(const Invocation& invocation, bool json) {
    const config::Loaded loaded = config::load_for_process(invocation.config_path);
    if (!loaded.config) static_cast<void>(load_config(invocation)); // says why
    print(json ? as_json(loaded.settings) : config::as_file(loaded.settings));
    return EX_OK;
}

int example() {
    std::cout << config::example_file();
    return EX_OK;
}

} // namespace

void add_config(CLI::App& app, Invocation& invocation) {
    auto* group = app.add_subcommand("config", "Check, show and explain the configuration.");
    group->require_subcommand(1);
    group->footer("Options of the configuration:\n" + config::option_list());
    group->add_subcommand("check", "Name every mistake with its file and line. Exit code 78 if there is one.")
        ->callback([&] { invocation.action = [&] { return check(invocation); }; });
    auto json = std::make_shared<bool>(false);
    auto* shown = group->add_subcommand("show", "Print what counts and where it comes from, passwords masked.");
    shown->add_flag("--json", *json, "Print JSON.");
    shown->callback(
        [&invocation, json] { invocation.action = [&invocation, json] { return show(invocation, *json); }; });
    group->add_subcommand("example", "Print a configuration file with every option and its explanation.")
        ->callback([&] { invocation.action = example; });
}

} // namespace gatehouse::cli
