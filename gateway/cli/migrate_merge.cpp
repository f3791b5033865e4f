// SPDX-License-Identifier: Apache-2.0
// `gatehouse migrate merge` and `split`: move rows from separate databases into the one of DATABASE_URL, and back.
#include "gateway/cli/migrate_rows.h"
#include "gateway/cli/table.h"
#include "storage/admin/split_mark.h"

#include <algorithm>
#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

Place main_place(const Config& config) {
    return {config.main_url, {{"identity", Database::identity}, {"web", Database::web}}};
}

/// The databases that are split. Throws CommandError if none is.
std::vector<Place> split_places(const Config& config) {
    auto all = places(config);
    // A context's own database was never a part of the database of DATABASE_URL.
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

std::vector<Journey> journeys(const std::vector<Place>& split, const Place& main, bool to_main) {
    std::vector<Journey> all;
    for (const Place& place : split)
        all.push_back(to_main ? Journey{place, main} : Journey{main, place});
    return all;
}

struct MergeOptions : Safety {
    bool dry_run = false;
    bool accept_loss = false;
};

struct SplitOptions {
    bool dry_run = false;
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
    keep_safe(*config, {main}, options, "gatehouse migrate merge");
    bring_up_to_date(*config, main);
    if (at_work(*config, {main}) != 0)
        complain(
            "warning: gateways work on DATABASE_URL alone already. If a user has signed out everywhere there, or was "
            "disabled, end the sessions of that user again afterwards: sessions that are copied only now "
            "were not there to be ended");
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

int split(const Invocation& invocation, const SplitOptions& options) {
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
    if (options.dry_run) {
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

std::vector<Command> migrate_merge_commands() {
    return {
        command("merge", "Copy back into DATABASE_URL what it lacks, or has older, of the split databases.", merge,
                with_safety<MergeOptions>({{"--dry-run", &MergeOptions::dry_run, "Count only."},
                                           {"--accept-loss",
                                            &MergeOptions::accept_loss,
                                            "Copy nothing: start on DATABASE_URL as it is.",
                                            {.excludes = "--dry-run"}}}),
                "To go back from split databases: run it while they are in use, stop the gateways, run it again (it\n"
                "copies only what has changed), unset DATABASE_IDENTITY_URL and DATABASE_WEB_URL, start. Exit code 1:\n"
                "something is missing, and it was said what."),
        command("split", "Copy what DATABASE_URL has into the split databases.", split,
                {{"--dry-run", &SplitOptions::dry_run, "Count only."}},
                "To split: set DATABASE_IDENTITY_URL or DATABASE_WEB_URL for the commands (DATABASE_URL stays),\n"
                "create-databases, up, split; stop the gateways, split again, start them with the new variables."),
    };
}

} // namespace gatehouse::cli
