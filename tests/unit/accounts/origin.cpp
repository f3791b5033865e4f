// SPDX-License-Identifier: Apache-2.0
// Goal: what is stored and shown about a visitor is short, valid and harmless text, and one visitor is one key.
#include "gateway/accounts/origin.h"
#include "gateway/accounts/utf8.h"
#include "tests/unit/accounts/repeat.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(origin)

BOOST_AUTO_TEST_CASE(user_agents) {
    const std::pair<std::string, std::string> rows[] = {
        {"", ""},
        {"Mozilla/5.0 (X11; Linux) Firefox/115", "Mozilla/5.0 (X11; Linux) Firefox/115"},
        {"caf\xc3\xa9 \xf0\x9f\xa6\x8a", "caf\xc3\xa9 \xf0\x9f\xa6\x8a"},
        {"a\r\nSet-Cookie: x", "a??Set-Cookie: x"},
        {"a\0b\x1b[31m\x7f"s, "a?b?[31m?"},
        {"\xc2\x85\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf", "?????"}, // NEL, LS, RLO, LRI, BOM
        {"\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xac\xe2\x81\xa9", "?????"}, // ALM, LRM, RLM, PDF, PDI
        {"\xe2\x80\x8b\xe2\x80\x8d\xe2\x81\xa0\xe2\x81\xaa", "????"},          // ZWSP, ZWJ, WJ, U+206A
        {"\xd8\x9b\xd8\x9d\xe2\x80\x90", "\xd8\x9b\xd8\x9d\xe2\x80\x90"},      // their neighbours are text
        {"\xff\xfe", "??"},
        {"x\xc3", "x?"},
        {"\xc3x", "?x"},
        {"\xed\xa0\x80", "???"},
        {"\xf4\x90\x80\x80", "????"},
        {repeat("a", 600), repeat("a", 512)},
        {repeat("a", 511) + "\xc3\xa9", repeat("a", 511)}, // not half of it
        {repeat("\xff", 600), repeat("?", 512)},
    };
    for (const auto& [text, expected] : rows)
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(clean_user_agent(text) == expected);
        }
}

BOOST_AUTO_TEST_CASE(addresses) {
    // Which addresses there are is a matter of http::canonical_address; here only that it is asked.
    const std::pair<std::string, std::string> rows[] = {
        {"192.0.2.7", "192.0.2.7"},
        {"::ffff:192.0.2.7", "192.0.2.7"},
        {"2001:DB8:0:1:0:0:0:2", "2001:db8:0:1::2"},
        {"unix:", ""},
        {"192.0.2.7, 198.51.100.1", ""},
    };
    for (const auto& [text, address] : rows) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(make_origin(text, "x\n").address == address);
            BOOST_TEST(make_origin(text, "x\n").user_agent == "x?");
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
