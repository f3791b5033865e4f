// SPDX-License-Identifier: Apache-2.0
// Goal: every session cache keeps what storage/session_cache.h promises of ends that SQL has not heard of, and of users
// that have changed.
#include "cache_suite.h"

#include <algorithm>

namespace gatehouse::testing::cache_pending {
namespace {

using std::chrono::hours;

PendingEnd end_of(int number) {
    return {ended(cached_session(number)), CacheBench::now() + Millis{number}};
}

void note(CacheBench& bench, const PendingEnd& end) {
    bench.need(bench.cache().end_before_sql(end, CacheBench::now(), CacheBench::soon()));
}

std::vector<PendingEnd> pending(CacheBench& bench, std::size_t limit = 100) {
    auto ends = bench.need(bench.cache().pending_ends(limit, CacheBench::soon()));
    std::ranges::sort(ends, {}, &PendingEnd::ended_at);
    return ends;
}

CACHE_CASE(an_end_without_sql_is_a_tombstone_and_a_note) {
    const auto session = cached_session(1);
    bench.need(bench.cache().populate(session, hours{24}, CacheBench::soon()));
    note(bench, end_of(1));
    BOOST_TEST(is_tombstone(bench.find(session)));
    bench.need(bench.cache().populate(session, hours{24}, CacheBench::soon()));
    BOOST_TEST(is_tombstone(bench.find(session)));
    BOOST_TEST((pending(bench) == std::vector<PendingEnd>{end_of(1)}));
}

CACHE_CASE(what_is_settled_is_noted_no_more_and_stays_ended) {
    for (int number = 1; number <= 5; ++number)
        note(bench, end_of(number));
    note(bench, end_of(3)); // twice is once
    BOOST_TEST(pending(bench).size() == 5U);
    const std::vector<SessionKey> told{cached_session(1).key, cached_session(4).key, cached_session(9).key};
    bench.need(bench.cache().settled(told, CacheBench::soon()));
    BOOST_TEST((pending(bench) == std::vector<PendingEnd>{end_of(2), end_of(3), end_of(5)}));
    BOOST_TEST(is_tombstone(bench.find(cached_session(1))));
    bench.need(bench.cache().settled({}, CacheBench::soon()));
    BOOST_TEST(pending(bench).size() == 3U);
}

CACHE_CASE(many_notes_are_read_in_parts_until_there_are_none) {
    for (int number = 1; number <= 300; ++number)
        note(bench, end_of(number));
    std::size_t read = 0;
    for (auto part = pending(bench); !part.empty() && read <= 300; part = pending(bench)) {
        read += part.size();
        BOOST_TEST_REQUIRE(part.size() <= 100U);
        std::vector<SessionKey> keys;
        for (const auto& end : part)
            keys.push_back(end.session.key);
        bench.need(bench.cache().settled(std::move(keys), CacheBench::soon()));
    }
    BOOST_TEST(read == 300U);
}

CACHE_CASE(announcements_are_numbered_upwards_also_after_everything_was_lost) {
    std::int64_t last = 0;
    for (int number = 1; number <= 3; ++number) {
        const auto given =
            bench.need(bench.cache().end_before_sql(end_of(number), CacheBench::now(), CacheBench::soon()));
        BOOST_TEST(given > last);
        last = given;
    }
}

CACHE_CASE(what_nodes_have_heard_never_goes_back_until_they_go) {
    const auto say = [&](const std::string& node, std::int64_t heard, Millis at) {
        bench.need(bench.cache().report({node, heard, CacheBench::now() + at}, CacheBench::soon()));
    };
    const auto said = [&] {
        auto reports = bench.need(bench.cache().reports(CacheBench::soon()));
        std::ranges::sort(reports, {}, &NodeReport::node);
        return reports;
    };
    using Reports = std::vector<NodeReport>;
    const auto now = CacheBench::now();
    BOOST_TEST(said().empty());
    say("one", NodeReport::here, Millis{0});
    say("two:/run/a b.sock", 1'764'000'000'123'456, Millis{0});
    BOOST_TEST((said() == Reports{{"one", 0, now}, {"two:/run/a b.sock", 1'764'000'000'123'456, now}}));
    say("two:/run/a b.sock", NodeReport::here, Millis{1});
    say("one", 7, Millis{1});
    note(bench, end_of(1)); // the number that it leaves there is no node
    BOOST_TEST((said() ==
                Reports{{"one", 7, now + Millis{1}}, {"two:/run/a b.sock", 1'764'000'000'123'456, now + Millis{1}}}));
    say("one", NodeReport::gone, Millis{2});
    BOOST_TEST(said().front().heard == NodeReport::gone);
    say("one", NodeReport::here, Millis{3});
    BOOST_TEST(said().front().heard >= NodeReport::here);
}

CACHE_CASE(an_outdated_user_is_not_believed_and_does_not_come_back) {
    const auto session = cached_session(1);
    const auto sees = [&](const std::string& context) {
        const auto other = cached_session(1, context);
        bench.need(bench.cache().populate(other, hours{24}, CacheBench::soon()));
        return bench.find(other).user;
    };
    const std::vector<std::string> contexts{"web", "admin"};
    const auto put = [&](std::int64_t generation, const std::string& context) {
        bench.need(bench.cache().put_user(cached_user(1, generation), context, CacheBench::now(), CacheBench::soon()));
    };
    const auto outdate = [&](std::int64_t generation) {
        bench.need(
            bench.cache().outdate_user(session.user_id, generation, contexts, CacheBench::now(), CacheBench::soon()));
    };
    put(4, "web");
    put(4, "admin");
    outdate(5);
    BOOST_TEST(!sees("web"));
    BOOST_TEST(!sees("admin"));
    put(4, "web"); // late
    BOOST_TEST(!sees("web"));
    put(5, "web");
    BOOST_TEST((sees("web") == cached_user(1, 5)));
    outdate(5); // told again: this one is up to date already
    BOOST_TEST((sees("web") == cached_user(1, 5)));
    outdate(4);
    BOOST_TEST((sees("web") == cached_user(1, 5)));
    BOOST_TEST(!sees("admin"));
}

} // namespace
} // namespace gatehouse::testing::cache_pending
