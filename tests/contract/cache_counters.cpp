// SPDX-License-Identifier: Apache-2.0
// Goal: every counter store counts each call once, in windows that end.
#include "cache_suite.h"

#include "storage/memory_counter_store.h"

#include <algorithm>
#include <map>
#include <set>

namespace gatehouse::testing::cache_counters {
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

CACHE_CASE(a_call_is_taken_back) {
    for (int expected = 1; expected <= 3; ++expected)
        BOOST_TEST(count(bench, "a") == expected);
    BOOST_TEST(count(bench, "b") == 1);
    bench.need(bench.counters().take_back("a", CacheBench::soon()));
    BOOST_TEST(count(bench, "a") == 3);
    BOOST_TEST(count(bench, "b") == 2);
    // Never below zero, and nothing is made where nothing is.
    for (int i = 0; i < 10; ++i)
        bench.need(bench.counters().take_back("a", CacheBench::soon()));
    BOOST_TEST(count(bench, "a") == 1);
    bench.need(bench.counters().take_back("unknown", CacheBench::soon()));
    BOOST_TEST(count(bench, "unknown") == 1);
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

namespace {

/// A store with few places, on a clock of its own.
struct SmallStore {
    explicit SmallStore(MemoryCounterOptions options)
        : store([&] {
              options.clock = [this] { return now; };
              return options;
          }()) {}

    std::int64_t count(const std::string& name) {
        return loop.wait(store.increment(name, minutes{15}, CacheBench::soon())).value().value;
    }
    void take_back(const std::string& name) {
        BOOST_TEST(loop.wait(store.take_back(name, CacheBench::soon())).has_value());
    }

    std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
    MemoryCounterStore store;
    LinkLoop loop;
};

} // namespace

BOOST_AUTO_TEST_CASE(counters_in_memory_are_bounded) {
    SmallStore small({.max_counters = 3, .shared_counters = 64});
    for (const auto* name : {"a", "b", "c"})
        BOOST_TEST(small.count(name) == 1);
    for (int i = 0; i < 1000; ++i)
        (void)small.count(std::to_string(i));
    BOOST_TEST(small.store.size() == 3U);
    for (const auto* name : {"a", "b", "c"})
        BOOST_TEST(small.count(name) == 2); // nobody was pushed out
    small.now += minutes{15};
    BOOST_TEST(small.count("d") == 1); // there is room again, and what was shared has ended
    BOOST_TEST(small.count("a") == 1);
    BOOST_TEST(small.store.size() == 2U);
}

BOOST_AUTO_TEST_CASE(counters_that_are_shared_are_never_too_low) {
    SmallStore small({.max_counters = 1, .shared_counters = 7});
    BOOST_TEST(small.count("first") == 1);
    std::map<std::string, std::int64_t> tries;
    for (int i = 0; i < 500; ++i) {
        const auto name = std::to_string(i % 40);
        BOOST_TEST(small.count(name) >= ++tries[name]);
    }
    // A place is free again: what was counted before still counts.
    BOOST_TEST(small.loop.wait(small.store.reset("first", CacheBench::soon())).has_value());
    BOOST_TEST(small.count("39") > tries["39"]);
    BOOST_TEST(small.store.size() == 1U);
    small.now += minutes{15};
    for (int i = 0; i < 40; ++i)
        (void)small.count("window of another name " + std::to_string(i));
    BOOST_TEST(small.count("39") < tries["39"]);
}

BOOST_AUTO_TEST_CASE(counters_that_are_taken_back_take_no_places) {
    SmallStore small({.max_counters = 3, .shared_counters = 64});
    for (int i = 0; i < 1000; ++i) {
        BOOST_TEST(small.count(std::to_string(i)) == 1);
        small.take_back(std::to_string(i));
    }
    BOOST_TEST(small.store.size() == 0U);
    for (const auto* name : {"a", "b", "c"})
        BOOST_TEST(small.count(name) == 1);
    for (int i = 0; i < 1000; ++i) { // beyond the places, too
        BOOST_TEST(small.count("d") == 1);
        small.take_back("d");
    }
}

/// The embedded mode under attack: an account that has been tried too often stays refused, whatever other names are
/// tried, from one address or from very many.
BOOST_AUTO_TEST_CASE(counters_of_a_locked_account_survive_100000_bogus_names) {
    SmallStore small({});
    for (int i = 1; i <= 26; ++i)
        BOOST_TEST(small.count("account alice") == i);
    for (int i = 0; i < 100'000; ++i) {
        (void)small.count("address " + std::to_string(i / 50));
        (void)small.count("pair " + std::to_string(i));
        (void)small.count("account " + std::to_string(i));
    }
    BOOST_TEST(small.count("account alice") == 27);
    BOOST_TEST(small.store.size() <= 100'000U);
    int too_high = 0;
    for (int i = 0; i < 1000; ++i)
        too_high += small.count("somebody else " + std::to_string(i)) > 10;
    BOOST_TEST(too_high < 10); // of a thousand: others are hardly ever taken for one that is tried too often
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::cache_counters
