// SPDX-License-Identifier: Apache-2.0
// Goal: what is encoded decodes to the same bytes, and what is no encoding is not guessed at.
#include "gateway/http/percent.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse::http;

BOOST_AUTO_TEST_SUITE(percent)

BOOST_AUTO_TEST_CASE(query_components) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"", ""},
        {"abc-._~019AZ", "abc-._~019AZ"},
        {"/a?b=1&c=2#d", "%2Fa%3Fb%3D1%26c%3D2%23d"},
        {"a b+c%", "a%20b%2Bc%25"},
        {"п", "%D0%BF"},
        {"\r\n", "%0D%0A"},
        {std::string_view("\0", 1), "%00"},
    };
    for (const auto& [plain, encoded] : table) {
        BOOST_TEST(query_component(plain) == encoded);
        BOOST_TEST(percent_decode(encoded, Plus::literal).value() == plain);
    }
}

BOOST_AUTO_TEST_CASE(every_byte_goes_round) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
        all += static_cast<char>(byte);
    BOOST_TEST(percent_decode(query_component(all), Plus::literal).value() == all);
    BOOST_TEST(percent_decode(query_component(all), Plus::is_space).value() == all);
}

BOOST_AUTO_TEST_CASE(bad_percent_signs) {
    for (const std::string_view text : {"%", "%4", "a%", "%zz", "%4g", "%g4", "% 4", "%%41", "%-1", "%+1", "%0x"})
        BOOST_TEST(!percent_decode(text, Plus::literal), text);
}

BOOST_AUTO_TEST_CASE(plus_signs) {
    BOOST_TEST(percent_decode("a+b%2Bc", Plus::is_space).value() == "a b+c");
    BOOST_TEST(percent_decode("a+b%2Bc", Plus::literal).value() == "a+b+c");
}

BOOST_AUTO_TEST_CASE(a_header_value_that_is_encoded_stays_as_it_is) {
    std::string out;
    append_header_value(out, "/auth/login?rd=%2Fapp%2F \xD0\xBF");
    BOOST_TEST(out == "/auth/login?rd=%2Fapp%2F %D0%BF");
}

BOOST_AUTO_TEST_SUITE_END()
