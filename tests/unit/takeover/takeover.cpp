// SPDX-License-Identifier: Apache-2.0
// Goal: an old cookie is worth what the strategy says and no more; what has ended stays so under every strategy; an
// outage of either side logs nobody out.
#include "tests/unit/takeover/world.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

using namespace gatehouse;

namespace {

constexpr std::array taking{Strategy::mock_with_write_through, Strategy::gradual};

} // namespace

namespace gatehouse {
std::ostream& operator<<(std::ostream& out, Strategy strategy) {
    return out << name_of(strategy);
}
} // namespace gatehouse

BOOST_AUTO_TEST_SUITE(takeover)

BOOST_AUTO_TEST_CASE(a_live_old_session_is_admitted_by_everybody_who_reads_the_older_system) {
    for (const auto system : systems) {
        for (const auto strategy : all) {
            OldWorld world(strategy, system);
            world.old_login(older_token);
            const auto found = world.old_check(older_token);
            BOOST_TEST_CONTEXT(system << " " << strategy) {
                BOOST_TEST((found.verdict == Verdict::valid) == reads_legacy(strategy));
                BOOST_TEST(found.user().email == (reads_legacy(strategy) ? "bob@example.test" : ""));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(it_is_taken_over_once_and_stays_one_session) {
    for (const auto strategy : taking) {
        OldWorld world(strategy);
        const auto login = now - std::chrono::hours(5);
        world.old_login(older_token, login);
        const auto first = world.old_check(older_token);
        BOOST_REQUIRE((first.verdict == Verdict::valid));
        BOOST_TEST(!first.fresh_token.empty());
        // When the person logged in, and the end that follows from it, are as they were.
        BOOST_TEST((first.who.life.created_at == login));
        const auto& rules = *world.configuration->config->context("web");
        BOOST_TEST((first.who.life.expires_at == login + Millis{rules.absolute}));
        const auto again = world.old_check(older_token);
        BOOST_TEST(again.fresh_token.empty());
        const auto by_ours = world.check(first.fresh_token);
        expect(by_ours, Verdict::valid, Reason::live);
        BOOST_TEST(by_ours.who.handle_text() == first.who.handle_text());
        BOOST_TEST(again.who.handle_text() == first.who.handle_text());
        BOOST_TEST(world.run(world.service.list(OldWorld::bob, now)).value().size() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(a_session_that_is_older_than_ours_may_be_goes_on_as_long_as_it_would_have) {
    OldWorld world;
    const auto login = now - std::chrono::hours(24 * 90);
    world.legacy.put_row(older_token, {OldWorld::bob, "web", login, now, now + std::chrono::hours(2), false, {}});
    const auto found = world.old_check(older_token);
    expect(found, Verdict::valid, Reason::live);
    BOOST_TEST((found.who.life.expires_at == now + std::chrono::hours(2)));
    expect(world.check(found.fresh_token), Verdict::valid, Reason::live);
    expect(world.check(found.fresh_token, "web", now + std::chrono::hours(3)), Verdict::invalid, Reason::ended);
}

BOOST_AUTO_TEST_CASE(logged_out_is_final_under_every_strategy_although_the_older_system_still_has_it) {
    for (const auto system : systems) {
        for (const auto before : all) {
            OldWorld world(before == Strategy::production_only ? Strategy::gradual : before, system);
            world.old_login(older_token);
            (void)world.old_check(older_token);
            world.use(before);
            BOOST_TEST((world.run(world.takeover.end(world.visit(older_token))) == EndOutcome::done));
            world.old_login(older_token); // users.auth_token is never cleared; somebody restores a backup
            for (const auto after : all) {
                world.use(after);
                BOOST_TEST_CONTEXT(system << " " << before << " then " << after)
                BOOST_TEST((world.old_check(older_token).verdict == Verdict::invalid));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_logout_by_our_token_ends_the_old_one_and_the_other_way_round) {
    for (const bool by_ours : {true, false}) {
        OldWorld world;
        world.old_login(older_token);
        const auto token = world.old_check(older_token).fresh_token;
        if (by_ours) {
            BOOST_TEST((world.run(world.service.end(token, "web", now)) == EndOutcome::done));
        } else {
            BOOST_TEST((world.run(world.takeover.end(world.visit(older_token))) == EndOutcome::done));
        }
        expect_ended(world, token);
        BOOST_TEST((world.old_check(older_token).verdict == Verdict::invalid));
        Takeover elsewhere(world.elsewhere, world.store, world.legacy);
        BOOST_TEST((world.run(elsewhere.check(world.visit(older_token))).verdict == Verdict::invalid));
    }
}

BOOST_AUTO_TEST_CASE(a_logout_in_the_older_application_is_one_here_where_it_leads) {
    for (const bool revoked : {true, false}) {
        OldWorld world(Strategy::mock_with_write_through);
        world.old_login(older_token);
        const auto token = world.old_check(older_token).fresh_token;
        if (revoked) {
            world.legacy.put_row(older_token, {OldWorld::bob, "web", now, now, now + std::chrono::hours(1), true, {}});
        } else {
            world.legacy.remove_row(older_token);
        }
        expect(world.old_check(older_token), Verdict::invalid, Reason::revoked);
        expect_ended(world, token);
    }
}

BOOST_AUTO_TEST_CASE(an_outage_of_either_side_is_no_answer) {
    for (const auto strategy : reading) {
        OldWorld world(strategy);
        world.old_login(older_token);
        world.legacy.set_failure(StoreError::unavailable);
        expect(world.old_check(older_token), Verdict::unknown, Reason::store);
        world.legacy.set_failure(std::nullopt);
        world.store.set_failure(StoreError::unavailable);
        world.cache.set_failure(StoreError::unavailable);
        BOOST_TEST((world.old_check(older_token).verdict == Verdict::unknown));
        world.store.set_failure(std::nullopt);
        world.cache.set_failure(std::nullopt);
        world.wait_for([&] { return world.old_check(older_token).verdict == Verdict::valid; });
        expect(world.old_check(older_token), Verdict::valid, Reason::live);
    }
}

BOOST_AUTO_TEST_CASE(what_was_taken_over_needs_the_older_system_no_more) {
    for (const auto strategy : taking) {
        OldWorld world(strategy);
        world.old_login(older_token);
        BOOST_REQUIRE((world.old_check(older_token).verdict == Verdict::valid));
        world.legacy.set_failure(StoreError::unavailable);
        expect(world.old_check(older_token), Verdict::valid, Reason::live);
        world.use(Strategy::production_only);
        expect(world.old_check(older_token), Verdict::valid, Reason::live);
    }
}

BOOST_AUTO_TEST_CASE(what_nobody_knows_is_asked_for_once_and_not_for_ever) {
    OldWorld world;
    expect(world.old_check(unheard_of), Verdict::invalid, Reason::nowhere);
    // The memory counts only while it is fresh.
    world.service.start();
    world.wait_for([&] { return world.service.memory_is_fresh(); });
    expect(world.old_check(unheard_of), Verdict::invalid, Reason::nowhere);
    const auto calls = world.legacy.calls();
    expect(world.old_check(unheard_of), Verdict::invalid, Reason::nowhere);
    BOOST_TEST(world.legacy.calls() == calls);
    // Another strategy may know better.
    world.use(Strategy::mock_with_write_through);
    world.old_login(unheard_of);
    expect(world.old_check(unheard_of), Verdict::valid, Reason::live);
}

BOOST_AUTO_TEST_CASE(what_is_remembered_of_an_older_token_is_its_own_session) {
    const std::string of_eve(64, 'e');
    for (const auto strategy : taking) {
        OldWorld world(strategy);
        LegacyUser eve;
        eve.id = "44444444-4444-4444-8444-444444444444";
        eve.email = "eve@example.test";
        world.legacy.put_user(eve);
        world.old_login(older_token);
        world.legacy.put_row(of_eve, {eve.id, "web", now, now, now + std::chrono::hours(1), false, {}});
        world.service.start();
        world.wait_for([&] { return world.service.memory_is_fresh(); });
        for (int i = 0; i < 4; ++i) {
            BOOST_TEST(world.old_check(older_token).user().email == "bob@example.test");
            BOOST_TEST(world.old_check(of_eve).user().email == "eve@example.test");
            expect(world.old_check(unheard_of), Verdict::invalid, Reason::nowhere);
        }
        BOOST_TEST((world.run(world.takeover.end(world.visit(of_eve))) == EndOutcome::done));
        BOOST_TEST((world.old_check(of_eve).verdict == Verdict::invalid));
        expect(world.old_check(older_token), Verdict::valid, Reason::live);
    }
}

BOOST_AUTO_TEST_CASE(a_login_is_known_wherever_the_strategy_writes) {
    for (const auto system : systems) {
        for (const auto strategy : all) {
            OldWorld world(strategy, system);
            if (strategy == Strategy::production_only) { // the account has been there before
                world.use(Strategy::gradual);
                (void)world.begin();
                world.use(strategy);
            }
            const auto begun = world.begin();
            BOOST_TEST_CONTEXT(system << " " << strategy) {
                BOOST_REQUIRE(begun.has_value());
                BOOST_TEST(!begun->token.empty() == writes_ours(strategy));
                BOOST_TEST(!begun->older_token.empty() == writes_legacy(strategy));
                if (writes_ours(strategy)) expect(world.check(begun->token), Verdict::valid, Reason::live);
                if (writes_legacy(strategy)) expect(world.old_check(begun->older_token), Verdict::valid, Reason::live);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(neighbours_honour_each_others_logins) {
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        for (const bool forwards : {true, false}) {
            OldWorld world(Strategy::gradual);
            (void)world.begin(); // the account is known here
            world.use(forwards ? all[i] : all[i + 1]);
            const auto begun = world.begin();
            BOOST_REQUIRE(begun.has_value());
            world.use(forwards ? all[i + 1] : all[i]);
            const bool ours = reads_ours(world.configuration->config->strategy) && !begun->token.empty() &&
                              world.check(begun->token).verdict == Verdict::valid;
            const bool theirs =
                !begun->older_token.empty() && world.old_check(begun->older_token).verdict == Verdict::valid;
            BOOST_TEST_CONTEXT(all[i] << (forwards ? " forwards" : " backwards")) BOOST_TEST((ours || theirs));
        }
    }
}

BOOST_AUTO_TEST_CASE(where_there_is_one_session_per_user_the_one_before_goes_on_here) {
    for (const auto strategy : taking) {
        OldWorld world(strategy, "session-id");
        world.old_login(older_token);
        const auto begun = world.begin();
        BOOST_REQUIRE(begun.has_value());
        BOOST_TEST(world.legacy.token_of(OldWorld::bob) == begun->older_token);
        expect(world.old_check(older_token), Verdict::valid, Reason::live);
        expect(world.old_check(begun->older_token), Verdict::valid, Reason::live);
    }
}

BOOST_AUTO_TEST_CASE(all_others_ended_means_older_tokens_too_unless_they_are_provably_newer) {
    for (const auto system : systems) {
        OldWorld world(Strategy::gradual, system);
        world.old_login(older_token, now - Seconds{100});
        const auto mine = world.begin(now - Seconds{50});
        BOOST_REQUIRE(mine.has_value());
        const auto keep = world.check(mine->token).who.session().key;
        BOOST_TEST((world.run(world.service.end_others(OldWorld::bob, keep, now)).outcome == EndOutcome::done));
        world.old_login(older_token, now - Seconds{100}); // it stands there still
        BOOST_TEST_CONTEXT(system) {
            BOOST_TEST((world.old_check(older_token).verdict == Verdict::invalid));
            expect(world.check(mine->token), Verdict::valid, Reason::live);
            expect(world.old_check(mine->older_token), Verdict::valid, Reason::live);
            const auto later = world.begin(now + Seconds{5});
            expect(world.old_check(later->older_token, now + Seconds{6}), Verdict::valid, Reason::live);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_disabled_user_does_not_come_in_by_the_old_door) {
    for (const auto strategy : reading) {
        OldWorld world(strategy);
        (void)world.begin();
        BOOST_REQUIRE(world.run(world.store.set_disabled(OldWorld::bob, true, now, World::soon())).has_value());
        world.old_login(older_token, now + Seconds{10});
        expect(world.old_check(older_token, now + Seconds{20}), Verdict::invalid, Reason::disabled);
    }
}

BOOST_AUTO_TEST_CASE(roles_that_mean_nothing_here_are_none) {
    OldWorld world;
    LegacyUser user;
    user.id = OldWorld::bob;
    user.role = "superhero";
    world.legacy.put_user(user);
    world.old_login(older_token);
    BOOST_TEST(world.old_check(older_token).user().role == "none");
}

BOOST_AUTO_TEST_CASE(a_number_becomes_always_the_same_uuid) {
    BOOST_TEST(uuid_of_legacy("42") == uuid_of_legacy("42"));
    BOOST_TEST(uuid_of_legacy("42") != uuid_of_legacy("43"));
    BOOST_TEST(uuid_bytes(uuid_of_legacy("42")).has_value());
    BOOST_TEST(uuid_of_legacy(OldWorld::bob) == OldWorld::bob);
}

BOOST_AUTO_TEST_CASE(an_address_that_was_not_confirmed_there_takes_nobodys_place_here) {
    OldWorld world;
    LegacyUser user;
    user.id = "33333333-3333-4333-8333-333333333333";
    user.email = "ann@example.test";
    world.legacy.put_user(user);
    const auto account = world.account_of("ann@example.test");
    BOOST_REQUIRE(account.has_value());
    BOOST_TEST(account->id == ann);
    world.legacy.put_row(older_token, {user.id, "web", now, now, now + std::chrono::hours(1), false, {}});
    BOOST_TEST((world.old_check(older_token).verdict == Verdict::invalid));
    user.verified = true;
    world.legacy.put_user(user);
    const auto found = world.old_check(older_token);
    expect(found, Verdict::valid, Reason::live);
    BOOST_TEST(found.user().id == ann);
}

BOOST_AUTO_TEST_CASE(a_logout_of_an_older_token_while_sql_is_away_holds) {
    OldWorld world;
    world.old_login(older_token);
    (void)world.old_check(older_token);
    world.store.set_failure(StoreError::unavailable);
    // Not confirmed: of the session's other names nobody knows without SQL.
    BOOST_TEST((world.run(world.service.end_name(older_token, "web", wall_now())) == EndOutcome::unconfirmed));
    world.cache.clear();
    SessionService reborn(world.loop.get_executor(), world.stores, "node", world.configuration);
    reborn.start();
    world.store.set_failure(std::nullopt);
    Takeover there(reborn, world.store, world.legacy);
    world.wait_for([&] { return world.run(there.check(world.visit(older_token))).verdict != Verdict::unknown; });
    BOOST_TEST((world.run(there.check(world.visit(older_token))).verdict == Verdict::invalid));
}

BOOST_AUTO_TEST_CASE(after_the_date_older_tokens_are_worth_and_cost_nothing) {
    OldWorld world(Strategy::production_only);
    auto config = std::make_shared<Config>(*world.configuration->config);
    config->legacy.accepted_until = now;
    BOOST_TEST(world.takeover.concerns(*config, "web", now - Seconds{1}));
    BOOST_TEST(!world.takeover.concerns(*config, "web", now));
    BOOST_TEST(!world.takeover.concerns(*world.configuration->config, "admin", now));
    config->strategy = Strategy::gradual;
    BOOST_TEST(!world.takeover.concerns(*config, "web", now));
    config->strategy = Strategy::mock_with_write_through; // the older system has not been left yet
    BOOST_TEST(world.takeover.concerns(*config, "web", now));
}

BOOST_AUTO_TEST_CASE(a_new_password_is_one_over_there_too_and_does_not_come_back_as_news) {
    for (const auto strategy : reading) {
        OldWorld world(strategy);
        (void)world.begin();
        BOOST_TEST(world.takeover.writes_passwords(*world.configuration->config));
        BOOST_REQUIRE(world.run(world.store.set_password(OldWorld::bob, "$argon2id$new", {}, {}, now, World::soon()))
                          .has_value());
        BOOST_TEST(world.run(world.takeover.tell_password(world.configuration, OldWorld::bob, "$2b$04$new")));
        BOOST_TEST(world.legacy.user_of(OldWorld::bob)->password_hash == "$2b$04$new");
        const auto account = world.account_of("bob@example.test");
        BOOST_TEST(account.value().password_hash == "$argon2id$new");
    }
    OldWorld world(Strategy::production_only);
    BOOST_TEST(!world.takeover.writes_passwords(*world.configuration->config));
}

BOOST_AUTO_TEST_CASE(for_a_command_its_redis_is_read_to_the_end) {
    for (const auto reach : {LegacyNotifier::Reach::quick, LegacyNotifier::Reach::everything}) {
        OldWorld world(Strategy::gradual, "redis");
        const auto ends = now + std::chrono::hours(1);
        LegacyUser eve;
        eve.id = "33333333-3333-4333-8333-333333333333";
        world.legacy.put_user(eve);
        for (int i = 0; i < 1200; ++i) // more than are read at once
            world.legacy.put_key(older_token + std::to_string(i), {i % 2 == 0 ? OldWorld::bob : eve.id, ends});
        expect(world.old_check(older_token + "0"), Verdict::valid, Reason::live);
        LegacyNotifier notifier(world.store, world.legacy, reach);
        const auto config = world.configuration->config;
        const auto bobs = [&] {
            return std::ranges::count_if(world.legacy.keys(),
                                         [](const auto& key) { return key.second.user_id == OldWorld::bob; });
        };
        BOOST_TEST(world.run(notifier.all_ended(config, OldWorld::bob, {stored_id(older_token + "4")}, nullptr, now)));
        BOOST_TEST(bobs() == (reach == LegacyNotifier::Reach::everything ? 1 : 600));
        BOOST_TEST(world.legacy.keys().contains(older_token + "4"));
        BOOST_TEST(world.legacy.keys().size() - static_cast<std::size_t>(bobs()) == 600u);
        world.legacy.set_failure(StoreError::unavailable);
        BOOST_TEST(!world.run(notifier.all_ended(config, OldWorld::bob, {}, nullptr, now)));
    }
}

BOOST_AUTO_TEST_SUITE_END()
