// SPDX-License-Identifier: Apache-2.0
// Goal: every counter store counts each call once, in windows that end.
#include "cache_suite.h"

#include "storage/memory/counter_store.h"

#include <algorithm>
#include <set>

namespace gatehouse::testing {
namespace {

using std::chrono::minutes;

std::int64_t count(CacheBench& bench, const std::string& name, Seconds window = minutes{15}) {
    const auto counted = bench.need(bench.counters().increment(name, window, CacheBench::soon()));
    BOOST_TEST(counted.resets_in.count() > 0);
    BOOST_TEST(counted.resets_in.count() <= window.count());
    return counted.value;
}

CACHE_CASE(each_name_is_counted_by_itself) {
    for (int expected = 1; expected <= 5; ++expected)
        BOOST_TEST(count(bench, "a") == expected);
    BOOST_TEST(count(bench, "b") == 1);
    const std::vector<std::string> names = {
        "", "a ", "x\r\nFLUSHALL\r\n", "*", std::string("a\0b", 3), "\xff", std::string(400, 'x')};
    for (const auto& name : names) {
        BOOST_TEST(count(bench, name) == 1, name);
        BOOST_TEST(count(bench, name) == 2, name);
    }
    BOOST_TEST(count(bench, "a") == 6);
}

CACHE_CASE(a_success_forgets_the_counter) {
    BOOST_TEST(count(bench, "a") == 1);
    BOOST_TEST(count(bench, "b") == 1);
    bench.need(bench.counters().reset("a", CacheBench::soon()));
    bench.need(bench.counters().reset("unknown", CacheBench::soon()));
    BOOST_TEST(count(bench, "a") == 1);
    BOOST_TEST(count(bench, "b") == 2);
}

CACHE_CASE(a_window_ends_and_use_does_not_lengthen_it) {
    const auto end = deadline_in(Millis{3000});
    std::int64_t most = 0;
    while (std::chrono::steady_clock::now() < end) {
        const auto value = count(bench, "a", Seconds{1});
        if (value < most) {
            BOOST_TEST(value == 1);
            return;
        }
        BOOST_TEST(value == ++most);
        bench.loop().until([] { return false; }, Millis{50});
    }
    BOOST_ERROR("the window never ended");
}

CACHE_CASE(calls_at_the_same_time_are_all_counted) {
    std::vector<boost::asio::awaitable<Result<Count>>> all;
    for (int i = 0; i < 200; ++i)
        all.push_back(bench.counters().increment("a", minutes{1}, CacheBench::soon()));
    std::set<std::int64_t> values;
    for (const auto& result : bench.loop().wait_all(std::move(all)))
        values.insert(result.value().value);
    BOOST_TEST(values.size() == 200U);
    BOOST_TEST(*values.rbegin() == 200);
}

} // namespace

BOOST_AUTO_TEST_SUITE(cache_memory)

BOOST_AUTO_TEST_CASE(counters_in_memory_are_bounded) {
    auto now = std::chrono::steady_clock::now();
    MemoryCounterStore store({.max_counters = 3, .clock = [&now] { return now; }});
    LinkLoop loop;
    const auto count_one = [&](const std::string& name) {
        now += Seconds{1};
        return loop.wait(store.increment(name, minutes{1}, CacheBench::soon())).value().value;
    };
    BOOST_TEST(count_one("a") == 1);
    BOOST_TEST(count_one("b") == 1);
    BOOST_TEST(count_one("c") == 1);
    BOOST_TEST(count_one("a") == 2);
    BOOST_TEST(count_one("d") == 1); // "a" has the oldest window and makes room
    BOOST_TEST(store.size() == 3U);
    BOOST_TEST(count_one("b") == 2);
    BOOST_TEST(count_one("a") == 1); // now "b" goes
    BOOST_TEST(count_one("c") == 2);
    for (int i = 0; i < 1000; ++i)
        BOOST_TEST(count_one(std::to_string(i)) == 1);
    BOOST_TEST(store.size() == 3U);
    now += minutes{2};
    BOOST_TEST(count_one("999") == 1); // a new window of a known name
    BOOST_TEST(count_one("999") == 2);
    BOOST_TEST(store.size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing
