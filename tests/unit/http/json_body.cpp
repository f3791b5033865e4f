// SPDX-License-Identifier: Apache-2.0
// Goal: a JSON body is one flat object of strings, booleans and nulls in which no name comes twice, or it is refused.
#include "gateway/http/json_body.h"

#include <boost/test/unit_test.hpp>

using gatehouse::http::decode_json;

namespace {

std::string decoded(std::string_view text, std::string_view object = {}) {
    const auto fields = decode_json(text, object);
    if (!fields) return std::string(code_of(fields.error()));
    std::string joined;
    for (const auto& [name, value] : *fields)
        joined.append(joined.empty() ? "" : "|").append(name).append(":").append(value);
    return joined;
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_body)

BOOST_AUTO_TEST_CASE(one_field_may_be_an_object) {
    const std::string bad = "malformed_body";
    const std::string twice = "duplicate_field";
    const std::string other = "object_expected";
    const std::pair<std::string_view, std::string> rows[] = {
        {R"({"o":{}})", "o:{}"},
        {R"({"a":"1","o":{},"b":true})", "a:1|o:{}|b:true"},
        {R"({"o": { "x" : [ 1 , -2, 1.5, "y", true, null, [], {} ], "z":{"":"e"} }, "a":"1" })",
         R"(o:{"x":[1,-2,1.5E0,"y",true,null,[],{}],"z":{"":"e"}}|a:1)"},
        {R"({"o":{"x":"\u041f\"\\\/\n\u0001","\u0061\"":0}})", "o:{\"x\":\"П\\\"\\\\/\\n\\u0001\",\"a\\\"\":0}"},
        {R"({"o":{"n":18446744073709551615,"m":-9223372036854775808}})",
         R"(o:{"n":18446744073709551615,"m":-9223372036854775808})"},
        {R"({"o":{"x":1,"y":{"x":2},"z":[{"x":3},{"x":4}]}})", R"(o:{"x":1,"y":{"x":2},"z":[{"x":3},{"x":4}]})"},
        {R"({"o":null,"a":"1"})", "a:1"},
        {R"({"o":{"1":{"2":{"3":{"4":{"5":{"6":{"7":{}}}}}}}}})", R"(o:{"1":{"2":{"3":{"4":{"5":{"6":{"7":{}}}}}}}})"},
        {R"({"o":{"1":{"2":{"3":{"4":{"5":{"6":{"7":{"8":{}}}}}}}}}})", bad},
        {R"({"o":{"1":[[[[[[[[]]]]]]]]}})", bad},
        // something else
        {R"({"o":"{}"})", other},
        {R"({"o":[]})", other},
        {R"({"o":1})", other},
        {R"({"o":1.5})", other},
        {R"({"o":true})", other},
        // twice
        {R"({"o":{},"o":{}})", twice},
        {R"({"o":{},"o":null})", twice},
        {R"({"o":{"x":1,"x":1}})", twice},
        {R"({"o":{"x":[{"y":1,"\u0079":2}]}})", twice},
        // what no store keeps
        {R"({"o":{"x":"\u0000"}})", bad},
        {R"({"o":{"\u0000":1}})", bad},
        {R"({"o":{"x":1e999}})", bad},
        {R"({"o":{"x":"\ud800"}})", bad},
        // the others are as flat as ever
        {R"({"o":{},"a":{}})", bad},
        {R"({"a":{"o":{}}})", bad},
        {R"({"a":[{"o":{}}]})", bad},
        {R"({"o":{},"a":1})", bad},
        {R"({"o":{})", bad},
        {R"({"o":{}}})", bad},
        {R"({"o":{]}})", bad},
        {R"({"o":{"x":}})", bad},
        {R"({"o":{"x":1,}})", bad},
    };
    for (const auto& [text, expected] : rows)
        BOOST_TEST(decoded(text, "o") == expected, text);
}

BOOST_AUTO_TEST_CASE(table) {
    const std::string bad = "malformed_body";
    const std::string twice = "duplicate_field";
    const std::pair<std::string_view, std::string> rows[] = {
        {"{}", ""},
        {R"({"a":"1"})", "a:1"},
        {R"({"a":""})", "a:"},
        {" \t\r\n{ \"a\" : \"1\" } \n", "a:1"},
        {R"({"a":"1","b":true,"c":false,"d":null})", "a:1|b:true|c:false"},
        {R"({"a":null,"b":"2"})", "b:2"},
        {R"({"a":"\u041f\"\\\/\n"})", "a:П\"\\/\n"},
        {R"({"a":"п"})", "a:п"},
        {R"({"a":"\ud83d\udd11"})", "a:🔑"},
        {R"({"\u0061":"1"})", "a:1"},
        {R"({"role":"admin"})", "role:admin"},
        // the same name twice
        {R"({"a":"1","a":"2"})", twice},
        {R"({"a":"1","a":"1"})", twice},
        {R"({"a":"1","\u0061":"2"})", twice},
        {R"({"a":null,"a":"2"})", twice},
        {R"({"a":"1","a":null})", twice},
        // not an object
        {"", bad},
        {" ", bad},
        {"[]", bad},
        {R"(["a"])", bad},
        {R"([{"a":"1"}])", bad},
        {R"("a")", bad},
        {"true", bad},
        {"null", bad},
        {"1", bad},
        {"a=1&b=2", bad},
        // nested
        {R"({"a":{}})", bad},
        {R"({"a":{"b":"1"}})", bad},
        {R"({"a":[]})", bad},
        {R"({"password":["a"]})", bad},
        // numbers
        {R"({"a":1})", bad},
        {R"({"a":-1})", bad},
        {R"({"a":1.5})", bad},
        {R"({"a":1e999})", bad},
        {R"({"a":18446744073709551615})", bad},
        {R"({"a":NaN})", bad},
        {R"({"a":Infinity})", bad},
        // syntax
        {R"({"a":"1",})", bad},
        {R"({,"a":"1"})", bad},
        {R"({"a":"1" "b":"2"})", bad},
        {R"({"a" "1"})", bad},
        {R"({a:"1"})", bad},
        {R"({'a':'1'})", bad},
        {R"({"a":"1")", bad},
        {R"({"a":"1)", bad},
        {R"({"a":)", bad},
        {"{", bad},
        {R"({"a":tru})", bad},
        {R"({"a":TRUE})", bad},
        {"{/**/}", bad},
        {"{} // x", bad},
        {"{}{}", bad},
        {R"({"a":"1"} {"a":"2"})", bad},
        {R"({"a":"1"}x)", bad},
        {std::string_view("{}\0", 3), bad},
        {"\xEF\xBB\xBF{}", bad},
        // characters
        {R"({"a":"\u0000"})", bad},
        {R"({"a":"x\u0000y"})", bad},
        {R"({"a\u0000":"1"})", bad},
        {std::string_view("{\"a\":\"x\0y\"}", 11), bad},
        {"{\"a\":\"x\ny\"}", bad},
        {"{\"a\":\"\x01\"}", bad},
        {R"({"":"1"})", bad},
        {R"({"a":"\x41"})", bad},
        {R"({"a":"\u12"})", bad},
        {R"({"a":"\ud83d"})", bad},
        {R"({"a":"\udd11"})", bad},
        {R"({"a":"\udd11\ud83d"})", bad},
        {"{\"a\":\"\xff\"}", bad},
        {"{\"a\":\"\xC0\xAF\"}", bad},
        {"{\"a\":\"\xED\xA0\x80\"}", bad},
        {"{\"a\":\"\xC3\"}", bad},
        {"{\"\xff\":\"a\"}", bad},
    };
    for (const auto& [text, expected] : rows)
        BOOST_TEST(decoded(text) == expected, text);
}

BOOST_AUTO_TEST_CASE(every_cut_of_a_good_body_is_refused) {
    const std::string whole = R"({"identifier":"a\u041f","remember":true,"rd":null})";
    BOOST_TEST(decode_json(whole).has_value());
    for (std::size_t kept = 0; kept < whole.size(); ++kept)
        BOOST_TEST(decoded(whole.substr(0, kept)) == "malformed_body", kept);
}

BOOST_AUTO_TEST_CASE(depth_does_not_matter) {
    BOOST_TEST(decoded(std::string(16000, '[')) == "malformed_body");
    std::string deep;
    while (deep.size() < 16000)
        deep += R"({"a":)";
    BOOST_TEST(decoded(deep) == "malformed_body");
}

BOOST_AUTO_TEST_CASE(thirty_two_fields_and_no_more) {
    std::string text = "{";
    for (int i = 0; i < 32; ++i)
        text += (i == 0 ? "\"f" : ",\"f") + std::to_string(i) + "\":null";
    BOOST_TEST(decoded(text + "}") == "");
    BOOST_TEST(decoded(text + ",\"one_more\":true}") == "too_many_fields");
}

BOOST_AUTO_TEST_CASE(sixteen_kibibytes_and_no_more) {
    const std::string text = R"({"a":")" + std::string(16384 - 8, 'x') + R"("})";
    BOOST_REQUIRE(text.size() == 16384U);
    BOOST_TEST(decode_json(text)->front().value.size() == 16376U);
    BOOST_TEST(decoded(text + " ") == "body_too_large");
}

BOOST_AUTO_TEST_SUITE_END()
