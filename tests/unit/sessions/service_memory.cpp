// SPDX-License-Identifier: Apache-2.0
// Goal: what the process remembers counts while it would hear of every change, and no longer; a logout without SQL
// holds.
#include "tests/unit/sessions/world.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(session_memory)

BOOST_AUTO_TEST_CASE(a_logout_that_nobody_heard_is_no_success) {
    for (const bool with_cache : {true, false}) {
        World world(with_cache);
        const auto token = world.login();
        world.store.set_failure(StoreError::timed_out);
        world.cache.set_failure(StoreError::timed_out);
        BOOST_TEST((world.run(world.service.end(token, "web", now)) == EndOutcome::failed));
        const auto others = world.run(world.service.end_others(ann, std::nullopt, now));
        BOOST_TEST((others.outcome == EndOutcome::failed));
        world.store.set_failure(std::nullopt);
        world.cache.set_failure(std::nullopt);
        expect(world.check(token), Verdict::valid, Reason::live);
    }
}

BOOST_AUTO_TEST_CASE(a_logout_without_sql_holds_and_sql_hears_of_it_first_thing) {
    World world;
    const auto token = world.login();
    const auto other = world.login();
    world.store.set_failure(StoreError::unavailable);
    BOOST_TEST((world.run(world.service.end(token, "web", wall_now())) == EndOutcome::done));
    expect(world.check(token), Verdict::invalid, Reason::revoked);
    // Redis loses everything, and SQL is back: it must not be asked before it has been told, by the next life either.
    world.cache.clear();
    SessionService reborn(world.loop.get_executor(), world.stores, "node", world.configuration);
    reborn.start();
    world.store.set_failure(std::nullopt);
    expect(world.run(reborn.check(token, "web", now)), Verdict::invalid, Reason::revoked);
    expect_ended(world, token);
    expect(world.check(other), Verdict::valid, Reason::live);
}

BOOST_AUTO_TEST_CASE(what_has_just_ended_stays_so_though_redis_brings_it_back) {
    World world;
    const auto token = world.login();
    const auto other = world.login();
    const auto before = world.check(token).who.session();
    BOOST_TEST((world.run(world.service.end(token, "web", now)) == EndOutcome::done));
    // Redis loses the tombstone, and somebody who had asked SQL before the end puts that answer back.
    world.cache.clear();
    BOOST_REQUIRE(world.run(world.cache.put_user(world.user(), "web", wall_now(), World::soon())).has_value());
    BOOST_REQUIRE(world.run(world.cache.populate(before, Seconds{60}, World::soon())).has_value());
    BOOST_TEST(
        (world.run(world.elsewhere.check(token, "web", now)).verdict == Verdict::valid)); // it can tell no better
    for (const bool sql : {true, false}) {
        world.store.set_failure(sql ? std::nullopt : std::optional(StoreError::unavailable));
        const auto found = world.check(token);
        expect(found, Verdict::invalid, Reason::revoked);
        BOOST_TEST(found.source == "near");
    }
    world.store.set_failure(std::nullopt);
    expect(world.check(other), Verdict::valid, Reason::live);
}

BOOST_AUTO_TEST_CASE(what_the_feed_has_told_of_stays_ended_too) {
    World world;
    const auto token = world.login();
    const auto before = world.check(token).who.session();
    world.service.start();
    world.wait_for([&] { return world.service.memory_is_fresh(); });
    BOOST_REQUIRE(world.run(world.store.revoke({"web", stored_id(token)}, now, World::soon())).value().has_value());
    world.wait_for([&] { return world.check(token).verdict != Verdict::valid; });
    world.cache.clear();
    BOOST_REQUIRE(world.run(world.cache.put_user(world.user(), "web", wall_now(), World::soon())).has_value());
    BOOST_REQUIRE(world.run(world.cache.populate(before, Seconds{60}, World::soon())).has_value());
    expect(world.check(token), Verdict::invalid, Reason::revoked);
}

BOOST_AUTO_TEST_CASE(what_another_node_ended_without_sql_is_told_to_sql_too) {
    World world;
    const auto token = world.login();
    const PendingEnd end{{{"web", stored_id(token)}, now + Seconds{86'400}}, wall_now()};
    BOOST_REQUIRE(world.run(world.cache.end_before_sql(end, wall_now(), World::soon())).has_value());
    world.service.start();
    const auto told = [&] {
        const auto found = world.run(world.store.find({"web", stored_id(token)}, World::soon()));
        return found.value().value().revoked;
    };
    world.wait_for(told);
    BOOST_TEST(world.run(world.cache.pending_ends(10, World::soon())).value().empty());
}

BOOST_AUTO_TEST_CASE(what_is_remembered_from_before_the_first_look_does_not_count) {
    for (const bool with_cache : {true, false}) {
        World world(with_cache);
        const auto token = world.login();
        expect(world.check(token), Verdict::valid, Reason::live); // and it is remembered
        const auto key = SessionKey{"web", stored_id(token)};
        BOOST_REQUIRE(world.run(world.store.revoke(key, now, World::soon())).value().has_value());
        world.cache.clear();
        world.service.start(); // the feed begins behind that
        world.wait_for([&] { return world.service.memory_is_fresh(); });
        expect(world.check(token), Verdict::invalid, Reason::revoked);
    }
}

BOOST_AUTO_TEST_CASE(memory_answers_while_it_is_fresh_and_no_longer) {
    World world(false);
    world.service.start();
    world.wait_for([&] { return world.service.memory_is_fresh(); });
    const auto token = world.login();
    BOOST_TEST(world.check(token).source == "sql");
    BOOST_TEST(world.check(token).source == "near");
    world.store.set_failure(StoreError::unavailable);
    expect(world.check(token), Verdict::valid, Reason::live);
    world.wait_for([&] { return !world.service.memory_is_fresh(); });
    BOOST_TEST((world.check(token).verdict == Verdict::unknown));
    world.store.set_failure(std::nullopt);
    world.wait_for([&] { return world.service.memory_is_fresh(); });
    expect(world.check(token), Verdict::valid, Reason::live);
}

BOOST_AUTO_TEST_CASE(a_changed_user_is_asked_for_again) {
    World world;
    world.service.start();
    world.wait_for([&] { return world.service.memory_is_fresh() && world.service.cache_is_trustworthy(); });
    const auto token = world.login();
    const auto role = [&] { return world.check(token).user().role; };
    BOOST_TEST(role() == "user");
    BOOST_TEST(world.check(token).source == "near");
    BOOST_REQUIRE(world.run(world.store.set_role(ann, "admin", World::soon())).has_value());
    world.wait_for([&] { return role() == "admin"; });
    BOOST_TEST(role() == "admin");
    world.cache.set_failure(StoreError::unavailable);
    BOOST_TEST(role() == "admin");
}

BOOST_AUTO_TEST_SUITE_END()
