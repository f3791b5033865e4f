// SPDX-License-Identifier: Apache-2.0
// Goal: what the process remembers counts while it would hear of every change, and no longer; a logout without SQL
// holds.
#include "gateway/sessions/journal.h"
#include "storage/keys.h"
#include "tests/unit/sessions/world.h"

#include <boost/test/unit_test.hpp>
#include <thread>

using namespace gatehouse;

namespace {

boost::asio::awaitable<bool> stopped(SessionService& service) {
    co_await service.stop(World::soon());
    co_return true;
}

} // namespace

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
    world.service.start();
    world.wait_for([&] { return world.service.memory_is_fresh(); });
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
    expect(world.run(world.checking(reborn, token)), Verdict::invalid, Reason::revoked);
    expect_ended(world, token);
    expect(world.check(other), Verdict::valid, Reason::live);
}

BOOST_AUTO_TEST_CASE(a_logout_without_sql_is_confirmed_when_every_node_has_it_in_its_journal) {
    World world;
    world.start_both();
    const auto token = world.login();
    expect(world.run(world.checking(world.elsewhere, token, "web", now)), Verdict::valid, Reason::live);
    world.store.set_failure(StoreError::unavailable);
    BOOST_TEST((world.run(world.service.end(token, "web", wall_now())) == EndOutcome::done));
    expect(world.run(world.checking(world.elsewhere, token, "web", now)), Verdict::invalid, Reason::revoked);
    // Redis loses everything, SQL is back, and the node that took the logout is not: the other one has it, too.
    world.cache.clear();
    auto settings = of_another_node(world.configuration);
    SessionService reborn(world.loop.get_executor(), world.stores, "elsewhere", settings);
    reborn.start();
    world.store.set_failure(std::nullopt);
    expect(world.run(world.checking(reborn, token)), Verdict::invalid, Reason::revoked);
}

BOOST_AUTO_TEST_CASE(an_announcement_that_expires_is_not_written_down_again) {
    World world;
    world.start_both();
    const auto token = world.login();
    const PendingEnd end{{{"web", stored_id(token)}, now + Seconds{86'400}}, wall_now()};
    const auto key = std::string(keys::announcement_prefix) + "7" + keys::announcement_suffix(end);
    const auto journal = [&] {
        auto name = of_another_node(world.configuration)->config->listen;
        std::ranges::replace(name, '/', '-');
        return Journal(world.configuration->config->state_directory + "/ended" + name + ".journal").read().value();
    };
    world.store.set_failure(StoreError::unavailable);
    world.elsewhere.listener().on_changed(key);
    world.wait_for([&] { return journal().ends.size() == 1; });
    world.elsewhere.listener().on_changed(key);
    const auto looks = world.elsewhere.feed().looks;
    world.wait_for([&] { return world.elsewhere.feed().looks > looks + 1; });
    BOOST_TEST(journal().ends.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_logout_without_sql_that_a_node_has_not_heard_of_is_not_confirmed) {
    World world;
    world.start_both();
    // The other node is cut off from Redis: it hears nothing, and SQL tells it that the session lives.
    world.cache.announce_to_nobody();
    const auto token = world.login();
    const auto live = world.login();
    world.store.set_failure(StoreError::unavailable);
    BOOST_TEST((world.run(world.service.end(token, "web", wall_now())) == EndOutcome::unconfirmed));
    expect(world.check(token), Verdict::invalid, Reason::revoked);
    // It goes away, and nobody has to wait for it.
    world.store.set_failure(std::nullopt);
    world.run(stopped(world.elsewhere));
    world.store.set_failure(StoreError::unavailable);
    BOOST_TEST((world.run(world.service.end(live, "web", wall_now())) == EndOutcome::done));
}

BOOST_AUTO_TEST_CASE(a_node_that_has_never_read_the_feed_cannot_confirm_a_logout_without_sql) {
    World world;
    const auto token = world.login();
    world.store.set_failure(StoreError::unavailable);
    BOOST_TEST((world.run(world.service.end(token, "web", wall_now())) == EndOutcome::unconfirmed));
    expect(world.check(token), Verdict::invalid, Reason::revoked);
}

BOOST_AUTO_TEST_CASE(a_logout_that_the_journal_does_not_take_has_happened_and_is_not_confirmed) {
    World world;
    world.service.start();
    world.wait_for([&] { return world.service.memory_is_fresh(); });
    const auto token = world.login();
    const auto& config = *world.configuration->config;
    auto name = config.listen;
    std::ranges::replace(name, '/', '-');
    std::filesystem::create_directory(config.state_directory + "/ended" + name + ".journal");
    world.store.set_failure(StoreError::unavailable);
    BOOST_TEST((world.run(world.service.end(token, "web", wall_now())) == EndOutcome::unconfirmed));
    expect(world.check(token), Verdict::invalid, Reason::revoked);
}

BOOST_AUTO_TEST_CASE(an_overload_of_our_own_is_no_reason_to_end_a_session_without_sql) {
    World world;
    world.service.start();
    world.wait_for([&] { return world.service.memory_is_fresh(); });
    const auto token = world.login();
    world.store.set_failure(StoreError::overloaded);
    BOOST_TEST((world.run(world.service.end(token, "web", wall_now())) == EndOutcome::failed));
    BOOST_TEST(world.run(world.cache.pending_ends(10, World::soon())).value().empty());
    world.store.set_failure(std::nullopt);
    expect(world.check(token), Verdict::valid, Reason::live);
}

BOOST_AUTO_TEST_CASE(what_sql_has_refused_is_not_let_in_by_a_copy_in_redis) {
    World world;
    const auto token = world.login();
    expect(world.check(token), Verdict::valid, Reason::live);
    BOOST_REQUIRE(world.run(world.store.purge(now + Seconds{10 * 365 * 86'400}, 10, World::soon())).has_value());
    world.cache.set_failure(StoreError::timed_out); // slow for a moment, so that SQL is asked
    expect(world.check(token), Verdict::invalid, Reason::absent);
    world.cache.set_failure(std::nullopt);
    expect(world.check(token), Verdict::invalid, Reason::revoked);
}

BOOST_AUTO_TEST_CASE(sessions_are_believed_without_sql_for_a_while_and_no_longer) {
    auto config = std::make_shared<Config>(*settings()->config);
    config->database_absence = Seconds{1};
    auto short_of_patience = std::make_shared<Settings>(*settings());
    short_of_patience->config = std::move(config);
    World world(true, std::move(short_of_patience));
    world.service.start();
    world.wait_for([&] { return world.service.memory_is_fresh() && world.service.cache_is_trustworthy(); });
    const auto token = world.login();
    expect(world.check(token), Verdict::valid, Reason::live);
    world.store.set_failure(StoreError::unavailable);
    BOOST_TEST((world.check(token).verdict == Verdict::valid));
    world.wait_for([&] { return world.check(token).verdict != Verdict::valid; });
    BOOST_TEST((world.check(token).verdict == Verdict::unknown));
    world.store.set_failure(std::nullopt);
    world.wait_for([&] { return world.check(token).verdict == Verdict::valid; });
    expect(world.check(token), Verdict::valid, Reason::live);
}

BOOST_AUTO_TEST_CASE(a_process_that_was_stopped_looks_at_the_feed_before_it_believes_redis) {
    World world;
    world.service.start();
    world.wait_for([&] { return world.service.memory_is_fresh() && world.service.cache_is_trustworthy(); });
    const auto token = world.login();
    expect(world.check(token), Verdict::valid, Reason::live);
    BOOST_REQUIRE(world.run(world.store.set_disabled(ann, true, now, World::soon())).has_value());
    const auto begin = BootClock::now(); // the loop stands still, and nobody else tells Redis
    while (BootClock::now() - begin <= Freshness::next_try + FeedReader::interval)
        std::this_thread::yield();
    BOOST_TEST((world.check(token).verdict == Verdict::invalid));
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
    BOOST_TEST((world.run(world.checking(world.elsewhere, token, "web", now)).verdict ==
                Verdict::valid)); // it can tell no better
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
