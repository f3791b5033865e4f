// SPDX-License-Identifier: Apache-2.0
// Goal: a session ends at its idle and at its absolute limit, to the millisecond, whatever is used and whatever is
// configured later.
#include "gateway/sessions/lifetime.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;

namespace {

const Instant start{Millis{1'700'000'000'000}};

ContextConfig context(int idle, int absolute) {
    ContextConfig c;
    c.name = "web";
    c.idle = Seconds{idle};
    c.absolute = Seconds{absolute};
    return c;
}

Session session(Instant last, Instant ends) {
    Session s;
    s.created_at = start;
    s.last_activity = last;
    s.expires_at = ends;
    return s;
}

} // namespace

BOOST_AUTO_TEST_SUITE(lifetime)

BOOST_AUTO_TEST_CASE(limits_are_exact) {
    const auto rules = context(100, 1000);
    const auto fresh = session(start, start + Seconds{1000});
    const auto used = session(start + Seconds{950}, start + Seconds{1000});
    struct Case {
        const Session& session;
        Millis after;
        Millis grace;
        Life expected;
    };
    const Case cases[] = {
        {fresh, Millis{0}, Millis{0}, Life::live},
        {fresh, Millis{99'999}, Millis{0}, Life::live},
        {fresh, Millis{100'000}, Millis{0}, Life::idle_too_long},
        {fresh, Millis{100'000}, Millis{5000}, Life::live},
        {fresh, Millis{104'999}, Millis{5000}, Life::live},
        {fresh, Millis{105'000}, Millis{5000}, Life::idle_too_long},
        {used, Millis{999'999}, Millis{0}, Life::live},
        {used, Millis{1'000'000}, Millis{0}, Life::ended},
        {used, Millis{1'000'000}, Millis{60'000}, Life::ended}, // grace is for idleness alone
    };
    for (const auto& c : cases) {
        BOOST_TEST_CONTEXT(c.after.count() << " ms, grace " << c.grace.count()) {
            BOOST_TEST((judge(c.session, rules, start + c.after, c.grace) == c.expected));
        }
    }
}

BOOST_AUTO_TEST_CASE(who_stays_signed_in_has_an_idle_time_of_their_own) {
    auto rules = context(100, 1000);
    rules.idle_remembered = Seconds{700};
    auto kept = session(start, start + Seconds{1000});
    kept.remember = true;
    BOOST_TEST((judge(kept, rules, start + Millis{699'999}, Millis{0}) == Life::live));
    BOOST_TEST((judge(kept, rules, start + Seconds{700}, Millis{0}) == Life::idle_too_long));
    BOOST_TEST(time_left(kept, rules, start).count() == 700);
    BOOST_TEST(time_left(kept, rules, start + Seconds{400}).count() == 300);
    rules.idle_remembered = Seconds{5000}; // never beyond the absolute limit
    BOOST_TEST(time_left(kept, rules, start).count() == 1000);
    BOOST_TEST((judge(kept, rules, start + Seconds{1000}, Millis{0}) == Life::ended));
    rules.idle_remembered = Seconds{10}; // and never less than idle
    BOOST_TEST(time_left(kept, rules, start).count() == 100);
}

BOOST_AUTO_TEST_CASE(a_copy_that_is_not_used_is_gone_after_idle_whatever_the_session_may) {
    auto rules = context(100, 1000);
    rules.idle_remembered = Seconds{700};
    auto kept = session(start, start + Seconds{1000});
    kept.remember = true;
    BOOST_TEST(copy_lifetime(kept, rules, start).count() == 100);
    BOOST_TEST(copy_lifetime(kept, rules, start + Seconds{650}).count() == 50);
    BOOST_TEST(copy_lifetime(session(start, start + Seconds{1000}), rules, start + Seconds{30}).count() == 70);
}

BOOST_AUTO_TEST_CASE(a_shorter_absolute_limit_ends_old_sessions_a_longer_one_revives_none) {
    const auto s = session(start + Seconds{500}, start + Seconds{1000});
    BOOST_TEST((judge(s, context(10'000, 400), start + Seconds{500}, Millis{0}) == Life::ended));
    BOOST_TEST((judge(s, context(10'000, 9000), start + Seconds{1000}, Millis{0}) == Life::ended));
}

BOOST_AUTO_TEST_CASE(a_clock_that_steps_back_extends_by_no_more_than_the_step) {
    const auto s = session(start + Seconds{60}, start + Seconds{1000});
    BOOST_TEST((judge(s, context(100, 1000), start, Millis{0}) == Life::live));
    BOOST_TEST(time_left(s, context(100, 1000), start).count() == 160);
}

BOOST_AUTO_TEST_CASE(time_left_is_the_nearest_end) {
    const auto s = session(start + Seconds{950}, start + Seconds{1000});
    BOOST_TEST(time_left(s, context(100, 1000), start + Seconds{960}).count() == 40);
    BOOST_TEST(time_left(s, context(20, 1000), start + Seconds{960}).count() == 10);
    BOOST_TEST(time_left(s, context(20, 1000), start + Millis{959'500}).count() == 11); // rounded up
    BOOST_TEST(time_left(s, context(20, 1000), start + Seconds{2000}).count() == 0);
}

BOOST_AUTO_TEST_CASE(touches_are_a_small_part_of_the_idle_time) {
    BOOST_TEST(touch_every(context(24 * 3600, 1), Seconds{60}).count() == 60);
    BOOST_TEST(touch_every(context(100, 1), Seconds{60}).count() == 5);
    BOOST_TEST(touch_every(context(3, 1), Seconds{60}).count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
