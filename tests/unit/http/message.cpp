// SPDX-License-Identifier: Apache-2.0
// Goal: an answer always says its status first, carries the fixed headers, and no value can add a line of its own.
#include "gateway/http/message.h"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <random>
#include <set>

using gatehouse::http::Request;
using gatehouse::http::Response;

namespace {

std::string written(const Response& response, bool head = false) {
    std::string out;
    response.write_to(out, head);
    return out;
}

std::string header_part(const std::string& whole) {
    return whole.substr(0, whole.find("\r\n\r\n") + 4);
}

std::string body_part(const std::string& whole) {
    return whole.substr(whole.find("\r\n\r\n") + 4);
}

std::set<std::string> lines_of(const std::string& headers) {
    std::set<std::string> lines;
    for (std::size_t at = 0; at < headers.size();) {
        const auto end = headers.find("\r\n", at);
        lines.insert(headers.substr(at, end - at));
        at = end + 2;
    }
    return lines;
}

} // namespace

BOOST_AUTO_TEST_SUITE(message)

BOOST_AUTO_TEST_CASE(an_undecided_response_is_a_500) {
    BOOST_TEST(Response().status() == 500);
    BOOST_TEST(written(Response()).starts_with("Status: 500 Internal Server Error\r\n"));
}

BOOST_AUTO_TEST_CASE(the_status_line_comes_first_for_every_status) {
    struct Case {
        int status;
        std::string_view line;
    };
    for (const auto& [status, line] : {Case{200, "200 OK"},
                                       {204, "204 No Content"},
                                       {303, "303 See Other"},
                                       {400, "400 Bad Request"},
                                       {401, "401 Unauthorized"},
                                       {403, "403 Forbidden"},
                                       {404, "404 Not Found"},
                                       {405, "405 Method Not Allowed"},
                                       {413, "413 Content Too Large"},
                                       {415, "415 Unsupported Media Type"},
                                       {422, "422 Unprocessable Content"},
                                       {429, "429 Too Many Requests"},
                                       {500, "500 Internal Server Error"},
                                       {503, "503 Service Unavailable"},
                                       {418, "418 Unknown"}}) {
        Response response(status);
        response.header("Location", "/").header("Set-Cookie", "a=b");
        const auto expected = "Status: " + std::string(line) + "\r\n";
        BOOST_TEST(written(response).substr(0, expected.size()) == expected);
    }
}

BOOST_AUTO_TEST_CASE(a_status_that_is_none_becomes_500) {
    for (const int status : {-1, 0, 1, 99, 1000, 20000})
        BOOST_TEST(written(Response(status)).starts_with("Status: 500 Internal Server Error\r\n"), status);
}

BOOST_AUTO_TEST_CASE(a_204_is_lean) {
    Response response(204);
    response.header("X-Auth-User-Id", "7");
    BOOST_TEST(written(response) == "Status: 204 No Content\r\nCache-Control: no-store\r\nX-Auth-User-Id: 7\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_204_never_has_a_body) {
    Response response(204);
    response.body("text/plain; charset=utf-8", "left over");
    BOOST_TEST(body_part(written(response)).empty());
}

BOOST_AUTO_TEST_CASE(every_other_answer_has_the_fixed_headers) {
    Response response(303);
    response.header("Location", "/app/");
    const std::set<std::string> expected = {"Status: 303 See Other",
                                            "Cache-Control: no-store",
                                            "X-Content-Type-Options: nosniff",
                                            "Referrer-Policy: no-referrer",
                                            "Location: /app/",
                                            "Content-Length: 0",
                                            ""};
    BOOST_TEST(lines_of(header_part(written(response))) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_answer_may_say_itself_how_long_it_can_be_kept) {
    Response response(200);
    response.header("Cache-Control", "public, max-age=60");
    const auto lines = lines_of(header_part(written(response)));
    BOOST_TEST(lines.contains("Cache-Control: public, max-age=60"));
    BOOST_TEST(!lines.contains("Cache-Control: no-store"));
}

BOOST_AUTO_TEST_CASE(a_page_has_the_headers_of_pages_too) {
    Response response(200);
    response.body("text/html; charset=utf-8", "<p>grüezi</p>");
    const auto whole = written(response);
    const auto lines = lines_of(header_part(whole));
    const std::string policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action "
                               "'self'; frame-ancestors 'none'; "
                               "base-uri 'none'";
    BOOST_TEST(lines.contains("Content-Security-Policy: " + policy));
    for (const char* line : {"X-Frame-Options: DENY", "Cross-Origin-Opener-Policy: same-origin", "Content-Length: 14",
                             "Content-Type: text/html; charset=utf-8", "Cache-Control: no-store",
                             "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer"})
        BOOST_TEST(lines.contains(line), line);
    BOOST_TEST(body_part(whole) == "<p>grüezi</p>");
}

BOOST_AUTO_TEST_CASE(json_has_no_headers_of_pages) {
    Response response(200);
    response.body("application/json; charset=utf-8", "{}");
    BOOST_TEST(written(response).find("Content-Security-Policy") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(head_tells_the_length_and_leaves_the_body_out) {
    Response response(200);
    response.body("text/plain; charset=utf-8", "twelve bytes");
    const auto whole = written(response, true);
    BOOST_TEST(body_part(whole).empty());
    BOOST_TEST(lines_of(whole).contains("Content-Length: 12"));
}

BOOST_AUTO_TEST_CASE(a_second_body_replaces_the_first) {
    Response response(200);
    response.body("text/html; charset=utf-8", "<p>").header("X-A", "1");
    response.body("application/json; charset=utf-8", "{}");
    BOOST_TEST(response.header_block() == "X-A: 1\r\nContent-Type: application/json; charset=utf-8\r\n");
    BOOST_TEST(response.body() == "{}");
}

BOOST_AUTO_TEST_CASE(headers_are_found_by_name_whatever_its_case) {
    Response response(204);
    response.header("X-Auth-Session", "one").header("X-Auth", "two").header("X-Auth", "three").header("Empty", "");
    BOOST_TEST(response.find_header("x-auth") == "two");
    BOOST_TEST(response.find_header("X-Auth-Session") == "one");
    BOOST_TEST(response.find_header("Empty") == "");
    BOOST_TEST(response.find_header("X-Auth-Sess") == "");
}

BOOST_AUTO_TEST_CASE(every_byte_value_leaves_as_printable_ascii) {
    for (int byte = 0; byte < 256; ++byte) {
        Response response(204);
        const std::string value{'a', static_cast<char>(byte), 'b'};
        response.header("X-Auth-Email", value);
        const auto sent = std::string(response.find_header("X-Auth-Email"));
        for (const char c : sent)
            BOOST_TEST((c >= ' ' && c < '\x7f'), "byte " << byte);
        if (byte >= 0x20 && byte < 0x7f) {
            BOOST_TEST(sent == value);
        } else {
            std::array<char, 8> expected{};
            std::snprintf(expected.data(), expected.size(), "a%%%02XB", static_cast<unsigned>(byte));
            expected[4] = 'b';
            BOOST_TEST(sent == expected.data());
        }
    }
}

BOOST_AUTO_TEST_CASE(an_odd_byte_is_found_wherever_it_stands) {
    for (int byte = 0; byte < 256; ++byte) {
        const bool stays = byte >= 0x20 && byte < 0x7f;
        for (std::size_t place = 0; place < 20; ++place) {
            std::string value(20, '~'); // the last byte that may stay, next to the first that may not
            value[place] = static_cast<char>(byte);
            Response response(204);
            response.header("X-A", value);
            BOOST_REQUIRE_EQUAL(response.find_header("X-A").size(), stays ? 20U : 22U);
        }
    }
}

BOOST_AUTO_TEST_CASE(hostile_values_add_no_line) {
    for (const std::string value : {"x\r\nX-Accel-Redirect: /secretfile", "x\nSet-Cookie: a=b", "x\rY: 1",
                                    "\r\n\r\n<script>", "嘊嘍Set-Cookie: evil", "\xC2\x85X: y"}) {
        Response response(204);
        response.header("X-Auth-Email", value);
        const auto whole = written(response);
        BOOST_TEST(lines_of(whole).size() == 4U, whole); // status, no-store, ours and the empty one
        BOOST_TEST(whole.find("\r\nX-Accel") == std::string::npos);
        BOOST_TEST(whole.find("\r\nSet-Cookie") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(random_values_never_break_out) {
    std::mt19937 random(20250101); // NOLINT: the same strings every time, on purpose
    for (int round = 0; round < 5000; ++round) {
        std::string value(random() % 40, '\0');
        for (auto& c : value)
            c = static_cast<char>(random() % 256);
        Response response(401);
        response.header("X-Gate-Login", value);
        const auto block = response.header_block();
        BOOST_REQUIRE(block.find("\r\n") == block.size() - 2);
        BOOST_REQUIRE(std::all_of(block.begin(), block.end() - 2, [](char c) { return c >= ' ' && c < '\x7f'; }));
    }
}

BOOST_AUTO_TEST_CASE(a_request_gives_its_parameters) {
    const Request request({{"REQUEST_METHOD", "POST"}, {"DOCUMENT_URI", "/auth/login"}, {"GATE_END", "1"}}, "a=b");
    BOOST_TEST(request.method() == "POST");
    BOOST_TEST(request.path() == "/auth/login");
    BOOST_TEST(request.body() == "a=b");
    BOOST_TEST(request.param("request_method").empty());
    BOOST_TEST(request.context().empty());
}

BOOST_AUTO_TEST_SUITE_END()
