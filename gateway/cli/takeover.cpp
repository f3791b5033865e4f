// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/takeover.h"

#include "gateway/cli/bulk.h"
#include "gateway/cli/older.h"
#include "gateway/cli/progress.h"
#include "gateway/http/json.h"
#include "gateway/sessions/strategy.h"
#include "gateway/sessions/survey.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {
namespace {

using boost::asio::awaitable;

struct Wanted {
    std::string to;
    bool json = false;
    BulkOptions bulk;
};

constexpr int exit_mismatch = 1;

ConfigPtr load_patient_config(const Invocation& invocation) {
    auto config = with_patience(load_config(invocation));
    if (!config->legacy.configured())
        throw CommandError(EX_CONFIG, "no older system is configured: set legacy_system (docs/migration.md)");
    return config;
}

Strategy strategy_of(const std::string& name) {
    if (const auto strategy = strategy_named(name)) return *strategy;
    throw CommandError(EX_USAGE, fmt::format("{} is no strategy: mock-only, mock-with-write-through, gradual, "
                                             "production-only",
                                             name));
}

awaitable<Survey> surveyed(Stores& stores, const Config& config) {
    Progress progress("sessions");
    SurveyOptions options;
    options.context = config.legacy.context;
    options.progress = [&progress](std::uint64_t seen, std::uint64_t total) { progress.report(seen, total); };
    auto found = co_await survey(*stores.legacy(), stores.takeover(), std::move(options));
    if (!found)
        throw CommandError(EX_UNAVAILABLE, fmt::format("a store did not answer: {} {}", found.error().message(),
                                                       stores.legacy_tables()->last_failure()));
    co_return std::move(*found);
}

/// What a change means for sessions, and for people who have none.
struct Plan {
    std::uint64_t kept = 0;
    std::uint64_t moved = 0; ///< kept, and taken over when they are used
    std::uint64_t lost = 0;
    std::uint64_t users_lost = 0; ///< who could not log in
};

Plan plan_of(Strategy to, const Survey& s) {
    switch (to) {
    case Strategy::mock_only: return {s.live - s.ended - s.mismatches, 0, s.here_only, 0};
    case Strategy::mock_with_write_through:
    case Strategy::gradual: return {s.here, s.unmoved, 0, 0};
    case Strategy::production_only: break;
    }
    const auto missing = s.users_there > s.users_here ? s.users_there - s.users_here : 0;
    return {s.here, 0, s.unmoved, missing};
}

void print_plan(const Plan& plan, const Survey& s, Strategy from, Strategy to, bool step, bool json) {
    if (json) {
        http::JsonObject line;
        line.add("from", name_of(from)).add("to", name_of(to)).add("one_step", step);
        const auto add = [&](std::string_view name, std::uint64_t n) { line.add(name, static_cast<std::int64_t>(n)); };
        add("kept", plan.kept);
        add("moved", plan.moved);
        add("lost", plan.lost);
        add("users_lost", plan.users_lost);
        add("live_there", s.live);
        add("live_here", s.here);
        add("unreadable", s.unreadable);
        print(line.str());
        return;
    }
    print(fmt::format("From {} to {}:", name_of(from), name_of(to)));
    print(fmt::format("{:>12} sessions of the older system live; {} live here", s.live, s.here));
    print(fmt::format("{:>12} sessions are kept", plan.kept));
    print(fmt::format("{:>12} more are kept, and taken over when they are used", plan.moved));
    print(fmt::format("{:>12} sessions would be lost", plan.lost));
    if (to == Strategy::production_only)
        print(fmt::format("{:>12} users of the older system could not log in (`gatehouse migrate users`)",
                          plan.users_lost));
    if (s.unreadable > 0) print(fmt::format("{:>12} values of the older system make no sense", s.unreadable));
    if (to == Strategy::gradual && from == Strategy::mock_with_write_through)
        print("From then on a logout in the older application is not seen here: send its logout to ours.");
}

awaitable<int> plan_of_stores(Stores& stores, ConfigPtr config, Strategy to, bool json) {
    const auto found = co_await surveyed(stores, *config);
    const auto plan = plan_of(to, found);
    const bool step = are_neighbours(config->strategy, to);
    print_plan(plan, found, config->strategy, to, step, json);
    if (!step)
        complain(fmt::format("a gateway refuses this: from {} it is more than one step to {}",
                             name_of(config->strategy), name_of(to)));
    if (step && plan.lost > 0)
        complain("a gateway refuses to go to production-only as long as sessions would be lost, unless "
                 "legacy_accept_loss = true");
    co_return step&& plan.lost + plan.users_lost == 0 ? EX_OK : exit_mismatch;
}

int plan(const Invocation& invocation, const Wanted& wanted) {
    const auto to = strategy_of(wanted.to);
    const auto config = load_patient_config(invocation);
    return with_stores(config, [&](Stores& stores) { return plan_of_stores(stores, config, to, wanted.json); });
}

void print_count(std::string_view what, const BulkCount& count, bool dry_run) {
    print(fmt::format("{:>12} {} seen", count.seen, what));
    print(fmt::format("{:>12} {}", count.made, dry_run ? "would be taken over" : "taken over"));
    print(fmt::format("{:>12} were here already", count.there));
    if (what == "sessions") print(fmt::format("{:>12} are over here, or their user may not log in", count.refused));
    print(fmt::format("{:>12} could not be taken over (an address or number that somebody else has, or no sense)",
                      count.failed));
}

/// Reads everything once more: each live session over there is the same person's here.
awaitable<int> verified(Stores& stores, ConfigPtr config) {
    const auto found = co_await surveyed(stores, *config);
    print(fmt::format("Verified: {} live there, {} of these live here as the same user, {} over here, {} missing, {} "
                      "somebody else's.",
                      found.live, found.taken_over, found.ended, found.unmoved, found.mismatches));
    for (const auto& handle : found.samples)
        print(fmt::format("  somebody else's: session {}", handle));
    co_return found.unmoved + found.mismatches == 0 ? EX_OK : exit_mismatch;
}

awaitable<int> sessions_of(Stores& stores, ConfigPtr config, BulkOptions options) {
    const auto count = co_await take_over_sessions(stores, config, options);
    print_count("sessions", count, options.dry_run);
    if (options.dry_run) co_return EX_OK;
    co_return co_await verified(stores, config);
}

awaitable<int> users_of(Stores& stores, ConfigPtr config, BulkOptions options) {
    const auto count = co_await take_over_users(stores, config, options);
    print_count("users", count, options.dry_run);
    co_return count.failed == 0 ? EX_OK : exit_mismatch;
}

using Work = awaitable<int> (*)(Stores&, ConfigPtr, BulkOptions);

int run(const Invocation& invocation, const Wanted& wanted, Work work) {
    const auto config = load_patient_config(invocation);
    return with_stores(config, [&](Stores& stores) { return work(stores, config, wanted.bulk); });
}

void add_bulk(CLI::App& group, Invocation& invocation, const char* name, const char* help, Work work) {
    auto wanted = std::make_shared<Wanted>();
    auto* command = group.add_subcommand(name, help);
    command->add_flag("--dry-run", wanted->bulk.dry_run, "Count, and change nothing.");
    command->add_option("--at-once", wanted->bulk.at_once, "How many are worked on at the same time.")
        ->check(CLI::Range(1, 50))
        ->capture_default_str();
    command->callback([&invocation, wanted, work] {
        invocation.action = [&invocation, wanted, work] { return run(invocation, *wanted, work); };
    });
}

} // namespace

void add_takeover(CLI::App& group, Invocation& invocation) {
    auto wanted = std::make_shared<Wanted>();
    auto* planned =
        group.add_subcommand("plan", "What a change of strategy would keep, move and lose. Exit code 1 if a "
                                     "gateway would refuse it, or something would be lost.");
    planned->add_option("--to", wanted->to, "The strategy.")->required();
    planned->add_flag("--json", wanted->json, "Print JSON.");
    planned->callback(
        [&invocation, wanted] { invocation.action = [&invocation, wanted] { return plan(invocation, *wanted); }; });
    add_bulk(group, invocation, "sessions",
             "Take over every live session of the older system, and verify that. Can be stopped and run again, and "
             "runs beside everything else. Exit code 1 if one is missing.",
             &sessions_of);
    add_bulk(group, invocation, "users", "Take over every user of the older system.", &users_of);
}

} // namespace gatehouse::cli
