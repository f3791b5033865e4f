// SPDX-License-Identifier: Apache-2.0
// Goal: only well-formed UTF-8 counts as text, and text for showing is mended and cut between characters.
#include "gateway/http/utf8.h"

#include <boost/test/unit_test.hpp>
#include <random>

using gatehouse::http::clean_text;
using gatehouse::http::is_utf8;

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(well_formed_or_not) {
    const std::pair<std::string_view, bool> table[] = {
        {"", true},
        {"plain", true},
        {"пароль", true},
        {"🔑", true},
        {"\xF4\x8F\xBF\xBF", true}, // U+10FFFF
        {"\x7F\xC2\x80", true},
        {std::string_view("\0", 1), true},
        {"\x80", false},
        {"\xBF'", false},
        {"\xC0\xAF", false},
        {"\xC1\xBF", false},
        {"\xE0\x80\xAF", false},
        {"\xE0\x9F\xBF", false},
        {"\xF0\x8F\xBF\xBF", false},
        {"\xED\xA0\x80", false},
        {"\xED\xBF\xBF", false},
        {"\xF4\x90\x80\x80", false},
        {"\xF5\x80\x80\x80", false},
        {"\xFE", false},
        {"\xFF", false},
        {"\xC3", false},
        {"\xE2\x82", false},
        {"\xF0\x9F\x94", false},
        {"\xC3(", false},
        {"ok\xC3", false},
    };
    for (const auto& [bytes, expected] : table)
        BOOST_TEST(is_utf8(bytes) == expected, bytes);
}

BOOST_AUTO_TEST_CASE(mending) {
    const std::string_view gone = "\xEF\xBF\xBD";
    const std::pair<std::string_view, std::string> table[] = {
        {"plain", "plain"},
        {"п\xFFп", "п" + std::string(gone) + "п"},
        {"\xE2\x82п", std::string(gone) + std::string(gone) + "п"},
        {"a\r\nb", "a" + std::string(gone) + std::string(gone) + "b"},
        {"a\x1b[31m", "a" + std::string(gone) + "[31m"},
        {"\xC2\x85", std::string(gone)},
        {std::string_view("\0", 1), std::string(gone)},
    };
    for (const auto& [bytes, expected] : table)
        BOOST_TEST(clean_text(bytes, 100) == expected);
}

BOOST_AUTO_TEST_CASE(cut_between_characters) {
    BOOST_TEST(clean_text("abc", 2) == "ab");
    BOOST_TEST(clean_text("abп", 3) == "ab");
    BOOST_TEST(clean_text("abп", 4) == "abп");
    BOOST_TEST(clean_text("a\xFF", 3) == "a");
    BOOST_TEST(clean_text("a", 0) == "");
}

BOOST_AUTO_TEST_CASE(whatever_comes_out_is_text) {
    std::mt19937 random(7); // NOLINT: the same bytes every time, on purpose
    for (int round = 0; round < 5000; ++round) {
        std::string bytes(random() % 24, '\0');
        for (auto& c : bytes)
            c = static_cast<char>(random() % 256);
        const auto text = clean_text(bytes, 16);
        BOOST_REQUIRE(is_utf8(text));
        BOOST_REQUIRE(text.size() <= 16U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
