// SPDX-License-Identifier: Apache-2.0
// `gatehouse migrate forget-legacy`: deletes what Gatehouse remembers of an older system that is gone for good.
#include "gateway/cli/progress.h"
#include "gateway/cli/table.h"
#include "gateway/cli/with_stores.h"
#include "gateway/stores/stores.h"
#include "gateway/takeover/strategy_guard.h"

#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {
namespace {

using boost::asio::awaitable;

constexpr std::size_t batch = 1000;

struct Forget {
    bool yes = false;
};

/// Ends the command while a gateway still asks the older system. Only gateways with an older system announce a
/// strategy.
awaitable<void> refuse_while_it_is_asked(Stores& stores) {
    auto answer = co_await stores.takeover().announced(patiently());
    for (const auto& one : need(stores, std::move(answer)))
        if (one.at + gateway_gone_after > wall_now())
            throw CommandError(EX_CONFIG,
                               fmt::format("the gateway {} has an older system in its configuration, or had at {}: "
                                           "take the legacy_* lines out, restart it, and try again {} seconds later",
                                           one.node, format(one.at), gateway_gone_after.count()));
}

awaitable<std::uint64_t> forget_tokens(Stores& stores) {
    Progress progress("tokens");
    std::uint64_t done = 0;
    for (;;) {
        const auto deleted = co_await stores.takeover().forget_tokens(batch, patiently());
        const auto count = need(stores, deleted);
        if (count == 0) co_return done;
        done += count;
        progress.report(done, 0);
    }
}

awaitable<std::uint64_t> forget_hashes(Stores& stores, std::uint64_t users) {
    Progress progress("users");
    std::uint64_t seen = 0;
    std::uint64_t done = 0;
    std::string after;
    for (;;) {
        auto answer = co_await stores.takeover().forget_hashes(after, batch, patiently());
        auto forgotten = need(stores, std::move(answer));
        if (forgotten.last.empty()) co_return done;
        after = std::move(forgotten.last);
        done += forgotten.count;
        seen += batch;
        progress.report(std::min(seen, users), users);
    }
}

awaitable<int> forget_of(Stores& stores, ConfigPtr config, bool yes) {
    co_await refuse_while_it_is_asked(stores);
    auto answer =
        co_await stores.takeover().takeover_counts(config->legacy.context, wall_now(), wall_now(), patiently());
    const auto counts = need(stores, std::move(answer));
    if (!yes) {
        print(fmt::format("{:>12} users came from an older system", counts.users));
        print(fmt::format("{:>12} of its tokens are known to be over", counts.ended));
        throw CommandError(EX_USAGE, "nothing was forgotten. If the older system ever comes back, or a backup of it, "
                                     "so do its sessions that were ended; add --yes if it is gone for good");
    }
    const auto tokens = co_await forget_tokens(stores);
    const auto hashes = co_await forget_hashes(stores, counts.users);
    print(fmt::format("Forgotten: {} tokens of the older system, {} of its password hashes.", tokens, hashes));
    co_return EX_OK;
}

int forget(const Invocation& invocation, const Forget& wanted) {
    const auto config = load_config(invocation);
    if (config->legacy.configured())
        throw CommandError(
            EX_CONFIG,
            "an older system is configured: its ended sessions would come back. When it is "
            "gone for good, take the legacy_* lines out first (docs/migration.md, Removing the older system)");
    return with_stores(config, [&](Stores& stores) { return forget_of(stores, config, wanted.yes); });
}

} // namespace

Command forget_command() {
    return command("forget-legacy",
                   "Forget what is known of the tokens and passwords of an older system that is gone for good. Can be "
                   "run again.",
                   forget, {{"--yes", &Forget::yes, "Do it; without, it only counts."}});
}

} // namespace gatehouse::cli
