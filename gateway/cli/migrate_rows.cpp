// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/migrate_rows.h"
#include "gateway/cli/table.h"

#include "gateway/cli/progress.h"

#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

constexpr int most_rounds = 4; // rounds of copying while gateways write

void tell(const MergeCount& count, bool copied) {
    print(fmt::format("{:<18} {:>9} read {:>9} missing {:>9} newer{}{}", count.table, count.read, count.missing,
                      count.newer, copied && count.missing + count.newer != count.conflicts ? ", copied" : "",
                      count.conflicts == 0 ? ""
                                           : fmt::format("; {} left alone: another user has the address or the number",
                                                         count.conflicts)));
}

} // namespace

void need_schema(const Config& config, const Place& place) {
    at(place, [&] {
        for (const auto& content : place.contents) {
            const auto state = check_schema(place.url, content.kind, config.database_connect_timeout);
            if (!state.serves()) throw CommandError(EX_CONFIG, state.message);
        }
    });
}

std::uint64_t go_through(const Config& config, const std::vector<Journey>& journeys, Work work, bool aloud) {
    std::uint64_t lost = 0;
    for (const auto& [from, to, way] : journeys) {
        at(from, [&] {
            Merge merge(from.url, to.url, config.database_connect_timeout, way);
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

bool copy_all(const Config& config, const std::vector<Journey>& journeys) {
    std::uint64_t lost = 0;
    for (int round = 1; round <= most_rounds; ++round) {
        go_through(config, journeys, Work::copy, round == 1);
        const auto before = lost;
        lost = go_through(config, journeys, Work::verify, false);
        if (lost == 0) break;
        if (round > 1 && lost == before) break;
    }
    if (lost != 0) lost = go_through(config, journeys, Work::verify, true); // once more with a report of each table
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

} // namespace gatehouse::cli
