// SPDX-License-Identifier: Apache-2.0
// `gatehouse strategy`: a step from the older system to Gatehouse, from the configuration file to every gateway.
#include "gateway/cli/config_file.h"
#include "gateway/cli/local_gateways.h"
#include "gateway/cli/older_check.h"
#include "gateway/cli/table.h"
#include "gateway/cli/takeover.h"
#include "gateway/cli/with_stores.h"
#include "gateway/config/edit.h"
#include "gateway/config/load.h"
#include "gateway/http/json.h"
#include "gateway/server.h"
#include "gateway/stores/stores.h"
#include "gateway/takeover/strategy_guard.h"

#include <algorithm>
#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {
namespace {

using boost::asio::awaitable;
using Announcements = std::vector<Announcement>;

constexpr int exit_refused = 1;
constexpr Millis between_looks{100};

struct Wanted {
    std::string to;
    bool no_wait = false;
    unsigned wait = 60; ///< seconds
};

bool is_running(const Announcement& one, Instant now) {
    return one.at + gateway_gone_after >= now;
}

bool is_here(const Announcement& one) {
    return one.node.starts_with(boost::asio::ip::host_name() + ":");
}

std::string socket_of(const Announcement& one) {
    return one.node.substr(one.node.find(':') + 1);
}

std::string source_of_strategy(const Invocation& invocation) {
    const auto loaded = read_config(invocation);
    const auto found = std::ranges::find(loaded.settings, "strategy", &config::Setting::key);
    return found == loaded.settings.end() ? "default" : found->source;
}

// --- what there is

void print_gateways(const Announcements& all, Instant now) {
    print(fmt::format("\n{:<48} {:<24} {}", "gateway", "strategy", "last heard of"));
    for (const auto& one : all) {
        const auto ago = std::max(std::chrono::duration_cast<Seconds>(now - one.at), Seconds{0});
        print(fmt::format("{:<48} {:<24} {} s ago{}", one.node, one.strategy, ago.count(),
                          is_running(one, now) ? "" : ": does not run"));
        if (!one.refused.empty()) print(fmt::format("  refused its last reload: {}", one.refused));
    }
    if (all.empty()) print("none has said anything yet");
}

std::string as_json(const Config& config, const std::string& source, const Announcements& all, Instant now) {
    http::JsonArray gateways;
    for (const auto& one : all)
        gateways.add(http::JsonObject()
                         .add("gateway", one.node)
                         .add("strategy", one.strategy)
                         .add("at", format(one.at))
                         .add("running", is_running(one, now))
                         .add("refused", one.refused));
    return http::JsonObject()
        .add("strategy", name_of(config.strategy))
        .add("source", source)
        .add("older_system", config.legacy.system)
        .add("gateways", gateways)
        .str();
}

awaitable<int> show_announced(Stores& stores, ConfigPtr config, std::string source, bool json) {
    const auto all = need(stores, co_await stores.takeover().announced(patiently()));
    if (json) {
        print(as_json(*config, source, all, wall_now()));
    } else {
        print(fmt::format("{} ({})", name_of(config->strategy), source));
        print_gateways(all, wall_now());
    }
    co_return EX_OK;
}

int show(const Invocation& invocation, const Output& wanted) {
    const auto config = load_config(invocation);
    const auto source = source_of_strategy(invocation);
    if (config->legacy.configured())
        return with_stores(config, [&](Stores& stores) { return show_announced(stores, config, source, wanted.json); });
    print(wanted.json ? as_json(*config, source, {}, wall_now())
                      : fmt::format("{} ({}). No older system is configured, so the strategy changes nothing.",
                                    name_of(config->strategy), source));
    return EX_OK;
}

// --- a step

struct Step {
    ConfigPtr config; ///< the file's present configuration
    Strategy to = Strategy::production_only;
    const ConfigFile& file;
    std::string edited;
    Seconds patience{0}; ///< 0: do not wait
};

/// The sockets whose gateways were asked to reload, and when.
struct Asked {
    std::vector<std::string> sockets;
    Instant at;
};

/// The sockets on this host whose gateways may read this file.
std::vector<std::string> sockets_here(const Config& config, const Announcements& all) {
    std::vector<std::string> sockets{config.listen};
    for (const auto& one : all) {
        if (is_here(one) && is_running(one, wall_now()) && socket_of(one) != config.listen)
            sockets.push_back(socket_of(one));
    }
    return sockets;
}

/// Checks the whole configuration of the copy, so that nothing that a gateway would refuse gets into the file.
void judge(const std::string& copy, const ConfigFile& file, Strategy to) {
    const auto loaded = config::load_for_process(copy);
    for (auto error : loaded.errors) {
        if (error.place.starts_with(copy)) error.place.replace(0, copy.size(), file.path());
        complain(config::to_string(error));
    }
    if (!loaded.config || loaded.config->strategy != to)
        throw CommandError(EX_CONFIG, fmt::format("with strategy = \"{}\" the configuration could not be used. Nothing "
                                                  "was changed",
                                                  name_of(to)));
}

/// Undoes a step that a gateway refused: restores the file, and the gateways that have read the new file reload.
[[noreturn]] void put_back(const Step& step, const std::vector<std::string>& sockets, int exit_code,
                           const std::string& why) {
    step.file.restore();
    try {
        static_cast<void>(reload_gateways(sockets));
    } catch (const CommandError& error) {
        complain(error.what());
    }
    throw CommandError(exit_code, fmt::format("{}. {} is as it was before", why, step.file.path()));
}

std::string names_of(const Announcements& all) {
    std::string text;
    for (const auto& one : all)
        text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", one.node, one.strategy);
    return text;
}

/// Keeps the gateways that run: on this host, those with a listener at their socket.
void keep_running(Announcements& all, const std::vector<std::string>& asked) {
    std::erase_if(all, [&](const Announcement& one) {
        const bool gone_here = is_here(one) && std::ranges::find(asked, socket_of(one)) == asked.end();
        return gone_here || !is_running(one, wall_now());
    });
}

/// The gateways that still have another strategy. Ends the command if a gateway of this host has refused the reload.
awaitable<Announcements> missing_of(Stores& stores, const Step& step, const Asked& asked) {
    auto all = need(stores, co_await stores.takeover().announced(patiently()));
    keep_running(all, asked.sockets);
    for (const auto& one : all)
        if (is_here(one) && !one.refused.empty() && one.refused_at >= asked.at)
            put_back(step, asked.sockets, exit_refused, fmt::format("{} refuses: {}", one.node, one.refused));
    std::erase_if(all, [&](const Announcement& one) { return one.strategy == name_of(step.to); });
    co_return all;
}

awaitable<int> wait_for_all(Stores& stores, const Step& step, const Asked& asked) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    const auto until = deadline_in(step.patience);
    auto missing = co_await missing_of(stores, step, asked);
    while (!missing.empty() && std::chrono::steady_clock::now() < until) {
        timer.expires_after(between_looks);
        co_await timer.async_wait(boost::asio::use_awaitable);
        missing = co_await missing_of(stores, step, asked);
    }
    if (missing.empty()) {
        print(fmt::format("Every gateway that runs is at {}.", name_of(step.to)));
        co_return EX_OK;
    }
    // Under the socket of the configuration; or, where systemd's sockets have other names, any gateway of this host.
    const bool has_the_socket = std::ranges::find(asked.sockets, step.config->listen) != asked.sockets.end();
    const auto own = std::ranges::find_if(missing, [&](const Announcement& one) {
        return has_the_socket ? one.node == node_name(*step.config) : is_here(one);
    });
    if (own != missing.end())
        put_back(step, asked.sockets, EX_UNAVAILABLE,
                 fmt::format("{} has not taken it within {} s; its log says why (event reload)", own->node,
                             step.patience.count()));
    throw CommandError(EX_UNAVAILABLE,
                       fmt::format("{} says {}; but these gateways have another strategy: {}. Run the same command on "
                                   "their hosts, with their configuration files. A step further is refused until then",
                                   step.file.path(), name_of(step.to), names_of(missing)));
}

/// Asks the guard that every gateway has, before anything is written.
awaitable<void> ask_guard(Stores& stores, const Step& step) {
    if (stores.legacy() == nullptr) co_return;
    auto next = std::make_shared<Config>(*step.config);
    next->strategy = step.to;
    StrategyGuard guard(co_await boost::asio::this_coro::executor, stores.takeover(), stores.sessions(),
                        *stores.legacy(), node_name(*step.config));
    const std::shared_ptr<const Config> wanted = std::move(next);
    if (const auto refusal = co_await guard.may_use(wanted, nullptr, false))
        throw CommandError(exit_refused, *refusal + ". Nothing was changed");
}

/// Changes the file, then asks its readers to reload. After a failure the file is as it was.
Asked change(const Step& step, const std::vector<std::string>& sockets) {
    const bool same = step.edited == step.file.text();
    const Instant now = wall_now() - Millis{1}; // announced moments are cut to milliseconds
    if (!same) step.file.replace(step.edited, [&](const std::string& copy) { judge(copy, step.file, step.to); });
    print(fmt::format("{}: strategy = \"{}\"{}", step.file.path(), name_of(step.to), same ? ", as before" : ""));
    try {
        return {reload_gateways(sockets), now};
    } catch (const CommandError& error) { // some gateways may have been asked already
        put_back(step, sockets, error.exit_code(), error.what());
    }
}

awaitable<int> take(Stores& stores, Step step) {
    const auto began = std::chrono::steady_clock::now();
    co_await ask_guard(stores, step);
    // Each gateway asks the same guard, and needs as long.
    const auto asking = std::chrono::ceil<Seconds>(std::chrono::steady_clock::now() - began);
    auto all = need(stores, co_await stores.takeover().announced(patiently()));
    const auto asked = change(step, sockets_here(*step.config, all));
    keep_running(all, asked.sockets);
    if (all.empty()) {
        print("No gateway that runs has the older system in its configuration: this counts from the next start.");
        co_return EX_OK;
    }
    if (step.patience == Seconds{0}) {
        print("Not waiting: `gatehouse strategy` shows which gateways have it.");
        co_return EX_OK;
    }
    step.patience += 2 * asking;
    co_return co_await wait_for_all(stores, step, asked);
}

int set(const Invocation& invocation, const Wanted& wanted) {
    const auto to = strategy_of(wanted.to);
    const auto config = load_older_config(invocation);
    const auto source = source_of_strategy(invocation);
    if (source.starts_with("environment"))
        throw CommandError(EX_CONFIG, fmt::format("the strategy comes from the {}, which counts more than the file: "
                                                  "unset it, also for the service, or change it there and restart",
                                                  source));
    const ConfigFile file(invocation.config_path.empty() ? std::string(config::default_path) : invocation.config_path);
    auto edited = config::with_strategy(file.text(), to);
    if (!edited.problem.empty()) throw CommandError(EX_CONFIG, fmt::format("{}: {}", file.path(), edited.problem));
    if (to != Strategy::production_only) check_older_system(*config);
    const Step step{config, to, file, std::move(edited.text), Seconds{wanted.no_wait ? 0 : wanted.wait}};
    return with_stores(config, [&](Stores& stores) { return take(stores, step); });
}

} // namespace

Command strategy_commands() {
    Command all = command("strategy",
                          "Which side leads while an older system is being replaced: the strategy of the "
                          "configuration, and what every gateway has.",
                          show, {{"--json", &Output::json, "Print JSON."}});
    all.commands = {
        command("set",
                "Go one step: change the configuration file, reload the gateways of this host, and wait until every "
                "gateway has it. Exit code 1 if the step is refused, 69 if a gateway has not got it.",
                set,
                {{"NAME", &Wanted::to, "mock-only, mock-with-write-through, gradual or production-only.", required},
                 {"--no-wait", &Wanted::no_wait, "Do not wait for the gateways."},
                 {"--wait", &Wanted::wait, "How many seconds they have.", {.least = 1, .most = 3600}}})};
    return all;
}

} // namespace gatehouse::cli
