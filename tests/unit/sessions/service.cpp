// SPDX-License-Identifier: Apache-2.0
// Goal: every combination of what the stores say leads to the right one of valid, invalid and unknown; a revoked
// session never comes back; an outage never makes an invalid one.
#include "tests/unit/sessions/world.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(session_service)

BOOST_AUTO_TEST_CASE(a_login_is_seen_by_redis_and_by_sql) {
    World world;
    const auto token = world.login();
    const auto by_redis = world.check(token);
    expect(by_redis, Verdict::valid, Reason::live);
    BOOST_TEST(by_redis.source == "redis");
    BOOST_TEST(by_redis.user().email == "ann@example.test");
    world.cache.clear();
    const auto by_sql = world.check(token);
    expect(by_sql, Verdict::valid, Reason::live);
    BOOST_TEST(by_sql.source == "sql");
    BOOST_TEST((by_sql.who.session() == by_redis.who.session()));
    BOOST_TEST(world.check(token).source == "redis"); // SQL's answer was put back
}

BOOST_AUTO_TEST_CASE(strangers_cost_no_store_call) {
    World world;
    const auto token = world.login();
    const auto foreign = settings()->tokens.mint("web");
    const auto sql = world.store.calls();
    const auto redis = world.cache.calls();
    expect(world.check(""), Verdict::invalid, Reason::no_token);
    for (const auto& text : {std::string("x"), std::string(64, 'A'), foreign, token.substr(1), token + "A"}) {
        expect(world.check(text), Verdict::invalid, Reason::foreign_token);
    }
    expect(world.check(token, "admin"), Verdict::invalid, Reason::foreign_token);
    BOOST_TEST(world.store.calls() == sql);
    BOOST_TEST(world.cache.calls() == redis);
}

BOOST_AUTO_TEST_CASE(a_minted_but_unknown_token_is_absent) {
    World world;
    expect(world.check(world.configuration->tokens.mint("web")), Verdict::invalid, Reason::absent);
}

BOOST_AUTO_TEST_CASE(trouble_is_unknown_and_never_invalid) {
    struct Case {
        std::optional<StoreError> redis, sql;
        bool cached;
        Verdict verdict;
    };
    const Case cases[] = {
        {StoreError::unavailable, std::nullopt, true, Verdict::valid},
        {StoreError::timed_out, std::nullopt, true, Verdict::valid},
        {StoreError::refused, std::nullopt, true, Verdict::valid},
        {std::nullopt, StoreError::unavailable, true, Verdict::valid},
        {std::nullopt, StoreError::unavailable, false, Verdict::unknown},
        {std::nullopt, StoreError::timed_out, false, Verdict::unknown},
        {std::nullopt, StoreError::overloaded, false, Verdict::unknown},
        {std::nullopt, StoreError::corrupt, false, Verdict::unknown},
        {std::nullopt, StoreError::refused, false, Verdict::unknown},
        {StoreError::unavailable, StoreError::unavailable, true, Verdict::unknown},
        {StoreError::timed_out, StoreError::timed_out, true, Verdict::unknown},
    };
    for (const auto& c : cases) {
        World world;
        const auto token = world.login();
        if (!c.cached) world.cache.clear();
        world.cache.set_failure(c.redis);
        world.store.set_failure(c.sql);
        BOOST_TEST((world.check(token).verdict == c.verdict));
        // And when the stores are back, the person is still logged in.
        world.cache.set_failure(std::nullopt);
        world.store.set_failure(std::nullopt);
        BOOST_TEST((world.check(token).verdict == Verdict::valid));
    }
}

BOOST_AUTO_TEST_CASE(logged_out_means_logged_out) {
    for (const bool with_cache : {true, false}) {
        World world(with_cache);
        const auto token = world.login();
        const auto other = world.login();
        BOOST_TEST((world.run(world.service.end(token, "web", now)) == EndOutcome::done));
        expect_ended(world, token);
        world.cache.clear();
        expect_ended(world, token);
        expect_ended(world, token);
        BOOST_TEST((world.run(world.service.end(token, "web", now)) == EndOutcome::done)); // idempotent
        expect(world.check(other), Verdict::valid, Reason::live);
    }
}

BOOST_AUTO_TEST_CASE(a_tombstone_alone_is_enough) {
    World world;
    const auto token = world.login();
    BOOST_TEST((world.run(world.service.end(token, "web", now)) == EndOutcome::done));
    world.store.set_failure(StoreError::unavailable);
    expect_ended(world, token);
}

BOOST_AUTO_TEST_CASE(redis_is_not_believed_while_a_tombstone_waits) {
    World world;
    const auto token = world.login();
    const auto other = world.login();
    BOOST_TEST(world.check(token).source == "redis");
    world.cache.set_failure(StoreError::unavailable);
    // The loop is given the retries, too: drive it by hand until the logout has answered.
    std::optional<EndOutcome> outcome;
    boost::asio::co_spawn(world.loop, world.service.end(token, "web", now),
                          [&](std::exception_ptr, EndOutcome o) { outcome = o; });
    world.loop.restart();
    while (!outcome)
        world.loop.run_one();
    BOOST_TEST((*outcome == EndOutcome::done));
    BOOST_TEST(!world.service.cache_is_trustworthy());
    // Redis comes back with the live copy that it still has.
    world.cache.set_failure(std::nullopt);
    std::optional<Lookup> ended, live;
    boost::asio::co_spawn(world.loop, world.checking(world.service, token, "web", now),
                          [&](std::exception_ptr, Lookup l) { ended = l; });
    boost::asio::co_spawn(world.loop, world.checking(world.service, other, "web", now),
                          [&](std::exception_ptr, Lookup l) { live = l; });
    while (!ended || !live)
        world.loop.run_one();
    expect(*ended, Verdict::invalid, Reason::revoked);
    expect(*live, Verdict::valid, Reason::live);
    BOOST_TEST(live->source == "sql");
    while (!world.service.cache_is_trustworthy())
        world.loop.run_one(); // the tombstone is written
    world.store.set_failure(StoreError::unavailable);
    expect_ended(world, token);
    BOOST_TEST(world.check(other).source == "redis");
}

BOOST_AUTO_TEST_CASE(an_end_that_sql_commits_after_its_deadline_counts_too) {
    World world;
    const auto token = world.login();
    BOOST_TEST(world.check(token).source == "redis");
    world.service.start();
    world.wait_for([&] { return world.service.memory_is_fresh(); });
    // Nobody heard of it, but it happened: the feed tells.
    BOOST_REQUIRE(world.run(world.store.revoke({"web", stored_id(token)}, now, World::soon())).value().has_value());
    world.wait_for([&] { return world.check(token).verdict != Verdict::valid; });
    expect_ended(world, token);
    world.store.set_failure(StoreError::unavailable);
    expect_ended(world, token); // the tombstone
}

BOOST_AUTO_TEST_CASE(what_ended_while_no_gateway_ran_does_not_come_back) {
    World world;
    const auto token = world.login();
    const auto other = world.login();
    BOOST_REQUIRE(world.run(world.store.revoke({"web", stored_id(token)}, now, World::soon())).value().has_value());
    world.cache.set_failure(
        StoreError::unavailable); // Redis still has a live copy, and is away when the process begins
    world.service.start();
    expect(world.check(token), Verdict::invalid, Reason::revoked);
    world.cache.set_failure(std::nullopt);
    expect(world.check(token), Verdict::invalid, Reason::revoked);
    while (!world.service.cache_is_trustworthy())
        world.loop.run_one();
    expect_ended(world, token);
    BOOST_TEST(world.run(world.checking(world.elsewhere, token, "web", now)).source == "redis");
    expect(world.check(other), Verdict::valid, Reason::live);
}

BOOST_AUTO_TEST_CASE(a_use_that_only_redis_knows_counts_while_redis_is_in_doubt) {
    const auto idle = Seconds{60};
    World world(true, settings(idle));
    const auto token = world.login();
    const auto other = world.login();
    const auto later = now + Seconds{50};
    // Another gateway admitted the session, told Redis, and was killed before it told the database.
    auto session = world.check(token).who.session();
    session.last_activity = later;
    BOOST_REQUIRE(world.run(world.cache.extend(session, idle, World::soon())).has_value());
    // An end that Redis did not hear of.
    world.cache.set_failure(StoreError::unavailable);
    BOOST_TEST((world.run(world.service.end(other, "web", now)) == EndOutcome::done));
    world.cache.set_failure(std::nullopt);
    BOOST_TEST(!world.service.cache_is_trustworthy());
    const auto found = world.check(token, "web", later + Seconds{40});
    expect(found, Verdict::valid, Reason::live);
    BOOST_TEST(found.source == "sql");
}

BOOST_AUTO_TEST_CASE(another_server_is_not_believed_before_it_has_been_told) {
    World world;
    const auto trusted = [&] { return world.service.cache_is_trustworthy(); };
    const auto token = world.login();
    const auto other = world.login();
    BOOST_TEST(world.check(token).source == "redis");
    world.cache.set_run("another");
    BOOST_TEST(world.check(token).source == "sql");
    world.wait_for(trusted);
    BOOST_TEST(world.check(token).source == "redis");
    // Ended while the other one served; the first one comes back, with the live copy that it still has.
    BOOST_REQUIRE(world.run(world.store.revoke({"web", stored_id(token)}, now, World::soon())).value().has_value());
    world.cache.set_run("memory");
    expect(world.check(token), Verdict::invalid, Reason::revoked);
    expect(world.check(other), Verdict::valid, Reason::live);
    world.wait_for(trusted);
    world.store.set_failure(StoreError::unavailable);
    expect_ended(world, token); // the tombstone
    BOOST_TEST(world.check(other).source == "redis");
}

BOOST_AUTO_TEST_CASE(what_another_server_was_told_the_trusted_one_has_missed) {
    World world;
    const auto token = world.login();
    const auto copy = world.check(token).who.session();
    BOOST_TEST(world.check(token).source == "redis");
    // Nobody asks while another one serves, so nobody has noticed.
    world.cache.set_run("another");
    BOOST_TEST((world.run(world.service.end(token, "web", now)) == EndOutcome::done));
    world.cache.set_run("memory");
    world.cache.clear();
    BOOST_REQUIRE(world.run(world.cache.put_user(world.user(), "web", wall_now(), World::soon())).has_value());
    BOOST_REQUIRE(world.run(world.cache.populate(copy, Seconds{60}, World::soon())).has_value());
    BOOST_TEST(!world.service.cache_is_trustworthy());
}

BOOST_AUTO_TEST_CASE(the_others_end_and_this_one_stays) {
    World world;
    const auto keep = world.login();
    const auto a = world.login();
    const auto b = world.login("admin");
    const std::optional<SessionKey> key{SessionKey{"web", stored_id(keep)}};
    const auto ended = world.run(world.service.end_others(world.user().id, key, now));
    BOOST_TEST(ended.count == 2U);
    expect(world.check(keep), Verdict::valid, Reason::live);
    expect_ended(world, a);
    expect_ended(world, b, "admin");
}

BOOST_AUTO_TEST_CASE(only_the_owner_ends_a_session_by_handle) {
    World world;
    const auto token = world.login();
    const auto handle = world.check(token).who.handle_text();
    BOOST_TEST((world.run(world.service.end_by_handle("22222222-2222-4222-8222-222222222222", handle, now)) ==
                EndOutcome::absent));
    BOOST_TEST((world.run(world.service.end_by_handle(world.user().id, "no-such-handle", now)) == EndOutcome::absent));
    expect(world.check(token), Verdict::valid, Reason::live);
    BOOST_TEST((world.run(world.service.end_by_handle(world.user().id, handle, now)) == EndOutcome::done));
    expect_ended(world, token);
}

BOOST_AUTO_TEST_CASE(one_session_too_many_ends_the_oldest) {
    World world;
    const auto oldest = world.login("web", now - Seconds{30});
    const auto second = world.login("web", now - Seconds{20});
    const auto third = world.login("web", now - Seconds{10});
    expect(world.check(oldest), Verdict::valid, Reason::live);
    const auto fourth = world.login();
    expect_ended(world, oldest);
    for (const auto& token : {second, third, fourth})
        expect(world.check(token), Verdict::valid, Reason::live);
}

BOOST_AUTO_TEST_CASE(nobody_enters_whose_account_changed_meanwhile) {
    World world;
    const auto read_before = world.user();
    const auto changed =
        world.run(world.store.set_password(read_before.id, "new", {}, std::nullopt, now, World::soon()));
    BOOST_REQUIRE(changed.value().found);
    BOOST_TEST(!world.run(world.service.begin({read_before, "web", {}, false}, now)).value().has_value());
}

BOOST_AUTO_TEST_CASE(a_disabled_user_is_out) {
    World world;
    const auto token = world.login();
    auto change = world.run(world.store.set_disabled(world.user().id, true, now, World::soon()));
    BOOST_REQUIRE(change.has_value());
    world.cache.clear();
    BOOST_TEST((world.check(token).verdict == Verdict::invalid));
}

BOOST_AUTO_TEST_CASE(a_kept_session_outlives_idle_and_its_unused_copy_does_not) {
    const auto with_own_idle_time = [] {
        auto rules = std::make_shared<Config>(*settings(Seconds{100})->config);
        for (auto& context : rules->contexts)
            context.idle_remembered = Seconds{1000};
        return std::make_shared<const Settings>(rules, KeyRing::parse(KeyRing::new_line(), "ring"));
    };
    World world(true, with_own_idle_time());
    const auto kept = world.login();
    const auto fleeting = world.run(world.service.begin({world.user(), "web", {}, false}, now));
    const Instant later = now + Seconds{500};
    BOOST_TEST(world.check(kept, "web", now + Seconds{1}).source == "redis");
    const auto check = [&](const std::string& token, Instant at) {
        return world.run(world.checking(world.elsewhere, token, "web", at)); // has nothing of it in memory
    };
    const auto found = check(kept, later);
    expect(found, Verdict::valid, Reason::live);
    BOOST_TEST(found.source == "sql");
    expect(check((*fleeting)->token, later), Verdict::invalid, Reason::idle);
    expect(check(kept, later + Seconds{999}), Verdict::valid, Reason::live);
    expect(check(kept, later + Seconds{999 + 1100}), Verdict::invalid, Reason::idle);
}

BOOST_AUTO_TEST_CASE(idle_and_absolute_limits_count_in_both_stores) {
    for (const bool with_cache : {true, false}) {
        World world(with_cache, settings(Seconds{100}));
        const auto token = world.login();
        expect(world.check(token, "web", now + Seconds{99}), Verdict::valid, Reason::live); // and this is activity
        expect(world.check(token, "web", now + Seconds{190}), Verdict::valid, Reason::live);
        // The touch interval of 5 s and the flush interval of 3 s are grace: so late may activity have reached SQL.
        expect(world.check(token, "web", now + Seconds{190 + 100 + 9}), Verdict::invalid, Reason::idle);
    }
}

BOOST_AUTO_TEST_CASE(use_does_not_move_the_absolute_end) {
    World world(false);
    const auto token = world.login();
    const auto days = [](int n) { return now + Seconds{n * 86'400}; };
    for (Instant at = now; at < days(30); at += Seconds{3000}) {
        BOOST_REQUIRE((world.check(token, "web", at).verdict == Verdict::valid));
    }
    expect(world.check(token, "web", days(30)), Verdict::invalid, Reason::ended);
}

BOOST_AUTO_TEST_CASE(activity_is_noted_once_per_interval) {
    World world;
    const auto token = world.login();
    BOOST_TEST(!world.check(token, "web", now + Seconds{59}).touched);
    BOOST_TEST(world.check(token, "web", now + Seconds{60}).touched);
    BOOST_TEST(!world.check(token, "web", now + Seconds{61}).touched);
    BOOST_TEST(!world.check(token, "web", now + Seconds{119}).touched);
    BOOST_TEST(world.check(token, "web", now + Seconds{120}).touched);
    // It reaches SQL with the next batch.
    world.run([](World& w) -> boost::asio::awaitable<bool> {
        co_await w.service.stop(World::soon());
        co_return true;
    }(world));
    world.cache.clear();
    const auto found = world.run(world.store.find({"web", stored_id(token)}, World::soon()));
    BOOST_TEST((found.value().value().session.last_activity == now + Seconds{120}));
}

BOOST_AUTO_TEST_CASE(a_copy_that_is_put_back_knows_of_the_use) {
    World world;
    const auto token = world.login();
    world.cache.clear();
    const auto later = now + Seconds{120};
    const auto by_sql = world.check(token, "web", later);
    BOOST_TEST(by_sql.source == "sql");
    BOOST_TEST(by_sql.touched);
    const SessionKey key{"web", stored_id(token)};
    const auto copy = world.run(world.cache.find(key, later, World::soon()));
    BOOST_REQUIRE(copy.value().session.has_value());
    BOOST_TEST((copy.value().session->last_activity == later));
}

BOOST_AUTO_TEST_SUITE_END()
