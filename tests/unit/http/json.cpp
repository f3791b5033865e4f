// SPDX-License-Identifier: Apache-2.0
// Goal: answers are JSON in the order they were built, whatever the values contain, and errors have one shape.
#include "gateway/http/json.h"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

using namespace gatehouse::http;

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(objects_and_lists) {
    BOOST_TEST(JsonObject().str() == "{}");
    BOOST_TEST(JsonArray().str() == "[]");
    JsonObject object;
    object.add("text", "a").add("no", false).add("yes", true).add("zero", 0).add("big", std::int64_t{-9'000'000'000});
    object.add("size", std::size_t{7})
        .add("nothing", nullptr)
        .add("view", std::string_view("v"))
        .add("s", std::string("s"));
    object.add("list", JsonArray().add("x").add(JsonObject().add("k", "v"))).add("inner", JsonObject());
    BOOST_TEST(object.str() ==
               R"({"text":"a","no":false,"yes":true,"zero":0,"big":-9000000000,"size":7,"nothing":null,)"
               R"("view":"v","s":"s","list":["x",{"k":"v"}],"inner":{}})");
}

BOOST_AUTO_TEST_CASE(any_text_is_quoted) {
    for (const std::string_view text : {"\"", "\\", "\r\n\t", "\x01", "</script>", "п🔑", "\x7f", ""}) {
        const auto parsed = boost::json::parse(JsonObject().add(text, text).str());
        BOOST_TEST(parsed.as_object().at(text).as_string() == text);
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_mended) {
    BOOST_TEST(JsonArray().add("a\xFF").str() == "[\"a\xEF\xBF\xBD\"]");
    BOOST_TEST(JsonArray().add("\xFF\xFF\xFF").str() == "[\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"]");
}

BOOST_AUTO_TEST_CASE(the_one_error_shape) {
    const auto response = json_error(401, "invalid_credentials", "Wrong \"name\" or password.");
    BOOST_TEST(response.status() == 401);
    BOOST_TEST(response.find_header("Content-Type") == "application/json; charset=utf-8");
    BOOST_TEST(response.body() ==
               R"({"error":{"code":"invalid_credentials","message":"Wrong \"name\" or password."}})");
}

BOOST_AUTO_TEST_SUITE_END()
