// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/older_check.h"
#include "gateway/cli/service_user.h"
#include "gateway/cli/table.h"
#include "gateway/config/document.h"
#include "gateway/config/value.h"
#include "gateway/pages/look.h"
#include "gateway/sessions/key_ring.h"
#include "gateway/stores/databases.h"
#include "gateway/takeover/strategy.h"
#include "storage/redis/address.h"
#include "storage/sql/url.h"

#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

struct Check {
    bool offline = false;
};

/// Lets the stores check their addresses, because their own parsers decide.
void check_addresses(const Config& config) {
    try {
        for (const auto& database : databases_of(config))
            static_cast<void>(sql::parse_url(database.url, config.database_connect_timeout));
        if (!config.redis_url.empty()) static_cast<void>(parse_redis_url(config.redis_url));
    } catch (const std::exception& error) {
        throw CommandError(EX_CONFIG, error.what());
    }
}

/// A key ring that is not there yet is made at the start, if the configuration says so.
void check_key_ring(const Config& config) {
    const AsRoot root;
    if (config.generate_keys && !std::filesystem::exists(config.key_file)) return;
    try {
        static_cast<void>(KeyRing::load(config.key_file, false));
    } catch (const KeyRingError& error) {
        throw CommandError(EX_CONFIG, error.what());
    }
}

/// Names every mistake in the files that the pages are made of.
void check_pages(const Config& config) {
    const auto loaded = pages::load_look(config.brand);
    for (const auto& problem : loaded.problems)
        complain(problem);
    if (!loaded.look) throw CommandError(EX_CONFIG, "the pages cannot be made of these files");
}

int check(const Invocation& invocation, const Check& wanted) {
    const ConfigPtr config = load_config(invocation);
    check_addresses(*config);
    check_key_ring(*config);
    check_pages(*config);
    const bool asks_older = config->legacy.configured() && reads_legacy(config->strategy);
    if (asks_older && !wanted.offline) check_older_system(*config);
    print(fmt::format("The configuration is good: {}, strategy {}, {} Redis.", config->mode(),
                      name_of(config->strategy), config->redis_url.empty() ? "without" : "with"));
    return EX_OK;
}

/// Values are TOML as the configuration writes them, which is valid JSON as well.
std::string as_json(const std::vector<config::Setting>& settings) {
    std::string out = "{";
    for (const config::Setting& setting : settings)
        out +=
            fmt::format("{}{}:{{\"value\":{},\"source\":{}}}", out.size() > 1 ? "," : "", config::quoted(setting.key),
                        setting.value.empty() ? "null" : setting.value, config::quoted(setting.source));
    return out + "}";
}

int show(const Invocation& invocation, const Output& wanted) {
    const config::Loaded loaded = read_config(invocation);
    if (!loaded.config) static_cast<void>(load_config(invocation)); // reports the errors
    print(wanted.json ? as_json(loaded.settings) : config::as_file(loaded.settings));
    return EX_OK;
}

int example(const Invocation&) {
    std::cout << config::example_file();
    return EX_OK;
}

} // namespace

Command config_commands() {
    return group(
        "config", "Check, show and explain the configuration.",
        {
            command("check",
                    "Name every mistake with its file and line; of an older system that is being replaced also the "
                    "table, the column or the right that is missing, and what corrects it. The key ring is read, too. "
                    "Exit code "
                    "78 if there is one.",
                    check, {{"--offline", &Check::offline, "Do not connect to the older system."}}),
            command("show", "Print what counts and where it comes from, passwords masked.", show,
                    {{"--json", &Output::json, "Print JSON."}}),
            command("example", "Print a configuration file with every option and its explanation.", example),
        },
        "Options of the configuration:\n" + config::option_list());
}

} // namespace gatehouse::cli
