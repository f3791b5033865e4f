// SPDX-License-Identifier: Apache-2.0
// Goal: the near cache gives back what it was given until that changes or ends, takes in nothing that was asked for
// before a change, and never grows beyond its limits.
#include "gateway/sessions/near_cache.h"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace gatehouse;

namespace {

const Instant now{Millis{1'700'000'000'000}};
constexpr NearCacheLimits roomy{1000, 10'000'000};

User user(int number = 1, std::int64_t generation = 1) {
    User u;
    u.id = fmt::format("00000000-0000-4000-8000-{:012}", number);
    u.email = fmt::format("user{}@example.test", number);
    u.role = "user";
    u.generation = generation;
    return u;
}

Session session(int number, int owner = 1, const std::string& context = "web") {
    SessionDigest id{};
    id[0] = static_cast<unsigned char>(number);
    id[1] = static_cast<unsigned char>(number >> 8U);
    Session s;
    s.key = {context, to_stored_id(id)};
    s.handle = fmt::format("10000000-0000-4000-8000-{:012x}", number);
    s.user_id = user(owner).id;
    s.created_at = s.last_activity = now;
    s.expires_at = now + Seconds{86'400};
    s.remember = number % 2 == 1;
    return s;
}

SessionDigest digest(const Session& s) {
    return to_digest(s.key.id).value();
}

/// As a check that found it in a store would.
void fill(NearCache& cache, const Session& s, const User& u) {
    (void)cache.fill(cache.note(digest(s)), s, u, now);
}

bool knows(NearCache& cache, const Session& s, Instant at = now) {
    return cache.find(digest(s), at) != nullptr;
}

} // namespace

BOOST_AUTO_TEST_SUITE(near_cache)

BOOST_AUTO_TEST_CASE(what_went_in_comes_out) {
    NearCache cache(roomy);
    auto u = user();
    u.permissions = {{"orders.write", now + Seconds{5}}, {"orders.read", std::nullopt}};
    const auto s = session(1);
    BOOST_TEST(!knows(cache, s));
    const auto filled = cache.fill(cache.note(digest(s)), s, u, now);
    const auto* const entry = cache.find(digest(s), now);
    BOOST_REQUIRE(entry != nullptr);
    BOOST_TEST((entry->who.session() == s));
    BOOST_TEST((entry->who.user->user == u));
    BOOST_TEST((filled.session() == s));
    BOOST_TEST((filled.user == entry->who.user));
    BOOST_TEST(!knows(cache, session(2)));
    BOOST_TEST(cache.stats().hits == 1U);
    BOOST_TEST(cache.stats().misses == 2U);
}

BOOST_AUTO_TEST_CASE(nothing_is_kept_beyond_its_time) {
    NearCache cache(roomy);
    auto s = session(1);
    s.expires_at = now + Millis{5};
    fill(cache, s, user());
    BOOST_TEST(knows(cache, s, now + Millis{4}));
    BOOST_TEST(!knows(cache, s, now + Millis{5}));
    BOOST_TEST(cache.size() == 0U);
    fill(cache, session(2), user());
    BOOST_TEST(knows(cache, session(2), now + Seconds{599}));
    BOOST_TEST(!knows(cache, session(2), now + Seconds{600})); // the stores are asked now and then in any case
}

BOOST_AUTO_TEST_CASE(filling_again_changes_nothing) {
    NearCache cache(roomy);
    fill(cache, session(1), user());
    const auto bytes = cache.bytes();
    fill(cache, session(1), user());
    BOOST_TEST(cache.size() == 1U);
    BOOST_TEST(cache.bytes() == bytes);
    cache.drop(digest(session(1)));
    BOOST_TEST(cache.bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(what_does_not_live_is_known_for_a_moment) {
    NearCache cache(roomy);
    const auto id = digest(session(1));
    cache.refuse(cache.note(id), id, Reason::absent, now);
    const auto* const entry = cache.find(id, now);
    BOOST_REQUIRE(entry != nullptr);
    BOOST_TEST(entry->who.user == nullptr);
    BOOST_TEST((entry->why == Reason::absent));
    BOOST_TEST(cache.find(id, now + Seconds{5}) == nullptr);
}

BOOST_AUTO_TEST_CASE(an_answer_from_before_a_change_is_not_taken_in) {
    const auto s = session(1);
    struct Case {
        const char* what;
        void (*change)(NearCache&, const Session&);
        bool taken;
    };
    const Case cases[] = {
        {"nothing", [](NearCache&, const Session&) {}, true},
        {"this session", [](NearCache& c, const Session& x) { c.drop(digest(x)); }, false},
        {"another session", [](NearCache& c, const Session&) { c.drop(digest(session(2))); }, true},
        {"a user", [](NearCache& c, const Session&) { c.drop_user(user(7).id); }, false},
        {"everything", [](NearCache& c, const Session&) { c.clear(); }, false},
    };
    for (const auto& c : cases) {
        NearCache cache(roomy);
        const auto before = cache.note(digest(s));
        c.change(cache, s);
        const auto given = cache.fill(before, s, user(), now);
        BOOST_TEST_CONTEXT(c.what) {
            BOOST_TEST(knows(cache, s) == c.taken);
            BOOST_TEST((given.session() == s)); // whoever asked before the change may still have the answer
            BOOST_TEST(given.user->user.email == user().email);
            cache.clear();
            const auto again = cache.note(digest(s));
            c.change(cache, s);
            cache.refuse(again, digest(s), Reason::revoked, now);
            BOOST_TEST(knows(cache, s) == c.taken);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_dropped_session_is_gone_and_others_stay) {
    NearCache cache(roomy);
    for (const int n : {1, 2})
        fill(cache, session(n), user());
    cache.drop(digest(session(1)));
    BOOST_TEST(!knows(cache, session(1)));
    BOOST_TEST(knows(cache, session(2)));
}

BOOST_AUTO_TEST_CASE(a_changed_user_is_gone_with_all_sessions) {
    NearCache cache(roomy);
    fill(cache, session(1, 1), user(1));
    fill(cache, session(2, 1), user(1));
    fill(cache, session(3, 1, "admin"), user(1));
    fill(cache, session(4, 2), user(2));
    cache.drop_user(user(1).id, "web");
    BOOST_TEST(!knows(cache, session(1)));
    BOOST_TEST(!knows(cache, session(2)));
    BOOST_TEST(knows(cache, session(3)));
    BOOST_TEST(knows(cache, session(4)));
    cache.drop_user(user(1).id);
    BOOST_TEST(!knows(cache, session(3)));
    BOOST_TEST(knows(cache, session(4)));
    cache.drop_user("nobody");
}

BOOST_AUTO_TEST_CASE(sessions_of_a_user_share_it_and_a_newer_one_replaces_it) {
    NearCache cache(roomy);
    fill(cache, session(1), user(1, 5));
    fill(cache, session(2), user(1, 5));
    BOOST_TEST((cache.find(digest(session(1)), now)->who.user.get()) ==
               (cache.find(digest(session(2)), now)->who.user.get()));
    // An older user is given to who asked, and not remembered.
    const auto old = cache.fill(cache.note(digest(session(3))), session(3), user(1, 4), now);
    BOOST_TEST(old.user->user.generation == 4);
    BOOST_TEST(!knows(cache, session(3)));
    BOOST_TEST(knows(cache, session(1)));
    // A newer one puts the sessions that hold the old one out.
    fill(cache, session(3), user(1, 6));
    BOOST_TEST(knows(cache, session(3)));
    BOOST_TEST(!knows(cache, session(1)));
    BOOST_TEST(!knows(cache, session(2)));
}

BOOST_AUTO_TEST_CASE(the_limits_hold_and_the_latest_used_stay) {
    NearCache cache({3, 10'000'000});
    for (const int n : {1, 2, 3})
        fill(cache, session(n, n), user(n));
    BOOST_TEST(knows(cache, session(1)));
    fill(cache, session(4, 4), user(4));
    BOOST_TEST(cache.size() == 3U);
    BOOST_TEST(!knows(cache, session(2)));
    for (const int n : {1, 3, 4})
        BOOST_TEST(knows(cache, session(n)));
    BOOST_TEST(cache.stats().evictions == 1U);
}

BOOST_AUTO_TEST_CASE(bytes_are_counted_up_and_down) {
    NearCache cache({1000, 20'000});
    for (int n = 1; n <= 200; ++n) {
        fill(cache, session(n, n), user(n));
        BOOST_TEST_REQUIRE(cache.bytes() <= 20'000U);
    }
    BOOST_TEST(cache.size() > 10U);
    BOOST_TEST(cache.stats().evictions == 200U - cache.size());
    for (int n = 1; n <= 200; n += 2)
        cache.drop(digest(session(n)));
    for (int n = 2; n <= 200; n += 2)
        cache.drop_user(user(n).id);
    for (int n = 1; n <= 200; ++n)
        BOOST_TEST(!knows(cache, session(n)));
    BOOST_TEST(cache.size() == 0U);
    BOOST_TEST(cache.bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(with_no_room_nothing_is_remembered) {
    NearCache cache({0, 0});
    fill(cache, session(1), user());
    cache.refuse(cache.note(digest(session(2))), digest(session(2)), Reason::absent, now);
    BOOST_TEST(cache.size() == 0U);
    BOOST_TEST(!knows(cache, session(1)));
}

BOOST_AUTO_TEST_CASE(a_session_takes_less_than_four_hundred_bytes) {
    NearCache cache({100'000, 1'000'000'000});
    fill(cache, session(1), user());
    const auto first = cache.bytes();
    fill(cache, session(2), user());
    BOOST_TEST(cache.bytes() - first <= 400U);
}

BOOST_AUTO_TEST_CASE(an_id_that_is_none_of_ours_is_nobody) {
    NearCache cache(roomy);
    auto s = session(1);
    s.key.id = "short";
    BOOST_TEST(cache.fill({}, s, user(), now).user == nullptr);
    s = session(1);
    s.handle = "no uuid";
    BOOST_TEST(cache.fill({}, s, user(), now).user == nullptr);
    BOOST_TEST(cache.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
