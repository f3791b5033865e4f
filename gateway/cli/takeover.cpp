// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/takeover.h"

#include "gateway/cli/bulk.h"
#include "gateway/cli/notify_legacy.h"
#include "gateway/cli/progress.h"
#include "gateway/cli/service_user.h"
#include "gateway/cli/table.h"
#include "gateway/cli/with_stores.h"
#include "gateway/http/json.h"
#include "gateway/sessions/key_ring.h"
#include "gateway/stores/stores.h"
#include "gateway/takeover/audit.h"
#include "gateway/takeover/strategy.h"
#include "storage/legacy/sql/store.h"

#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {
namespace {

using boost::asio::awaitable;

struct Wanted {
    std::string to;
    bool json = false;
};

constexpr int exit_mismatch = 1;

/// Waits for the older system's Redis. If that Redis is away, the first question reports the error.
awaitable<void> wait_for_older(Stores& stores) {
    constexpr Millis longest{2000};
    if (auto* const redis = stores.legacy_redis()) co_await wait_for_redis(*redis, deadline_in(longest));
}

awaitable<TakeoverAudit> surveyed(Stores& stores, const Config& config) {
    co_await wait_for_older(stores);
    Progress progress("sessions");
    TakeoverAuditOptions options;
    options.context = config.legacy.context;
    options.progress = [&progress](std::uint64_t seen, std::uint64_t total) { progress.report(seen, total); };
    auto found = co_await audit(*stores.legacy(), stores.takeover(), std::move(options));
    if (!found)
        throw CommandError(EX_UNAVAILABLE, fmt::format("a store did not answer: {} {}", found.error().message(),
                                                       stores.legacy_tables()->last_failure()));
    co_return std::move(*found);
}

/// The effects of a change of the strategy on sessions, and on users without a session.
struct Plan {
    std::uint64_t kept = 0;
    std::uint64_t moved = 0; ///< kept: taken over when they are used
    std::uint64_t lost = 0;
    std::uint64_t users_lost = 0; ///< users who could not log in
};

Plan plan_of(Strategy to, const TakeoverAudit& s) {
    switch (to) {
    case Strategy::mock_only: return {s.live - s.ended - s.mismatches, 0, s.here_only, 0};
    case Strategy::mock_with_write_through:
    case Strategy::gradual: return {s.here, s.unmoved, 0, 0};
    case Strategy::production_only: break;
    }
    const auto missing = s.users_there > s.users_here ? s.users_there - s.users_here : 0;
    return {s.here, 0, s.unmoved, missing};
}

struct Change {
    Strategy from;
    Strategy to;
    bool one_step = false;
    std::vector<std::string> missing_indexes; ///< statements that create them
};

void print_plan(const Plan& plan, const TakeoverAudit& s, const Change& change, bool json) {
    const auto& [from, to, step, missing_indexes] = change;
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
        if (s.permissions_there) add("permissions_there", *s.permissions_there);
        add("permissions_here", s.permissions_here);
        http::JsonArray missing;
        for (const auto& statement : missing_indexes)
            missing.add(statement);
        line.add("missing_indexes", missing);
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
    if (s.permissions_there)
        print(fmt::format("{:>12} permissions of the older system; {} of them are here (`gatehouse migrate users`)",
                          *s.permissions_there, s.permissions_here));
    if (s.unreadable > 0) print(fmt::format("{:>12} values of the older system make no sense", s.unreadable));
    if (to == Strategy::production_only && from == Strategy::gradual)
        print("From then on a logout in the older application is not seen here: send its logout to ours.");
    if (missing_indexes.empty()) return;
    print("A login of somebody who is not here yet reads all users of the older system. Make this index there:");
    for (const auto& statement : missing_indexes)
        print("  " + statement);
}

awaitable<int> plan_of_stores(Stores& stores, ConfigPtr config, Strategy to, bool json) {
    const auto found = co_await surveyed(stores, *config);
    const auto plan = plan_of(to, found);
    const bool step = are_neighbours(config->strategy, to);
    const auto deadline = deadline_in(config->legacy.timeout);
    const auto missing = co_await stores.legacy_tables()->missing_indexes(deadline);
    if (!missing)
        throw CommandError(EX_UNAVAILABLE,
                           fmt::format("the older system's database did not tell its indexes: {} {}",
                                       missing.error().message(), stores.legacy_tables()->last_failure()));
    const Change change{config->strategy, to, step, *missing};
    print_plan(plan, found, change, json);
    if (!step)
        complain(fmt::format("a gateway refuses this: from {} it is more than one step to {}",
                             name_of(config->strategy), name_of(to)));
    if (step && plan.lost > 0 && to == Strategy::mock_only)
        complain("the owners of these sessions have to sign in again under mock-only. The sessions stay here and count "
                 "again after a step back to mock-with-write-through");
    if (step && plan.lost > 0 && to == Strategy::production_only)
        complain("a gateway refuses to go to production-only as long as sessions would be lost, unless "
                 "legacy_accept_loss = true");
    co_return step&& plan.lost + plan.users_lost == 0 ? EX_OK : exit_mismatch;
}

int plan(const Invocation& invocation, const Wanted& wanted) {
    const auto to = strategy_of(wanted.to);
    const auto config = load_older_config(invocation);
    return with_stores(config, [&](Stores& stores) { return plan_of_stores(stores, config, to, wanted.json); });
}

void print_count(std::string_view what, const BulkCount& count, bool dry_run) {
    print(fmt::format("{:>12} {} seen", count.seen, what));
    print(fmt::format("{:>12} {}", count.made, dry_run ? "would be taken over" : "taken over"));
    print(fmt::format("{:>12} were here already", count.there));
    if (what == "sessions") print(fmt::format("{:>12} are over here, or their user may not log in", count.refused));
    print(fmt::format(
        "{:>12} could not be taken over (another user has the address or number, or the values make no sense)",
        count.failed));
}

/// Reads every live session of the older system once more and checks that the same person has it here.
awaitable<int> verified(Stores& stores, ConfigPtr config) {
    const auto found = co_await surveyed(stores, *config);
    print(fmt::format("Verified: {} live there, {} of these live here as the same user, {} over here, {} missing, {} "
                      "somebody else's.",
                      found.live, found.taken_over, found.ended, found.unmoved, found.mismatches));
    for (const auto& handle : found.samples)
        print(fmt::format("  somebody else's: session {}", handle));
    co_return found.unmoved + found.mismatches == 0 ? EX_OK : exit_mismatch;
}

/// The seal for tokens. Sessions are also taken over without a seal.
std::optional<TokenSeal> seal_of(const Config& config) {
    const AsRoot root;
    try {
        return TokenSeal(KeyRing::load(config.key_file, false));
    } catch (const KeyRingError& error) {
        complain(fmt::format("{}. The sessions are taken over. But an end of one of them in the older system is seen "
                             "here only while the session comes with its older cookie. Run this as the gateway's user",
                             error.what()));
        return std::nullopt;
    }
}

awaitable<int> sessions_of(Stores& stores, ConfigPtr config, BulkOptions options) {
    const auto seal = seal_of(*config);
    if (seal) options.seal = &*seal;
    co_await wait_for_older(stores);
    const auto count = co_await take_over_sessions(stores, config, options);
    print_count("sessions", count, options.dry_run);
    if (options.dry_run) co_return EX_OK;
    co_return co_await verified(stores, config);
}

awaitable<int> users_of(Stores& stores, ConfigPtr config, BulkOptions options) {
    co_await wait_for_older(stores);
    const auto count = co_await take_over_users(stores, config, options);
    print_count("users", count, options.dry_run);
    co_return count.failed == 0 ? EX_OK : exit_mismatch;
}

int sessions(const Invocation& invocation, const BulkOptions& wanted) {
    const auto config = load_older_config(invocation);
    return with_stores(config, [&](Stores& stores) { return sessions_of(stores, config, wanted); });
}

int users(const Invocation& invocation, const BulkOptions& wanted) {
    const auto config = load_older_config(invocation);
    return with_stores(config, [&](Stores& stores) { return users_of(stores, config, wanted); });
}

} // namespace

ConfigPtr load_older_config(const Invocation& invocation) {
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

std::vector<Command> takeover_commands() {
    const std::vector<Row<BulkOptions>> bulk{
        {"--dry-run", &BulkOptions::dry_run, "Count, and change nothing."},
        {"--at-once", &BulkOptions::at_once, "How many are worked on at the same time.", {.least = 1, .most = 50}},
    };
    return {
        command("plan",
                "What a change of strategy would keep, move and lose. Exit code 1 if a gateway would refuse it, or "
                "something would be lost.",
                plan, {{"--to", &Wanted::to, "The strategy.", required}, {"--json", &Wanted::json, "Print JSON."}}),
        command("sessions",
                "Take over every live session of the older system, and verify that. Can be stopped and run again, and "
                "runs beside everything else. Exit code 1 if one is missing.",
                sessions, bulk),
        command("users", "Take over every user of the older system.", users, bulk),
    };
}

} // namespace gatehouse::cli
