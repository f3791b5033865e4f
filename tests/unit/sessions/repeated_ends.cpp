// SPDX-License-Identifier: Apache-2.0
// Goal: the end of what has ended already costs no transaction, says *done* only if every node has heard of it, and a
// thousand at once cost what one or two do.
#include "tests/unit/sessions/world.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;

namespace {

EndOutcome end(World& world, const std::string& token) {
    return world.run(world.service.end(token, "web", now));
}

/// How many calls of the store an end takes.
std::size_t price(World& world, const std::string& token, EndOutcome wanted) {
    const auto before = world.store.calls();
    BOOST_TEST((end(world, token) == wanted));
    return world.store.calls() - before;
}

} // namespace

BOOST_AUTO_TEST_SUITE(repeated_ends)

BOOST_AUTO_TEST_CASE(the_logout_of_a_session_that_has_ended_already_is_one_read_and_then_none) {
    for (const bool with_cache : {true, false}) {
        World world(with_cache);
        const auto token = world.login();
        BOOST_TEST((world.run(world.elsewhere.end(token, "web", now)) == EndOutcome::done));
        BOOST_TEST(price(world, token, EndOutcome::done) == 1U);
        BOOST_TEST(price(world, token, EndOutcome::done) == 0U);
        expect_ended(world, token);
    }
}

BOOST_AUTO_TEST_CASE(a_token_without_a_session_is_one_read) {
    World world;
    const auto token = world.configuration->tokens.mint("web");
    BOOST_TEST(price(world, token, EndOutcome::absent) == 1U);
}

BOOST_AUTO_TEST_CASE(what_may_live_is_ended_in_a_transaction) {
    World world;
    const auto token = world.login();
    BOOST_TEST((end(world, token) == EndOutcome::done));
    expect_ended(world, token);
    world.cache.clear();
    expect_ended(world, token); // SQL knows
}

BOOST_AUTO_TEST_CASE(the_end_of_an_older_systems_token_that_is_over_is_read_too) {
    World world;
    const std::string token = "a-token-of-the-older-system";
    AcceptedToken known;
    known.token = {"web", stored_id(token)};
    known.since = now;
    known.expires_at = now + std::chrono::hours{1};
    BOOST_TEST(world.run(world.store.accept_token(known, world.soon())).value());
    const auto price_of = [&] {
        const auto before = world.store.calls();
        BOOST_TEST((world.run(world.service.end_name(token, "web", now)) == EndOutcome::done));
        return world.store.calls() - before;
    };
    BOOST_TEST((world.run(world.elsewhere.end_name(token, "web", now)) == EndOutcome::done));
    BOOST_TEST(price_of() == 2U); // one read, and one of the names that it might have
    BOOST_TEST(price_of() == 0U);
}

/// Here the end has happened in SQL, and Redis cannot be told: another node may not have heard of it.
BOOST_AUTO_TEST_CASE(an_end_that_is_not_confirmed_can_be_asked_for_again) {
    World world;
    const auto token = world.login();
    BOOST_TEST(world.run(world.store.seen("deaf", now - std::chrono::minutes{1}, world.soon())).has_value());
    world.cache.set_failure(StoreError::unavailable);
    BOOST_TEST((end(world, token) == EndOutcome::unconfirmed));
    BOOST_TEST((end(world, token) == EndOutcome::unconfirmed)); // nor does asking twice make it so
    world.cache.set_failure(std::nullopt);
    BOOST_TEST((end(world, token) == EndOutcome::done));
    BOOST_TEST(price(world, token, EndOutcome::done) == 0U);
}

/// It is the tombstone of an end that SQL has not heard of: nodes without Redis let the session in.
BOOST_AUTO_TEST_CASE(a_tombstone_alone_confirms_nothing) {
    World world;
    const auto token = world.login();
    const PendingEnd pending{{{"web", stored_id(token)}, now + std::chrono::hours{1}}, now};
    BOOST_TEST(world.run(world.cache.end_before_sql(pending, now, world.soon())).has_value());
    BOOST_TEST((end(world, token) == EndOutcome::done));
    world.cache.clear();
    expect_ended(world, token); // this end has told SQL
}

BOOST_AUTO_TEST_CASE(a_thousand_ends_of_one_session_at_once_are_two) {
    World world;
    int begun = 0, done = 0;
    world.store.set_delay(Millis{20});
    const auto token = world.login();
    const SingleFlight<EndOutcome>::Query once = [&]() -> boost::asio::awaitable<Result<EndOutcome>> {
        ++begun;
        co_return co_await world.service.end(token, "web", now);
    };
    for (int i = 0; i < 1000; ++i)
        boost::asio::co_spawn(world.loop, world.service.end_together("one", "web", once),
                              [&](std::exception_ptr, EndOutcome o) { done += o == EndOutcome::done ? 1 : 0; });
    world.wait_for([&] { return done == 1000; });
    BOOST_TEST(done == 1000);
    BOOST_TEST(begun == 2);
    expect_ended(world, token);
}

BOOST_AUTO_TEST_SUITE_END()
