// SPDX-License-Identifier: Apache-2.0
// Goal: every session cache keeps what storage/session_cache.h promises of sessions; above all, that nothing is
// stronger than a tombstone.
#include "cache_suite.h"

namespace gatehouse::testing::cache_sessions {
namespace {

using std::chrono::hours;

constexpr Seconds ttl = hours{2};

Session later(Session session, Seconds by) {
    session.last_activity += by;
    return session;
}

CACHE_CASE(nobody_is_there_at_first) {
    bench.need(bench.cache().ping(CacheBench::soon()));
    BOOST_TEST(is_absent(bench.find(cached_session(1))));
}

CACHE_CASE(a_session_comes_back_as_it_was) {
    for (const int number : {1, 2}) {
        const auto session = cached_session(number);
        bench.need(bench.cache().populate(session, ttl, CacheBench::soon()));
        const auto found = bench.find(session);
        BOOST_REQUIRE(is_live(found));
        BOOST_TEST((*found.session == session));
        BOOST_TEST(!found.user);
    }
}

CACHE_CASE(a_session_of_another_context_is_absent) {
    const auto session = cached_session(1, "web");
    bench.need(bench.cache().populate(session, ttl, CacheBench::soon()));
    BOOST_TEST(is_absent(bench.find(cached_session(1, "admin"))));
    BOOST_TEST(is_absent(bench.find(cached_session(1, "we"))));
    bench.need(bench.cache().tombstone({ended(cached_session(1, "admin"))}, CacheBench::now(), CacheBench::soon()));
    BOOST_TEST(is_live(bench.find(session)));
}

CACHE_CASE(populating_overwrites_nothing) {
    const auto session = cached_session(1);
    const auto newer = later(session, Seconds{60});
    bench.need(bench.cache().populate(newer, ttl, CacheBench::soon()));
    bench.need(bench.cache().populate(session, ttl, CacheBench::soon()));
    BOOST_TEST((bench.find(session, newer.last_activity).session == newer));
    bench.need(bench.cache().tombstone({ended(session)}, CacheBench::now(), CacheBench::soon()));
    bench.need(bench.cache().populate(newer, ttl, CacheBench::soon()));
    BOOST_TEST(is_tombstone(bench.find(session)));
}

CACHE_CASE(a_session_that_is_over_is_not_cached) {
    auto over = cached_session(1);
    over.expires_at = over.last_activity; // that is now
    bench.need(bench.cache().populate(over, ttl, CacheBench::soon()));
    BOOST_TEST(is_absent(bench.find(over, over.last_activity - Seconds{1})));
    for (const Seconds none : {Seconds{0}, Seconds{-5}})
        bench.need(bench.cache().populate(cached_session(2), none, CacheBench::soon()));
    BOOST_TEST(is_absent(bench.find(cached_session(2))));
}

CACHE_CASE(a_cached_session_ends_when_it_says) {
    const auto session = cached_session(1);
    bench.need(bench.cache().populate(session, hours{24 * 365}, CacheBench::soon()));
    BOOST_TEST(is_live(bench.find(session, session.expires_at - Millis{1})));
    BOOST_TEST(is_absent(bench.find(session, session.expires_at)));
}

CACHE_CASE(tombstones_cover_what_was_cached_and_what_was_not) {
    std::vector<EndedSession> all;
    for (int number = 1; number <= 300; ++number)
        all.push_back(ended(cached_session(number)));
    bench.need(bench.cache().populate(cached_session(1), ttl, CacheBench::soon()));
    bench.need(bench.cache().tombstone(all, CacheBench::now(), CacheBench::soon()));
    for (const int number : {1, 2, 300})
        BOOST_TEST(is_tombstone(bench.find(cached_session(number))), number);
    BOOST_TEST(is_absent(bench.find(cached_session(301))));
    bench.need(bench.cache().tombstone(all, CacheBench::now(), CacheBench::soon())); // again
    bench.need(bench.cache().tombstone({}, CacheBench::now(), CacheBench::soon()));
    BOOST_TEST(is_tombstone(bench.find(cached_session(1))));
}

CACHE_CASE(a_tombstone_of_an_expired_session_still_stands) {
    auto session = cached_session(1);
    session.expires_at = CacheBench::now() - hours{1};
    bench.need(bench.cache().tombstone({ended(session)}, CacheBench::now(), CacheBench::soon()));
    BOOST_TEST(is_tombstone(bench.find(session)));
}

CACHE_CASE(extending_moves_activity_forward_only) {
    const auto session = cached_session(1);
    const auto newer = later(session, Seconds{2});
    bench.need(bench.cache().populate(session, ttl, CacheBench::soon()));
    bench.need(bench.cache().extend(newer, ttl, CacheBench::soon()));
    BOOST_TEST((bench.find(session, newer.last_activity).session == newer));
    bench.need(bench.cache().extend(session, ttl, CacheBench::soon()));
    BOOST_TEST((bench.find(session, newer.last_activity).session == newer));
    bench.need(bench.cache().extend(newer, ttl, CacheBench::soon()));
    BOOST_TEST((bench.find(session, newer.last_activity).session == newer));
}

CACHE_CASE(extending_neither_creates_nor_revives) {
    const auto session = cached_session(1);
    bench.need(bench.cache().extend(session, ttl, CacheBench::soon()));
    BOOST_TEST(is_absent(bench.find(session)));
    bench.need(bench.cache().tombstone({ended(session)}, CacheBench::now(), CacheBench::soon()));
    bench.need(bench.cache().extend(later(session, Seconds{2}), ttl, CacheBench::soon()));
    BOOST_TEST(is_tombstone(bench.find(session)));
}

CACHE_CASE(extending_leaves_other_sessions_alone) {
    const auto session = cached_session(1);
    bench.need(bench.cache().populate(session, ttl, CacheBench::soon()));
    auto other = later(session, Seconds{2});
    other.handle = cached_session(2).handle; // the same key, and yet not the same session
    bench.need(bench.cache().extend(other, ttl, CacheBench::soon()));
    BOOST_TEST((bench.find(session).session == session));
}

CACHE_CASE(whatever_races_with_a_tombstone_loses) {
    for (int round = 1; round <= 20; ++round) {
        const auto session = cached_session(round);
        if (round % 2 == 0) bench.need(bench.cache().populate(session, ttl, CacheBench::soon()));
        std::vector<boost::asio::awaitable<Result<void>>> all;
        for (int i = 0; i < 16; ++i) {
            if (i == round % 16)
                all.push_back(bench.cache().tombstone({ended(session)}, CacheBench::now(), CacheBench::soon()));
            else if (i % 2 == 0)
                all.push_back(bench.cache().populate(session, ttl, CacheBench::soon()));
            else
                all.push_back(bench.cache().extend(later(session, Seconds{1}), ttl, CacheBench::soon()));
        }
        for (const auto& result : bench.loop().wait_all(std::move(all)))
            BOOST_TEST(result.has_value());
        BOOST_TEST(is_tombstone(bench.find(session)), round);
    }
}

CACHE_CASE(names_are_never_more_than_names) {
    const std::vector<std::string> ids = {"x\r\nFLUSHALL\r\n",
                                          "*1\r\n$8\r\nFLUSHALL\r\n",
                                          "a b",
                                          "{tag}",
                                          "*",
                                          "?",
                                          "[a-z]",
                                          "",
                                          ":",
                                          "web:x",
                                          std::string("nul\0l", 5),
                                          "\xff\xfe",
                                          "%s%n",
                                          "'\"\\"};
    const auto witness = cached_session(1);
    bench.need(bench.cache().populate(witness, ttl, CacheBench::soon()));
    for (const auto& id : ids) {
        auto session = cached_session(2);
        session.key.id = id;
        BOOST_TEST(is_absent(bench.find(session)), id);
        bench.need(bench.cache().tombstone({ended(session)}, CacheBench::now(), CacheBench::soon()));
        if (id != "\xff\xfe") BOOST_TEST(is_tombstone(bench.find(session)), id); // not UTF-8: nobody's
    }
    auto endless = cached_session(3);
    endless.key.id = std::string(512 * 1024, 'x');
    BOOST_TEST(is_absent(bench.find(endless)));
    BOOST_TEST(is_live(bench.find(witness)));
}

} // namespace
} // namespace gatehouse::testing::cache_sessions
