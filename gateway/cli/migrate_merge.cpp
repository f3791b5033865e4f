// SPDX-License-Identifier: Apache-2.0
// `gatehouse migrate merge` and `split`: from databases of their own into the one of DATABASE_URL, and the way there.
#include "storage/sql/merge.h"

#include "gateway/cli/migrate.h"
#include "gateway/cli/progress.h"
#include "storage/sql/split_mark.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

constexpr int most_rounds = 4; // of copying, while gateways write

struct Journey {
    Place from;
    Place to;
};

Place main_place(const Config& config) {
    return {config.main_url, {{"identity", Database::identity}, {"web", Database::web}}};
}

/// What is split. Throws CommandError if nothing is.
std::vector<Place> split_places(const Config& config) {
    auto all = places(config);
    // A database of a context's own was never a part of the one.
    const auto is_own = [&](const Place& place) {
        return place.url != config.identity_url && place.url != config.web_url;
    };
    std::erase_if(all, [&](const Place& place) { return place.url == config.main_url || is_own(place); });
    if (config.main_url.empty() || all.empty())
        throw CommandError(EX_CONFIG,
                           "nothing is split: set DATABASE_URL, the one database, and DATABASE_IDENTITY_URL or "
                           "DATABASE_WEB_URL (or both), the databases beside it");
    return all;
}

void need_schema(const Config& config, const Place& place) {
    at(place, [&] {
        for (const auto& content : place.contents) {
            const auto state = check_schema(place.url, content.kind, config.database_connect_timeout);
            if (!state.serves()) throw CommandError(EX_CONFIG, state.message);
        }
    });
}

void tell(const MergeCount& count, bool copied) {
    print(fmt::format("{:<18} {:>9} read {:>9} missing {:>9} newer{}{}", count.table, count.read, count.missing,
                      count.newer, copied && count.missing + count.newer != count.conflicts ? ", copied" : "",
                      count.conflicts == 0 ? ""
                                           : fmt::format("; {} left alone: another user has the address or the number",
                                                         count.conflicts)));
}

enum class Work { look, copy, verify };

/// How much is missing there. With `aloud`, a line for each table.
std::uint64_t go_through(const Config& config, const std::vector<Journey>& journeys, Work work, bool aloud) {
    std::uint64_t lost = 0;
    for (const auto& [from, to] : journeys) {
        at(from, [&] {
            Merge merge(from.url, to.url, config.database_connect_timeout);
            for (const auto& table : merge.tables()) {
                Progress progress(table);
                const auto report = [&](std::uint64_t done, std::uint64_t total) { progress.report(done, total); };
                const auto count = work == Work::copy ? merge.copy(table, report) : merge.look(table, report);
                lost += count.lost;
                if (work != Work::verify && aloud) tell(count, work == Work::copy);
                if (work == Work::verify && aloud && count.lost != 0)
                    print(fmt::format("{}: {} are not there, such as {}", table, count.lost,
                                      fmt::join(count.samples, ", ")));
            }
        });
    }
    return lost;
}

/// Copies until nothing is missing, or it makes no sense any more. Whether all is there.
bool copy_all(const Config& config, const std::vector<Journey>& journeys) {
    std::uint64_t lost = 0;
    for (int round = 1; round <= most_rounds; ++round) {
        go_through(config, journeys, Work::copy, round == 1);
        const auto before = lost;
        lost = go_through(config, journeys, Work::verify, false);
        if (lost == 0) break;
        if (round > 1 && lost == before) break;
    }
    if (lost != 0) lost = go_through(config, journeys, Work::verify, true); // again, to say which
    print(lost == 0 ? "verified: nothing is missing" : fmt::format("verified: {} rows are missing", lost));
    return lost == 0;
}

std::uint64_t at_work(const Config& config, const std::vector<Place>& all) {
    std::uint64_t found = 0;
    for (const Place& place : all) {
        if (place.holds(Database::identity))
            at(place, [&] { found += gateways_at_work(place.url, config.database_connect_timeout); });
    }
    return found;
}

std::vector<Journey> journeys(const std::vector<Place>& split, const Place& main, bool to_main) {
    std::vector<Journey> all;
    for (const Place& place : split)
        all.push_back(to_main ? Journey{place, main} : Journey{main, place});
    return all;
}

struct MergeOptions {
    bool dry_run = false;
    bool accept_loss = false;
    Safety safety;
};

int give_up(const Config& config) {
    if (config.main_url.empty()) throw CommandError(EX_CONFIG, "DATABASE_URL is not set");
    const Place main = main_place(config);
    at(main, [&] {
        const bool had = unmark_split(config.main_url, config.database_connect_timeout);
        print(had ? "What is in the split databases is given up; `gatehouse serve` starts on DATABASE_URL alone."
                  : "No database has been split; nothing was changed.");
    });
    return EX_OK;
}

int merge(const Invocation& invocation, const MergeOptions& options) {
    const ConfigPtr config = load_config(invocation);
    if (options.accept_loss) return give_up(*config);
    const auto split = split_places(*config);
    const Place main = main_place(*config);
    for (const Place& place : split)
        need_schema(*config, place);
    if (options.dry_run) {
        need_schema(*config, main);
        go_through(*config, journeys(split, main, true), Work::look, true);
        print("nothing was changed");
        return EX_OK;
    }
    keep_safe(*config, {main}, options.safety, "gatehouse migrate merge");
    bring_up_to_date(*config, main);
    if (at_work(*config, {main}) != 0)
        complain("warning: gateways work on DATABASE_URL alone already. Who has signed out everywhere there, or was "
                 "disabled, should do so again afterwards: sessions that come only now were not there to be ended");
    if (!copy_all(*config, journeys(split, main, true))) return EXIT_FAILURE;
    if (const auto running = at_work(*config, split); running != 0) {
        print(fmt::format("{} gateways still work on the split databases. Stop them, run this once more for what they "
                          "have done meanwhile, then start them on DATABASE_URL alone; until then `serve` refuses that",
                          running));
        return EX_OK;
    }
    at(main, [&] { unmark_split(config->main_url, config->database_connect_timeout); });
    print("`gatehouse serve` may start on DATABASE_URL alone");
    return EX_OK;
}

int split(const Invocation& invocation, bool dry_run) {
    const ConfigPtr config = load_config(invocation);
    const auto split = split_places(*config);
    const Place main = main_place(*config);
    need_schema(*config, main);
    for (const Place& place : split)
        need_schema(*config, place);
    std::string since;
    at(main, [&] { since = marked_since(config->main_url, config->database_connect_timeout); });
    if (!since.empty())
        throw CommandError(EX_CONFIG, fmt::format("gateways have worked on the split databases since {}: what is in "
                                                  "DATABASE_URL is older, and was not copied over it",
                                                  since));
    if (dry_run) {
        go_through(*config, journeys(split, main, false), Work::look, true);
        print("nothing was changed");
        return EX_OK;
    }
    if (!copy_all(*config, journeys(split, main, false))) return EXIT_FAILURE;
    if (const auto running = at_work(*config, {main}); running != 0)
        print(
            fmt::format("{} gateways still work on DATABASE_URL. Stop them, run this once more for what they have done "
                        "meanwhile, then start them with the split databases",
                        running));
    return EX_OK;
}

} // namespace

void add_migrate_merge(CLI::App& group, Invocation& invocation) {
    auto options = std::make_shared<MergeOptions>();
    auto* merged = group.add_subcommand(
        "merge", "Copy what the split databases have, and DATABASE_URL has not or older, back into DATABASE_URL.");
    auto* dry = merged->add_flag("--dry-run", options->dry_run, "Count only.");
    merged->add_flag("--accept-loss", options->accept_loss, "Copy nothing: start on DATABASE_URL as it is.")
        ->excludes(dry);
    add_options(*merged, options->safety);
    merged->footer(
        "To go back from split databases: run it while they are in use, stop the gateways, run it again (it\n"
        "copies only what has changed), unset DATABASE_IDENTITY_URL and DATABASE_WEB_URL, start. Exit code 1:\n"
        "something is missing, and it was said what.");
    merged->callback(
        [&invocation, options] { invocation.action = [&invocation, options] { return merge(invocation, *options); }; });

    auto dry_run = std::make_shared<bool>(false);
    auto* divided = group.add_subcommand("split", "Copy what DATABASE_URL has into the split databases.");
    divided->add_flag("--dry-run", *dry_run, "Count only.");
    divided->footer("To split: set DATABASE_IDENTITY_URL or DATABASE_WEB_URL for the commands (DATABASE_URL stays),\n"
                    "create-databases, up, split; stop the gateways, split again, start them with the new variables.");
    divided->callback(
        [&invocation, dry_run] { invocation.action = [&invocation, dry_run] { return split(invocation, *dry_run); }; });
}

} // namespace gatehouse::cli
