// SPDX-License-Identifier: Apache-2.0
// Goal: forms and query strings are decoded once and exactly, and everything that could be read in two ways is refused.
#include "gateway/http/form.h"

#include <boost/test/unit_test.hpp>

using gatehouse::http::decode_form;
using gatehouse::http::query_value;

namespace {

/// "name:value|name:value", or the code of the error.
std::string decoded(std::string_view text) {
    const auto fields = decode_form(text);
    if (!fields) return std::string(code_of(fields.error()));
    std::string joined;
    for (const auto& [name, value] : *fields)
        joined.append(joined.empty() ? "" : "|").append(name).append(":").append(value);
    return joined;
}

} // namespace

BOOST_AUTO_TEST_SUITE(form)

BOOST_AUTO_TEST_CASE(table) {
    const std::string bad = "malformed_body";
    const std::pair<std::string_view, std::string> rows[] = {
        {"", ""},
        {"&&&", ""},
        {"a", "a:"},
        {"a=", "a:"},
        {"a=1&b=2", "a:1|b:2"},
        {"&a=1&&b=2&", "a:1|b:2"},
        {"a=1=2", "a:1=2"},
        {"a=x+y", "a:x y"},
        {"a+b=1", "a b:1"},
        {"+", " :"},
        {"a=%2B", "a:+"},
        {"a=%2b%20", "a:+ "},
        {"a=%2570", "a:%70"}, // once
        {"a=%26%3D", "a:&="},
        {"a=1;b=2", "a:1;b=2"}, // a semicolon separates nothing
        {"%61=1", "a:1"},
        {"a=%D0%BF", "a:п"},
        {"a=\xD0\xBF", "a:п"},
        {"a=%F0%9F%94%91", "a:🔑"},
        {"a=%E2%80%AE", "a:\xE2\x80\xAE"}, // a character like others here; who stores it decides
        {"password[]=a", "password[]:a"},
        {"role=admin", "role:admin"}, // somebody else's business: unknown names are never looked up
        {"a=%0D%0A", "a:\r\n"},
        // bad percent signs
        {"%", bad},
        {"a=%", bad},
        {"a=%1", bad},
        {"a=%zz", bad},
        {"a=%1g", bad},
        {"a=%g1", bad},
        {"a=%u0041", bad},
        {"a=% 41", bad},
        {"a=%+1", bad},
        {"%=1", bad},
        // a field without a name
        {"=", bad},
        {"=a", bad},
        {"a=1&=2", bad},
        // NUL
        {"a=%00", bad},
        {"a=x%00y", bad},
        {"%00=x", bad},
        {std::string_view("a=\0", 3), bad},
        // no UTF-8
        {"a=%FF", bad},
        {"a=%C0%AF", bad},
        {"a=%E0%80%AF", bad},
        {"a=%ED%A0%80", bad},
        {"a=%F5%80%80%80", bad},
        {"a=%F4%90%80%80", bad},
        {"a=%C3", bad},
        {"a=%E2%82", bad},
        {"a=%C3%28", bad},
        {"a=%80", bad},
        {"a=\xff", bad},
        {"%FF=a", bad},
        {"a=\xbf'", bad},
        // the same name twice
        {"a=1&a=2", "duplicate_field"},
        {"a=1&a=1", "duplicate_field"},
        {"a&a", "duplicate_field"},
        {"a=1&b=2&%61=3", "duplicate_field"},
        {"rd=/&rd=//evil.test", "duplicate_field"},
    };
    for (const auto& [text, expected] : rows)
        BOOST_TEST(decoded(text) == expected, text);
}

BOOST_AUTO_TEST_CASE(thirty_two_fields_and_no_more) {
    std::string text;
    for (int i = 0; i < 32; ++i)
        text += "f" + std::to_string(i) + "=&";
    BOOST_TEST(decode_form(text)->size() == 32U);
    BOOST_TEST(decoded(text + "one_more=") == "too_many_fields");
}

BOOST_AUTO_TEST_CASE(ten_thousand_fields_end_early) {
    std::string text;
    while (text.size() < 16000)
        text += "f" + std::to_string(text.size()) + "&";
    BOOST_TEST(decoded(text) == "too_many_fields");
}

BOOST_AUTO_TEST_CASE(sixteen_kibibytes_and_no_more) {
    const std::string text = "a=" + std::string(16384 - 2, 'x');
    BOOST_TEST(decode_form(text)->front().value.size() == 16382U);
    BOOST_TEST(decoded(text + "x") == "body_too_large");
}

BOOST_AUTO_TEST_CASE(one_value_of_a_query) {
    BOOST_TEST(query_value("rd=%2Fapp%2F%3Fa%3D1%26b%3D2", "rd").value() == "/app/?a=1&b=2");
    BOOST_TEST(query_value("a=1&rd=", "rd").value() == "");
    BOOST_TEST(!query_value("", "rd"));
    BOOST_TEST(!query_value("RD=/", "rd"));
    BOOST_TEST(!query_value("rd=/&rd=//evil.test", "rd"));
    BOOST_TEST(!query_value("rd=/&x=%zz", "rd"));
}

BOOST_AUTO_TEST_SUITE_END()
