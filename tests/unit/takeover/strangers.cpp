// SPDX-License-Identifier: Apache-2.0
// Goal: a logout by an old cookie is final, and one that somebody made up leaves no trace; guessing comes to an end,
// and stands in nobody's way.
#include "tests/unit/takeover/world.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

using namespace gatehouse;

namespace {

std::vector<std::string> guesses(int count) {
    std::vector<std::string> tokens;
    for (int i = 0; i < count; ++i)
        tokens.push_back(unheard_of + std::to_string(i));
    return tokens;
}

/// Checked all at once, from one address.
std::vector<Lookup> together(OldWorld& world, const std::vector<std::string>& tokens) {
    std::vector<Lookup> found(tokens.size());
    std::size_t done = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        auto check = world.takeover.check(world.visit(tokens[i]));
        boost::asio::co_spawn(world.loop, std::move(check), [&, i](const std::exception_ptr&, Lookup one) {
            found[i] = std::move(one);
            ++done;
        });
    }
    world.wait_for([&] { return done == tokens.size(); });
    return found;
}

std::uint64_t ended_tokens(OldWorld& world) {
    return world.run(world.store.takeover_counts("web", now, now, World::soon())).value().ended;
}

} // namespace

BOOST_AUTO_TEST_SUITE(takeover_strangers)

BOOST_AUTO_TEST_CASE(a_logout_is_final_although_the_token_was_never_seen_here) {
    for (const auto system : systems) {
        for (const auto strategy : reading) {
            OldWorld world(strategy, system);
            world.old_login(older_token);
            BOOST_TEST((world.run(world.takeover.end(world.visit(older_token))) == EndOutcome::done));
            world.old_login(older_token);
            BOOST_TEST_CONTEXT(system << " " << name_of(strategy)) {
                BOOST_TEST((world.old_check(older_token).verdict == Verdict::invalid));
                BOOST_TEST(ended_tokens(world) == 1U);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_logout_by_a_token_that_somebody_made_up_writes_nothing) {
    for (const auto strategy : all) {
        OldWorld world(strategy);
        world.old_login(older_token);
        const auto rows = world.legacy.rows().size();
        for (int i = 0; i < 3; ++i)
            BOOST_TEST(
                (world.run(world.takeover.end(world.visit(unheard_of + std::to_string(i)))) == EndOutcome::absent));
        BOOST_TEST_CONTEXT(name_of(strategy)) {
            BOOST_TEST(ended_tokens(world) == 0U);
            BOOST_TEST(world.legacy.calls() == world.takeover.stats().questions); // and told nothing
            BOOST_TEST(world.legacy.rows().size() == rows);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_logout_by_a_token_that_nobody_could_judge_is_neither_done_nor_recorded) {
    for (const auto strategy : reading) {
        OldWorld world(strategy);
        world.legacy.set_failure(StoreError::unavailable);
        const auto end = [&] { return world.run(world.takeover.end(world.visit(unheard_of))); };
        BOOST_TEST_CONTEXT(name_of(strategy)) {
            BOOST_TEST((end() == EndOutcome::failed));
            BOOST_TEST(ended_tokens(world) == 0U);
            world.old_login(unheard_of); // it was real
            world.legacy.set_failure(std::nullopt);
            BOOST_TEST((end() == EndOutcome::done));
            BOOST_TEST((world.old_check(unheard_of).verdict == Verdict::invalid));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_logout_while_sql_is_away_is_noted_if_the_older_system_knows_the_token) {
    OldWorld world;
    world.old_login(older_token);
    world.store.set_failure(StoreError::unavailable);
    BOOST_TEST((world.run(world.takeover.end(world.visit(older_token))) == EndOutcome::unconfirmed));
    BOOST_TEST((world.run(world.takeover.end(world.visit(unheard_of))) == EndOutcome::failed));
    world.store.set_failure(std::nullopt);
    world.wait_for([&] { return world.old_check(older_token).verdict != Verdict::unknown; });
    BOOST_TEST((world.old_check(older_token).verdict == Verdict::invalid));
}

BOOST_AUTO_TEST_CASE(a_logout_that_is_repeated_asks_nobody) {
    OldWorld world;
    world.old_login(older_token);
    BOOST_TEST((world.run(world.takeover.end(world.visit(older_token))) == EndOutcome::done));
    world.legacy.set_failure(StoreError::unavailable);
    world.store.set_failure(StoreError::unavailable);
    BOOST_TEST((world.run(world.takeover.end(world.visit(older_token))) == EndOutcome::absent));
}

BOOST_AUTO_TEST_CASE(a_logout_that_could_not_be_told_there_is_told_by_the_next_try) {
    OldWorld world;
    world.old_login(older_token);
    BOOST_REQUIRE((world.old_check(older_token).verdict == Verdict::valid)); // known here
    world.legacy.set_failure(StoreError::unavailable);
    BOOST_TEST((world.run(world.takeover.end(world.visit(older_token))) == EndOutcome::unconfirmed));
    world.legacy.set_failure(std::nullopt);
    BOOST_TEST((world.run(world.takeover.end(world.visit(older_token))) == EndOutcome::done));
    BOOST_TEST(world.legacy.rows().at(older_token).revoked);
}

BOOST_AUTO_TEST_CASE(guessing_comes_to_an_end_and_spares_those_who_are_in) {
    OldWorld world;
    world.old_login(older_token);
    BOOST_REQUIRE((world.old_check(older_token).verdict == Verdict::valid));
    const auto before = world.takeover.stats().questions;
    const auto found = together(world, guesses(100));
    const auto asked = world.takeover.stats().questions - before;
    BOOST_TEST(asked <= 5U); // the limit of this world
    BOOST_TEST(asked > 1U);
    BOOST_TEST(std::ranges::count(found, Verdict::invalid, &Lookup::verdict) == static_cast<std::ptrdiff_t>(asked));
    BOOST_TEST(std::ranges::count(found, Verdict::unknown, &Lookup::verdict) ==
               static_cast<std::ptrdiff_t>(100 - asked));
    expect(world.old_check(older_token), Verdict::valid, Reason::live);
    expect(world.old_check(unheard_of + "y", now + Seconds{61}), Verdict::invalid, Reason::nowhere);
}

BOOST_AUTO_TEST_CASE(guessing_by_logouts_comes_to_an_end_too) {
    OldWorld world;
    std::size_t absent = 0;
    std::size_t done = 0;
    for (int i = 0; i < 100; ++i) {
        auto end = world.takeover.end(world.visit(unheard_of + std::to_string(i)));
        boost::asio::co_spawn(world.loop, std::move(end), [&](const std::exception_ptr&, EndOutcome outcome) {
            ++done;
            absent += outcome == EndOutcome::absent ? 1 : 0;
        });
    }
    world.wait_for([&] { return done == 100; });
    BOOST_TEST(absent <= 5U);
    BOOST_TEST(world.takeover.stats().questions == absent);
    BOOST_TEST(ended_tokens(world) == 0U);
}

BOOST_AUTO_TEST_CASE(a_neighbour_gets_in_while_the_guessing_goes_on) {
    OldWorld world;
    world.old_login(older_token);
    auto tokens = guesses(5); // the limit, or one more than can be used at once
    tokens.push_back(older_token);
    const auto found = together(world, tokens);
    // The line lets in one a second here: the guess before it had that one, and what is known gives its place back.
    const auto in = world.old_check(older_token);
    expect(in, Verdict::valid, Reason::live);
    BOOST_TEST((found.back().verdict != Verdict::invalid));
}

BOOST_AUTO_TEST_CASE(those_whose_tokens_are_known_do_not_stand_in_each_others_way) {
    OldWorld world;
    std::vector<std::string> tokens;
    for (int i = 0; i < 100; ++i) {
        tokens.push_back(older_token + std::to_string(i));
        world.old_login(tokens.back());
    }
    for (const auto& found : together(world, tokens))
        expect(found, Verdict::valid, Reason::live);
}

BOOST_AUTO_TEST_SUITE_END()
