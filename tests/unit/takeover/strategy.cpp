// SPDX-License-Identifier: Apache-2.0
// Goal: every cell of the table of strategies, written out once more by hand; and the rules that no cell may break.
#include "gateway/takeover/strategy.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <sstream>
#include <string>
#include <vector>

using namespace gatehouse;

namespace {

constexpr std::array strategies{Strategy::mock_only, Strategy::mock_with_write_through, Strategy::gradual,
                                Strategy::production_only};
constexpr std::array ours_says{Knows::live, Knows::ended, Knows::absent, Knows::unknown};
constexpr std::array legacy_says{Knows::live, Knows::ended, Knows::gone, Knows::absent, Knows::unknown};

// A line is what our record says; a column what the older system says: not asked yet, live, ended, gone, absent,
// unknown.
constexpr const char* mock_only = R"(
live     ask_legacy admit_theirs end     end     refuse  unknown
ended    refuse     refuse       refuse  refuse  refuse  refuse
absent   ask_legacy admit_theirs end     end     refuse  unknown
unknown  unknown    unknown      unknown unknown unknown unknown)";
constexpr const char* write_through = R"(
live     ask_legacy admit_ours   end     end     admit_ours admit_ours
ended    refuse     refuse       refuse  refuse  refuse     refuse
absent   ask_legacy move         end     end     refuse     unknown
unknown  unknown    unknown      unknown unknown unknown    unknown)";
constexpr const char* gradual = R"(
live     admit_ours admit_ours   end        end        admit_ours admit_ours
ended    refuse     refuse       refuse     refuse     refuse     refuse
absent   ask_legacy move         refuse     refuse     refuse     unknown
unknown  unknown    unknown      unknown    unknown    unknown    unknown)";
constexpr const char* production_only = R"(
live     admit_ours admit_ours   admit_ours admit_ours admit_ours admit_ours
ended    refuse     refuse       refuse     refuse     refuse     refuse
absent   refuse     refuse       refuse     refuse     refuse     refuse
unknown  unknown    unknown      unknown    unknown    unknown    unknown)";

void expect_table(Strategy strategy, const char* table) {
    std::istringstream in(table);
    for (const auto ours : ours_says) {
        std::string row;
        std::string cell;
        in >> row >> cell;
        BOOST_TEST(row == name_of(ours));
        BOOST_TEST(cell == name_of(next_step(strategy, ours, std::nullopt)));
        for (const auto legacy : legacy_says) {
            in >> cell;
            BOOST_TEST_CONTEXT(name_of(strategy) << ", ours " << name_of(ours) << ", theirs " << name_of(legacy)) {
                BOOST_TEST(cell == name_of(next_step(strategy, ours, legacy)));
            }
        }
    }
    std::string more;
    BOOST_TEST(!(in >> more));
}

bool admits(OldStep step) {
    return step == OldStep::admit_ours || step == OldStep::admit_theirs || step == OldStep::move;
}

bool refuses(OldStep step) {
    return step == OldStep::refuse || step == OldStep::end;
}

} // namespace

BOOST_AUTO_TEST_SUITE(strategies_of_migration)

BOOST_AUTO_TEST_CASE(every_cell) {
    expect_table(Strategy::mock_only, mock_only);
    expect_table(Strategy::mock_with_write_through, write_through);
    expect_table(Strategy::gradual, gradual);
    expect_table(Strategy::production_only, production_only);
}

BOOST_AUTO_TEST_CASE(the_rules_that_no_cell_breaks) {
    for (const auto strategy : strategies) {
        for (const auto legacy : legacy_says) {
            // What has ended here is over, whatever the older system says; and what we cannot look up is neither.
            BOOST_TEST(refuses(next_step(strategy, Knows::ended, legacy)));
            BOOST_TEST((next_step(strategy, Knows::unknown, legacy) == OldStep::unknown));
        }
        for (const auto ours : ours_says) {
            // No answer of theirs never logs anybody out.
            BOOST_TEST(!(ours != Knows::ended && reads_legacy(strategy) &&
                         refuses(next_step(strategy, ours, Knows::unknown))));
            // Only who reads the older system admits by it alone.
            const bool by_it_alone = ours == Knows::absent && admits(next_step(strategy, ours, Knows::live));
            BOOST_TEST(by_it_alone == (reads_legacy(strategy) && ours == Knows::absent));
        }
    }
}

BOOST_AUTO_TEST_CASE(who_reads_and_writes_what) {
    struct Row {
        Strategy strategy;
        bool reads_ours, reads_legacy, leads, writes_ours, writes_legacy;
    };
    for (const auto& row : {Row{Strategy::mock_only, false, true, true, false, true},
                            Row{Strategy::mock_with_write_through, true, true, true, true, true},
                            Row{Strategy::gradual, true, true, false, true, true},
                            Row{Strategy::production_only, true, false, false, true, false}}) {
        BOOST_TEST_CONTEXT(name_of(row.strategy)) {
            BOOST_TEST(reads_ours(row.strategy) == row.reads_ours);
            BOOST_TEST(reads_legacy(row.strategy) == row.reads_legacy);
            BOOST_TEST(legacy_leads(row.strategy) == row.leads);
            BOOST_TEST(writes_ours(row.strategy) == row.writes_ours);
            BOOST_TEST(writes_legacy(row.strategy) == row.writes_legacy);
        }
    }
}

BOOST_AUTO_TEST_CASE(one_step_at_a_time) {
    for (std::size_t one = 0; one < strategies.size(); ++one) {
        for (std::size_t other = 0; other < strategies.size(); ++other) {
            const bool near = one == other || one + 1 == other || other + 1 == one;
            BOOST_TEST(are_neighbours(strategies[one], strategies[other]) == near);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_missing_there_was_ended_there_if_it_could_not_go_by_itself) {
    const Instant now{std::chrono::hours{1'000'000}};
    const auto became = [&](LegacyPlace place, std::optional<Seconds> left, std::optional<std::string> row = "",
                            bool cleared_here = false) {
        OlderName name;
        name.place = place;
        if (left) name.lives_until = now + Millis{*left};
        name.cleared_here = cleared_here;
        return what_became(name, row, now);
    };
    const Seconds later{1};
    const Seconds over{0};
    BOOST_TEST((became(LegacyPlace::sessions, later) == Knows::gone));
    BOOST_TEST((became(LegacyPlace::sessions, std::nullopt) == Knows::gone)); // rows without an end stay
    BOOST_TEST((became(LegacyPlace::sessions, over) == Knows::absent));       // swept up after its end, perhaps
    BOOST_TEST((became(LegacyPlace::redis, later) == Knows::gone));
    BOOST_TEST((became(LegacyPlace::redis, std::nullopt) == Knows::absent));
    BOOST_TEST((became(LegacyPlace::redis, over) == Knows::absent));
    BOOST_TEST((became(LegacyPlace::users, {}, "") == Knows::gone));
    BOOST_TEST((became(LegacyPlace::users, {}, "", true) == Knows::absent)); // we have cleared it
    BOOST_TEST((became(LegacyPlace::users, {}, "another login's") == Knows::absent));
    BOOST_TEST((became(LegacyPlace::users, {}, std::nullopt) == Knows::gone)); // the user is
    BOOST_TEST((became(LegacyPlace::users, {}, std::nullopt, true) == Knows::gone));
}

BOOST_AUTO_TEST_SUITE_END()
