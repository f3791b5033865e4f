// SPDX-License-Identifier: Apache-2.0
// Goal: people who ask the same thing at the same time share one query, and nobody gets an answer from before they
// asked.
#include "gateway/sessions/single_flight.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(single_flight)

namespace {

boost::asio::awaitable<Result<int>> slow_answer(int& asked, int& answer) {
    ++asked;
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, Millis{5});
    const int seen = answer; // what the database saw when it was asked
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return seen;
}

} // namespace

BOOST_AUTO_TEST_CASE(many_share_one_query_but_nobody_gets_an_answer_from_before_the_question) {
    boost::asio::io_context loop;
    SingleFlight<int> flights;
    int asked = 0, answer = 1;
    std::vector<int> early, late;
    const auto ask = [&](std::vector<int>& out) {
        boost::asio::co_spawn(loop,
                              flights.ask(
                                  "key", [&] { return slow_answer(asked, answer); }, deadline_in(Millis{2000})),
                              [&out](std::exception_ptr, Result<int> got) { out.push_back(got.value()); });
    };
    for (int i = 0; i < 10; ++i)
        ask(early);
    loop.poll(); // the first is in the air
    answer = 2;  // the world changes
    for (int i = 0; i < 10; ++i)
        ask(late);
    loop.restart();
    loop.run();
    BOOST_TEST(asked <= 3);
    BOOST_TEST(early.size() == 10U);
    for (const int got : late)
        BOOST_TEST(got == 2);
    BOOST_TEST(late.size() == 10U);
    BOOST_TEST(flights.keys_under_way() == 0U);
}

BOOST_AUTO_TEST_CASE(nobody_waits_past_the_deadline) {
    boost::asio::io_context loop;
    SingleFlight<int> flights;
    const auto never = []() -> boost::asio::awaitable<Result<int>> {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, Millis{300});
        co_await timer.async_wait(boost::asio::use_awaitable);
        co_return 1;
    };
    std::optional<Result<int>> got;
    boost::asio::co_spawn(loop, flights.ask("key", never, deadline_in(Millis{5})),
                          [&](std::exception_ptr, Result<int> r) { got = r; });
    while (!got)
        loop.run_one();
    BOOST_TEST((got->error() == make_error_code(StoreError::timed_out)));
    BOOST_TEST(flights.keys_under_way() == 1U); // the answer had not come: the deadline ended the wait
    loop.run();
    BOOST_TEST(flights.keys_under_way() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
