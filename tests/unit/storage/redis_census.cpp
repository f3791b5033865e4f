// SPDX-License-Identifier: Apache-2.0
// Goal: every key is counted under the name that people know its like by, and no name holds what is secret.
#include "storage/redis/census.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(redis_census)

BOOST_AUTO_TEST_CASE(names) {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"identity:session:web:iGtNUoGhHf", "identity:session:web"},
        {"identity:session:telegram:x", "identity:session:telegram"},
        {"identity:user:admin:11111111-1111-4111-8111-111111111111", "identity:user:admin"},
        {"identity:pending", "identity:pending"},
        {"identity:throttle:0123456789abcdef", "identity:throttle"},
        {"cache:web:rates:usd_uah", "cache:web:rates"},
        {"cache:web:orders:user_123", "cache:web:orders"},
        {"session:a-raw-token-of-somebody", "session"},
        // No name, or a name that may be somebody's id.
        {"identity:session:abc", "foreign"},
        {"identity:session::x", "foreign"},
        {"identity:session:" + std::string(33, 'x') + ":y", "foreign"},
        {"identity:session:\x1b[2J:x", "foreign"},
        {"identity:something:web:x", "foreign"},
        {"identity:pending:x", "foreign"},
        {"cache:web:x", "foreign"},
        {"cache:web:user_123:x", "foreign"},
        {"cache", "foreign"},
        {"", "foreign"},
        {"bull:queue:1", "foreign"},
        {std::string("identity:user:web\0:x", 20), "foreign"},
    };
    for (const auto& [key, name] : rows)
        BOOST_TEST(namespace_of(key) == name, key);
}

BOOST_AUTO_TEST_CASE(counting) {
    RedisCensus census;
    census.count("zebra", -1, 70);
    census.count("identity:user:web:a", 1000, 300);
    census.count("identity:session:web:a", 1000, 200);
    census.count("identity:session:web:b", -1, 210);
    census.count("identity:session:web:c", -2, 0); // gone
    const auto all = census.namespaces();
    BOOST_REQUIRE(all.size() == 3U);
    BOOST_TEST(all[0].name == "identity:session:web");
    BOOST_TEST((all[0].ours && all[0].keys == 2 && all[0].without_ttl == 1 && all[0].bytes == 410));
    BOOST_TEST(all[1].name == "identity:user:web");
    BOOST_TEST((all[1].ours && all[1].keys == 1 && all[1].without_ttl == 0 && all[1].bytes == 300));
    BOOST_TEST(all[2].name == "foreign");
    BOOST_TEST((!all[2].ours && all[2].keys == 1 && all[2].without_ttl == 1 && all[2].bytes == 70));
    const auto total = census.total();
    BOOST_TEST((total.keys == 4 && total.without_ttl == 2 && total.bytes == 780));
}

BOOST_AUTO_TEST_CASE(what_lives_longer_than_its_rule) {
    const std::pair<std::string, std::int64_t> rules[] = {{"rates", 5}, {"orders", 30}, {"analytics", 15}};
    for (const auto& [what, minutes] : rules) {
        RedisCensus census;
        for (const std::int64_t ttl : {minutes * 60'000, minutes * 60'000 + 1, std::int64_t{-1}, std::int64_t{-2}})
            census.count("cache:web:" + what + ":x", ttl, 1);
        const auto found = census.namespaces().at(0);
        BOOST_TEST((found.keys == 3 && found.too_long == 2 && found.longest == std::chrono::minutes(minutes)), what);
    }
    RedisCensus census;
    census.count("cache:web:other:x", -1, 1);
    census.count("cache:admin:rates:x", 3'600'000, 1);
    BOOST_TEST(census.total().too_long == 0U);
}

BOOST_AUTO_TEST_CASE(whoever_makes_up_names_does_not_fill_the_memory) {
    RedisCensus census;
    for (char a = 'a'; a <= 'z'; ++a)
        for (char b = 'a'; b <= 'z'; ++b)
            census.count(std::string("cache:web:") + a + b + ":x", 1, 1);
    BOOST_TEST(census.namespaces().size() <= 201U);
    BOOST_TEST(census.total().keys == 676U);
}

BOOST_AUTO_TEST_SUITE_END()
