// SPDX-License-Identifier: Apache-2.0
// Goal: the content type and the length of a body decide whether it is read at all, and form and JSON give the same
// fields.
#include "gateway/http/fields.h"
#include "gateway/http/content_type.h"

#include <boost/test/unit_test.hpp>

using gatehouse::http::Fields;
using gatehouse::http::media_type;
using gatehouse::http::MediaType;
using gatehouse::http::read_fields;
using gatehouse::http::Request;

namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

/// 200, or the status of the refusal.
int status_with(std::string_view type, std::string_view length, std::string_view body) {
    const auto fields = read_fields(Request({{"CONTENT_TYPE", type}, {"CONTENT_LENGTH", length}}, body));
    return fields ? 200 : status_of(fields.error());
}

} // namespace

BOOST_AUTO_TEST_SUITE(fields)

BOOST_AUTO_TEST_CASE(content_types) {
    const std::pair<std::string_view, MediaType> table[] = {
        {"application/x-www-form-urlencoded", MediaType::form},
        {"Application/X-WWW-Form-Urlencoded", MediaType::form},
        {"application/x-www-form-urlencoded;charset=UTF-8", MediaType::form},
        {"application/x-www-form-urlencoded ; charset=\"utf-8\"", MediaType::form},
        {"application/x-www-form-urlencoded;", MediaType::form},
        {"application/json", MediaType::json},
        {"application/json; charset=utf-8", MediaType::json},
        {" application/json ", MediaType::json},
        {"application/json; charset=utf-7", MediaType::other},
        {"application/json; charset=utf-16", MediaType::other},
        {"application/json; charset=", MediaType::other},
        {"application/json; charset", MediaType::other},
        {"application/json; charset=utf-8; charset=utf-7", MediaType::other},
        {"application/json; boundary=x", MediaType::other},
        {"application/json, text/plain", MediaType::other},
        {"application/jsonx", MediaType::other},
        {"application/problem+json", MediaType::other},
        {"text/json", MediaType::other},
        {"text/plain", MediaType::other},
        {"text/plain; application/json", MediaType::other},
        {"multipart/form-data; boundary=x", MediaType::other},
        {"application/xml", MediaType::other},
        {"", MediaType::other},
        {";", MediaType::other},
    };
    for (const auto& [text, expected] : table)
        BOOST_TEST((media_type(text) == expected), text);
}

BOOST_AUTO_TEST_CASE(other_types_are_not_read) {
    for (const std::string_view type :
         {"text/plain", "multipart/form-data; boundary=x", "", "application/json;charset=utf-16"})
        BOOST_TEST(status_with(type, "3", "a=b") == 415, type);
}

BOOST_AUTO_TEST_CASE(the_body_must_be_what_the_type_says) {
    BOOST_TEST(status_with("application/json", "3", "a=b") == 400);
    BOOST_TEST(status_with(form_type, "9", R"({"a":"b"})") == 200); // one field with an odd name
    BOOST_TEST(
        !read_fields(Request({{"CONTENT_TYPE", form_type}, {"CONTENT_LENGTH", "9"}}, R"({"a":"b"})"))->find("a"));
}

BOOST_AUTO_TEST_CASE(lengths_that_are_none) {
    for (const std::string_view length : {"", "-1", "-0", "+3", "1e3", "0x3", "99999999999999999999",
                                          "18446744073709551616", "3 ", " 3", "3,3", "3.0", "three", "\xD9\xA3"})
        BOOST_TEST(status_with(form_type, length, "a=b") == 400, length);
}

BOOST_AUTO_TEST_CASE(the_length_must_be_the_bodys) {
    BOOST_TEST(status_with(form_type, "3", "a=b") == 200);
    BOOST_TEST(status_with(form_type, "03", "a=b") == 200);
    BOOST_TEST(status_with(form_type, "0", "") == 200);
    BOOST_TEST(status_with(form_type, "2", "a=b") == 400);
    BOOST_TEST(status_with(form_type, "4", "a=b") == 400);
    BOOST_TEST(status_with(form_type, "3", "") == 400);
    BOOST_TEST(status_with(form_type, "0", "a=b") == 400);
}

BOOST_AUTO_TEST_CASE(too_long) {
    const std::string just = "a=" + std::string(16382, 'x');
    BOOST_TEST(status_with(form_type, "16384", just) == 200);
    BOOST_TEST(status_with(form_type, "16385", just + "x") == 413);
    BOOST_TEST(status_with(form_type, "1073741824", "a=b") == 413); // announced is enough
    BOOST_TEST(status_with("application/json", "16385", std::string(16385, ' ')) == 413);
}

BOOST_AUTO_TEST_CASE(form_and_json_give_the_same) {
    const std::string_view form = "identifier=a%40b.test&password=+x+&remember=on&rd=";
    const std::string_view json = R"({"identifier":"a@b.test","password":" x ","remember":true,"rd":"","n":null})";
    const auto form_length = std::to_string(form.size());
    const auto json_length = std::to_string(json.size());
    const Request as_form({{"CONTENT_TYPE", form_type}, {"CONTENT_LENGTH", form_length}}, form);
    const Request as_json({{"CONTENT_TYPE", "application/json"}, {"CONTENT_LENGTH", json_length}}, json);
    for (const auto& request : {as_form, as_json}) {
        const auto fields = read_fields(request);
        BOOST_REQUIRE(fields.has_value());
        BOOST_TEST(fields->find("identifier").value() == "a@b.test");
        BOOST_TEST(fields->text("password") == " x ");
        BOOST_TEST(fields->flag("remember"));
        BOOST_TEST(fields->find("rd").value() == "");
        BOOST_TEST(!fields->find("n"));
        BOOST_TEST(!fields->find("Identifier"));
        BOOST_TEST(fields->text("n") == "");
        BOOST_TEST(!fields->flag("rd"));
    }
    BOOST_TEST(!read_fields(as_form)->is_json());
    BOOST_TEST(read_fields(as_json)->is_json());
}

BOOST_AUTO_TEST_CASE(flags) {
    const std::pair<std::string_view, bool> table[] = {{"on", true},     {"true", true}, {"1", true},
                                                       {"", false},      {"off", false}, {"0", false},
                                                       {"false", false}, {"TRUE", false}};
    for (const auto& [value, expected] : table) {
        const Fields one(Fields::Source::form, {{"remember", std::string(value)}});
        BOOST_TEST(one.flag("remember") == expected, value);
    }
}

BOOST_AUTO_TEST_SUITE_END()
