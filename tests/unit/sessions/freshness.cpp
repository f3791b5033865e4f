// SPDX-License-Identifier: Apache-2.0
// Goal: memory is believed only while a proof is fresh; what happened while there was no link is not forgotten; a
// breaker opens, tries again and closes.
#include "gateway/sessions/freshness.h"

#include "gateway/sessions/breaker.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;

namespace {

const Moment start{std::chrono::hours{5}};
const Deadline began{std::chrono::hours{5}};

} // namespace

BOOST_AUTO_TEST_SUITE(freshness)

BOOST_AUTO_TEST_CASE(a_look_is_proof_for_a_moment) {
    Freshness fresh;
    BOOST_TEST(!fresh.by_feed(start));
    fresh.looked(start);
    BOOST_TEST(fresh.by_feed(start));
    BOOST_TEST(fresh.by_feed(start + Millis{900}));
    BOOST_TEST(!fresh.by_feed(start + Millis{901}));
    BOOST_TEST(!fresh.by_feed(start + std::chrono::hours{1}));
}

BOOST_AUTO_TEST_CASE(a_link_counts_after_a_look_that_was_sent_since_it_was_armed) {
    Freshness fresh;
    fresh.looked(start);
    BOOST_TEST(!fresh.link_has_caught_up());
    fresh.link_armed(start + Millis{10});
    BOOST_TEST(!fresh.link_has_caught_up());
    fresh.looked(start + Millis{9}); // sent before, answered after
    BOOST_TEST(!fresh.link_has_caught_up());
    fresh.looked(start + Millis{10});
    BOOST_TEST(fresh.link_has_caught_up());
    fresh.link_lost();
    BOOST_TEST(!fresh.link_has_caught_up());
    fresh.looked(start + Millis{300});
    BOOST_TEST(!fresh.link_has_caught_up());
    fresh.link_armed(start + Millis{400});
    BOOST_TEST(!fresh.link_has_caught_up());
    fresh.looked(start + Millis{600});
    BOOST_TEST(fresh.link_has_caught_up());
}

BOOST_AUTO_TEST_CASE(a_breaker_tolerates_a_few_failures_and_then_none) {
    Breaker breaker;
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(breaker.may_ask(began, 0));
        breaker.failed(began, 0);
    }
    BOOST_TEST(breaker.open());
    BOOST_TEST(!breaker.may_ask(began, 0));
    BOOST_TEST(!breaker.may_ask(began + Millis{99}, 0));
    BOOST_TEST(breaker.may_ask(began + Millis{100}, 0));  // one tries
    BOOST_TEST(!breaker.may_ask(began + Millis{101}, 0)); // and the others do not
    BOOST_TEST(!breaker.may_ask(began + Millis{1099}, 0));
    BOOST_TEST(breaker.may_ask(began + Millis{1100}, 0)); // that one never came back
    breaker.failed(began + Millis{1200}, 50);
    BOOST_TEST(!breaker.may_ask(began + Millis{1349}, 0));
    BOOST_TEST(breaker.may_ask(began + Millis{1350}, 0));
    breaker.succeeded();
    BOOST_TEST(!breaker.open());
    BOOST_TEST(breaker.may_ask(began + Millis{1351}, 0));
    BOOST_TEST(breaker.may_ask(began + Millis{1351}, 0));
}

BOOST_AUTO_TEST_CASE(a_try_that_our_own_queue_refused_leaves_the_breaker_as_it_was) {
    Breaker breaker;
    breaker.not_asked();
    for (int i = 0; i < 3; ++i)
        breaker.failed(began, 0);
    BOOST_TEST(breaker.may_ask(began + Millis{100}, 0));
    breaker.not_asked();
    BOOST_TEST(breaker.open());
    BOOST_TEST(breaker.may_ask(began + Millis{101}, 0)); // the next one tries, and nobody waits for the one before
    BOOST_TEST(!breaker.may_ask(began + Millis{102}, 0));
}

BOOST_AUTO_TEST_CASE(failures_that_are_not_in_a_row_open_nothing) {
    Breaker breaker;
    for (int i = 0; i < 20; ++i) {
        breaker.failed(began, 0);
        breaker.failed(began, 0);
        breaker.succeeded();
    }
    BOOST_TEST(!breaker.open());
    BOOST_TEST(breaker.may_ask(began, 0));
}

BOOST_AUTO_TEST_CASE(who_has_not_tried_to_look_for_a_while_was_stopped) {
    Freshness fresh;
    BOOST_TEST(!fresh.was_stopped(start)); // before the first try nothing is remembered
    fresh.tried(start);
    BOOST_TEST(!fresh.was_stopped(start + Freshness::next_try));
    BOOST_TEST(fresh.was_stopped(start + Freshness::next_try + Millis{1}));
    fresh.tried(start + Freshness::next_try); // without an answer, perhaps: that is no stop
    BOOST_TEST(!fresh.was_stopped(start + Freshness::next_try + Millis{1}));
    BOOST_TEST(!fresh.by_feed(start));
}

BOOST_AUTO_TEST_SUITE_END()
