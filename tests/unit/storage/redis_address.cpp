// SPDX-License-Identifier: Apache-2.0
// Goal: every part of a Redis URL arrives, what cannot be understood is refused, and no message ever shows a password.
#include "storage/redis/address.h"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <vector>

using gatehouse::parse_redis_url;
using gatehouse::RedisAddress;

BOOST_AUTO_TEST_SUITE(redis_address)

BOOST_AUTO_TEST_CASE(what_can_be_understood) {
    struct Row {
        std::string url;
        RedisAddress expected;
    };
    const std::vector<Row> rows = {
        {"redis://localhost", {"", "localhost", 6379, "", "", 0}},
        {"redis://localhost/", {"", "localhost", 6379, "", "", 0}},
        {"redis://127.0.0.1:7000/3", {"", "127.0.0.1", 7000, "", "", 3}},
        {"redis://[::1]:7000", {"", "::1", 7000, "", "", 0}},
        {"redis://[fe80::1]", {"", "fe80::1", 6379, "", "", 0}},
        {"redis://:secret@host", {"", "host", 6379, "", "secret", 0}},
        {"redis://gate:se%3Acret%2f%40@host:1/2", {"", "host", 1, "gate", "se:cret/@", 2}},
        {"redis://gate:se@cret@host", {"", "host", 6379, "gate", "se@cret", 0}},
        {"unix:/run/redis.sock", {"/run/redis.sock", "", 6379, "", "", 0}},
        {"unix:/run/redis.sock?db=4", {"/run/redis.sock", "", 6379, "", "", 4}},
    };
    for (const auto& [url, expected] : rows) {
        BOOST_TEST_CONTEXT(url) {
            const RedisAddress address = parse_redis_url(url);
            BOOST_TEST(address.path == expected.path);
            BOOST_TEST(address.host == expected.host);
            BOOST_TEST(address.port == expected.port);
            BOOST_TEST(address.user == expected.user);
            BOOST_TEST(address.password == expected.password);
            BOOST_TEST(address.database == expected.database);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
    const std::vector<std::string> urls = {
        "",
        "localhost",
        "http://localhost",
        "REDIS://localhost",
        "redis:",
        "redis://",
        "redis://:hunter2@",
        "redis://hunter2@host",
        "redis://user:@host",
        "redis://user:hunter2%@host",
        "redis://user:hunter2%zz@host",
        "redis://host:",
        "redis://host:0",
        "redis://host:65536",
        "redis://host:-1",
        "redis://host:1x",
        "redis://host/x",
        "redis://host/-1",
        "redis://host/1/2",
        "redis://[::1",
        "redis://[::1]x",
        "rediss://:hunter2@host",
        "unix:",
        "unix:relative",
        "unix:/run/redis.sock?database=1",
        "unix:/run/redis.sock?db=",
        "unix:/" + std::string(108, 'x'),
        std::string("redis://host\0", 13),
    };
    for (const auto& url : urls) {
        BOOST_TEST_CONTEXT(url) {
            const auto says_why = [](const std::invalid_argument& e) {
                const std::string why = e.what();
                return why.starts_with("Redis URL ") && why.find("hunter2") == std::string::npos;
            };
            BOOST_CHECK_EXCEPTION(parse_redis_url(url), std::invalid_argument, says_why);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
