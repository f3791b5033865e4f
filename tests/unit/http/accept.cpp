// SPDX-License-Identifier: Apache-2.0
// Goal: browsers get pages and programs that ask for it get JSON; the language is the best of ours.
#include "gateway/http/accept.h"

#include <boost/test/unit_test.hpp>

using gatehouse::http::all_languages;
using gatehouse::http::choose_language;
using gatehouse::http::code_of;
using gatehouse::http::language_of;
using gatehouse::http::wants_json;

BOOST_AUTO_TEST_SUITE(accept_headers)

BOOST_AUTO_TEST_CASE(json_or_page) {
    const std::pair<std::string_view, bool> table[] = {
        {"", false},
        {"*/*", false},
        {"text/html", false},
        // Firefox, Chromium, Safari
        {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", false},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
         "application/signed-exchange;v=b3;q=0.7",
         false},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false},
        // programs
        {"application/json", true},
        {"APPLICATION/JSON", true},
        {"application/json; charset=utf-8", true},
        {"application/json, text/plain, */*", true},
        {"application/json, */*;q=0.5", true},
        {"*/*, application/json", true},
        {"application/*", true},
        // both named: the weights decide, a tie is a page
        {"application/json, text/html", false},
        {"text/html;q=0.9, application/json", true},
        {"text/html, application/json;q=0.9", false},
        {"application/json;q=0.5, text/html;q=0.4", true},
        {"application/json;q=0.501, text/html;q=0.5", true},
        {"application/json;q=0.5, text/*;q=0.6", false},
        {"text/*;q=0.1, application/json;q=0.2", true},
        {"text/html;q=0, */*", true},
        {"application/json;q=0", false},
        {"application/json;q=0, */*", false},
        {"application/json;q=0.000", false},
        {"application/json;q=0.001", true},
        {"application/json ; q=1.000", true},
        {"application/json;Q=0, text/plain", false},
        // broken weights count as 0
        {"application/json;q=x", false},
        {"application/json;q=", false},
        {"application/json;q=2", false},
        {"application/json;q=-1", false},
        {"application/json;q=0.1234", false},
        {"application/json;q=1e0", false},
        // other
        {"application/problem+json", true},
        {"Application/Problem+JSON, */*", true},
        {"application/problem+json, text/html", false},
        {"text/html;q=0.9, application/vnd.api+json", true},
        {"application/problem+json;q=0", false},
        {"application/+json", false},
        {"text/problem+json", false},
        {"json", false},
        {",,,", false},
        {";q=1", false},
        {", application/json,", true},
    };
    for (const auto& [header, expected] : table)
        BOOST_TEST(wants_json(header) == expected, header);
}

BOOST_AUTO_TEST_CASE(language) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"", "en"},
        {"*", "en"},
        {"ru", "ru"},
        {"uk", "uk"},
        {"en", "en"},
        {"ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru"},
        {"uk-UA,uk;q=0.9,ru;q=0.8,en;q=0.7", "uk"},
        {"en-US,en;q=0.5", "en"},
        {"RU", "ru"},
        {"de,fr;q=0.9", "en"},
        {"de, uk;q=0.3", "uk"},
        {"en;q=0.1, ru;q=0.2", "ru"},
        {"en;q=0.5, ru;q=0.5", "en"},
        {"ru;q=0.5, en;q=0.5", "ru"},
        {"ru;q=0", "en"},
        {"ru;q=0, uk;q=0.1", "uk"},
        {"rus", "en"},
        {"ru-", "ru"},
        {"-ru", "en"},
        {"../../etc/passwd", "en"},
        {"ru;q=zz", "en"},
    };
    for (const auto& [header, expected] : table)
        BOOST_TEST(code_of(choose_language(header)) == expected, header);
}

BOOST_AUTO_TEST_CASE(eight_kibibytes_of_commas) {
    std::string list(8192, ',');
    BOOST_TEST(!wants_json(list));
    list += "uk";
    BOOST_TEST(code_of(choose_language(list)) == "uk");
}

BOOST_AUTO_TEST_CASE(a_language_has_one_code) {
    for (const auto language : all_languages)
        BOOST_TEST((language_of(code_of(language)) == language));
    for (const char* other : {"", "EN", "en-US", "de", "auto", "en "})
        BOOST_TEST(!language_of(other).has_value(), other);
}

BOOST_AUTO_TEST_SUITE_END()
