// SPDX-License-Identifier: Apache-2.0
// Goal: exactly our cookie is found in any Cookie header, different values of it count as none, and the lines that set
// and delete it carry the same flags.
#include "gateway/http/cookie.h"

#include <boost/test/unit_test.hpp>

using gatehouse::Seconds;
using gatehouse::http::Cookie;
using gatehouse::http::CookieValue;
using gatehouse::http::find_cookie;
using gatehouse::http::Param;
using gatehouse::http::Request;
using Kind = CookieValue::Kind;

namespace {

constexpr std::string_view name = "__Host-gatehouse_web";

/// `found` as one word: the value, "absent" or "conflict".
std::string in_lines(const std::vector<std::string>& lines) {
    std::vector<Param> params = {{"REQUEST_METHOD", "GET"}};
    for (const auto& line : lines)
        params.push_back({"HTTP_COOKIE", line});
    params.push_back({"GATE_END", "1"});
    const Request request(std::move(params), "");
    const auto found = find_cookie(request, name);
    if (found.kind == Kind::absent) return "absent";
    if (found.kind == Kind::conflict) return "conflict";
    return "=" + std::string(found.value);
}

} // namespace

BOOST_AUTO_TEST_SUITE(cookie)

BOOST_AUTO_TEST_CASE(no_cookie_line) {
    BOOST_TEST(in_lines({}) == "absent");
}

BOOST_AUTO_TEST_CASE(one_line) {
    const std::pair<std::string, std::string_view> table[] = {
        // nothing of ours
        {"", "absent"},
        {"   ", "absent"},
        {"\t", "absent"},
        {";;;;", "absent"},
        {"; ; ;", "absent"},
        {"a=b", "absent"},
        {"__Host-gatehouse_web", "absent"},
        {"=L", "absent"},
        {"=__Host-gatehouse_web=L", "absent"},
        {"a=b=c=__Host-gatehouse_web=L", "absent"},
        {"a=b,__Host-gatehouse_web=L", "absent"},
        {"a=b, __Host-gatehouse_web=L", "absent"},
        {"a=\"; __Host-gatehouse_web=L", "=L"}, // a quote does not hide a separator
        // look-alikes
        {"x__Host-gatehouse_web=L", "absent"},
        {"__Host-gatehouse_web2=L", "absent"},
        {"__Host-gatehouse_webx=L", "absent"},
        {"__Host-gatehouse_we=L", "absent"},
        {"__host-gatehouse_web=L", "absent"},
        {"__HOST-gatehouse_web=L", "absent"},
        {"__Host-Gatehouse_web=L", "absent"},
        {"__Host-gatehouse_web =L", "absent"},
        {"__Host-gatehouse_web\t=L", "absent"},
        {"$__Host-gatehouse_web=L", "absent"},
        {"%5F%5FHost-gatehouse_web=L", "absent"},
        {"\"__Host-gatehouse_web\"=L", "absent"},
        {"\x01__Host-gatehouse_web=L", "absent"},
        {"\xff\xfe__Host-gatehouse_web=L", "absent"},
        {"__Host-gatehouse_admin=L", "absent"},
        // ours
        {"__Host-gatehouse_web=L", "=L"},
        {"__Host-gatehouse_web=", "="},
        {"__Host-gatehouse_web=a=b", "=a=b"},
        {"__Host-gatehouse_web=\"L\"", "=\"L\""},
        {"__Host-gatehouse_web=L;", "=L"},
        {"a=b; __Host-gatehouse_web=L", "=L"},
        {"a=b;__Host-gatehouse_web=L", "=L"},
        {"a=b;\t__Host-gatehouse_web=L", "=L"},
        {"a=b; ; __Host-gatehouse_web=L; c=d", "=L"},
        {" __Host-gatehouse_web=L ", "=L"},
        {"__Host-gatehouse_web= L\t ", "=L"},
        {"__Host-gatehouse_web=L, x", "=L, x"},
        {"__Host-gatehouse_web=\x01\xff", "=\x01\xff"},
        {"$Version=1; __Host-gatehouse_web=L; $Path=/", "=L"},
        {"\x01=2; \xff\xfe=3; __Host-gatehouse_web=L", "=L"},
        // several of ours
        {"__Host-gatehouse_web=L; __Host-gatehouse_web=L", "=L"},
        {"__Host-gatehouse_web=L; __Host-gatehouse_web=L; __Host-gatehouse_web=L", "=L"},
        {"__Host-gatehouse_web=L; __Host-gatehouse_web=M", "conflict"},
        {"__Host-gatehouse_web=M; __Host-gatehouse_web=L", "conflict"},
        {"__Host-gatehouse_web=L; __Host-gatehouse_web=", "conflict"},
        {"__Host-gatehouse_web=; __Host-gatehouse_web=L", "conflict"},
        {"__Host-gatehouse_web=L; __Host-gatehouse_web=l", "conflict"},
        {"__Host-gatehouse_web=L; __Host-gatehouse_web=M; __Host-gatehouse_web=L", "conflict"},
        {"__Host-gatehouse_web=L; __Host-gatehouse_web=L; __Host-gatehouse_web=M", "conflict"},
    };
    for (const auto& [line, expected] : table)
        BOOST_TEST(in_lines({line}) == expected, line);
}

BOOST_AUTO_TEST_CASE(several_lines_count_like_one) {
    const std::string live = "__Host-gatehouse_web=L";
    BOOST_TEST(in_lines({"a=1", live}) == "=L");
    BOOST_TEST(in_lines({live, "a=1"}) == "=L");
    BOOST_TEST(in_lines({live, live}) == "=L");
    BOOST_TEST(in_lines({live, "__Host-gatehouse_web=garbage"}) == "conflict");
    BOOST_TEST(in_lines({"__Host-gatehouse_web=garbage", live}) == "conflict");
    BOOST_TEST(in_lines({live + "; __Host-gatehouse_web=M", live}) == "conflict");
    BOOST_TEST(in_lines({"", live, ""}) == "=L");
    std::vector<std::string> many(200, "a=b");
    many[1] = live;
    BOOST_TEST(in_lines(many) == "=L");
}

BOOST_AUTO_TEST_CASE(only_the_cookie_parameter_is_read) {
    const Request request({{"HTTP_COOKIE2", "__Host-gatehouse_web=L"},
                           {"HTTP_SET_COOKIE", "__Host-gatehouse_web=L"},
                           {"QUERY_STRING", "__Host-gatehouse_web=L"}},
                          "__Host-gatehouse_web=L");
    BOOST_TEST((find_cookie(request, name).kind == Kind::absent));
}

BOOST_AUTO_TEST_CASE(a_bomb_of_cookies_before_ours) {
    std::string pairs;
    for (int i = 0; i < 1000; ++i)
        pairs += "a" + std::to_string(i) + "=1; ";
    BOOST_TEST(in_lines({pairs + "__Host-gatehouse_web=L"}) == "=L");
    for (const char filler : {';', ' ', '\t'}) {
        std::string line(8192, filler);
        line += "__Host-gatehouse_web=L";
        BOOST_TEST(in_lines({line}) == "=L");
    }
    BOOST_TEST(in_lines({std::string(65536, '=')}) == "absent");
}

BOOST_AUTO_TEST_CASE(the_value_points_into_the_request) {
    const std::string line = "a=b; __Host-gatehouse_web=L";
    const Request request({{"HTTP_COOKIE", line}}, "");
    BOOST_TEST(find_cookie(request, name).value.data() == line.data() + line.size() - 1);
}

BOOST_AUTO_TEST_CASE(a_secure_cookie) {
    const Cookie web("gatehouse_web", true);
    BOOST_TEST(web.name() == "__Host-gatehouse_web");
    BOOST_TEST(web.set("abc", std::nullopt) == "__Host-gatehouse_web=abc; Path=/; Secure; HttpOnly; SameSite=Lax");
    BOOST_TEST(web.set("abc", Seconds{86400}) ==
               "__Host-gatehouse_web=abc; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=86400");
    BOOST_TEST(web.remove() == "__Host-gatehouse_web=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
}

BOOST_AUTO_TEST_CASE(a_cookie_without_https_has_no_prefix) {
    const Cookie web("gatehouse_web", false, "Strict");
    BOOST_TEST(web.set("abc", std::nullopt) == "gatehouse_web=abc; Path=/; HttpOnly; SameSite=Strict");
    BOOST_TEST(web.remove() == "gatehouse_web=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

BOOST_AUTO_TEST_CASE(what_is_set_is_what_is_found) {
    for (const bool secure : {true, false}) {
        const Cookie web("gatehouse_web", secure);
        const auto line = web.set("abc", std::nullopt);
        const auto pair = line.substr(0, line.find(';'));
        BOOST_TEST(web.find(Request({{"HTTP_COOKIE", pair}}, "")).value == "abc");
    }
}

BOOST_AUTO_TEST_SUITE_END()
