// SPDX-License-Identifier: Apache-2.0
// Goal: one address has one spelling, and attempts are counted per IPv4 address or IPv6 /64.
#include "gateway/http/client_address.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse::http;

BOOST_AUTO_TEST_SUITE(client_address)

BOOST_AUTO_TEST_CASE(table) {
    struct Row {
        std::string_view text;
        bool good;
        std::string_view canonical;
        std::string_view key;
    };
    const Row rows[] = {
        {"192.0.2.1", true, "192.0.2.1", "192.0.2.1"},
        {"::ffff:192.0.2.1", true, "192.0.2.1", "192.0.2.1"},
        {"::FFFF:c000:0201", true, "192.0.2.1", "192.0.2.1"},
        {"2001:DB8:0:0:0:0:0:1", true, "2001:db8::1", "2001:db8::/64"},
        {"2001:db8:1:2:3:4:5:6", true, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
        {"2001:db8:1:2:ffff:ffff:ffff:ffff", true, "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"},
        {"::1", true, "::1", "::/64"},
        {"unix:", true, "", "local"},
        {"", false, "", "local"},
        {"192.0.2.1.5", false, "", "local"},
        {"192.0.2.01", false, "", "local"},
        {"1", false, "", "local"},
        {"::1%lo", false, "", "local"},
        {"not an address", false, "", "local"},
        {std::string_view("192.0.2.1\0", 10), false, "", "local"},
        {"2001:db8:1:2:3:4:5:6:7:8:9:0:1:2:3:4:5:6:7:8:9", false, "", "local"},
    };
    for (const auto& [text, good, canonical, key] : rows) {
        BOOST_TEST(is_client_address(text) == good, text);
        BOOST_TEST(canonical_address(text) == canonical, text);
        BOOST_TEST(throttle_key(text) == key, text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
