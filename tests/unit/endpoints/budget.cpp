// SPDX-License-Identifier: Apache-2.0
// Goal: a request waits for stores no longer than it may, what it does not wait for still comes to its end, and the
// time of a password hash is not counted.
#include "gateway/endpoints/budget.h"
#include "tests/unit/await.h"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

using namespace gatehouse;

namespace {

boost::asio::awaitable<int> seven_in(Millis span, bool& done) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, span);
    co_await timer.async_wait(boost::asio::use_awaitable);
    done = true;
    co_return 7;
}

boost::asio::awaitable<int> failing() {
    co_await boost::asio::post(boost::asio::use_awaitable);
    throw std::runtime_error("no");
}

Deadline in_an_hour() {
    return std::chrono::steady_clock::now() + std::chrono::hours(1);
}

} // namespace

BOOST_AUTO_TEST_SUITE(budget)

BOOST_AUTO_TEST_CASE(the_default_leaves_room_in_half_a_second) {
    BOOST_TEST(store_budget(Config{}).count() == 400);
    Config slow;
    slow.database_timeout = Millis{2000};
    slow.redis_timeout = Millis{200};
    BOOST_TEST(store_budget(slow).count() == 2400);
}

BOOST_AUTO_TEST_CASE(a_call_has_its_own_deadline_and_that_of_the_request) {
    const Config config;
    const auto passed = std::chrono::steady_clock::now();
    BOOST_TEST((sql_deadline(config, passed) == passed));
    const auto before = deadline_in(config.database_timeout);
    const auto given = sql_deadline(config, in_an_hour());
    BOOST_TEST((given >= before && given <= deadline_in(config.database_timeout)));
}

BOOST_AUTO_TEST_CASE(what_comes_in_time_is_the_answer) {
    boost::asio::io_context loop;
    bool done = false;
    BOOST_TEST((await(loop, within(in_an_hour(), seven_in(Millis{1}, done))) == 7));
    BOOST_TEST(done);
}

BOOST_AUTO_TEST_CASE(what_comes_late_comes_to_its_end) {
    boost::asio::io_context loop;
    bool done = false;
    const auto answer = await(loop, within(deadline_in(Millis{1}), seven_in(Millis{50}, done)));
    BOOST_TEST(!answer.has_value());
    BOOST_TEST(!done);
    loop.restart();
    loop.run();
    BOOST_TEST(done);
}

BOOST_AUTO_TEST_CASE(what_is_thrown_is_thrown_here) {
    boost::asio::io_context loop;
    BOOST_CHECK_THROW(await(loop, within(in_an_hour(), failing())), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_pause_does_not_count) {
    const auto began = std::chrono::steady_clock::now();
    Deadline until = began;
    {
        const Pause pause(until);
        while (std::chrono::steady_clock::now() - began < Millis{5}) {
        }
    }
    BOOST_TEST((until - began >= Millis{4}));
    BOOST_TEST((until <= std::chrono::steady_clock::now()));
}

BOOST_AUTO_TEST_SUITE_END()
