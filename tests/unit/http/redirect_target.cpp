// SPDX-License-Identifier: Apache-2.0
// Goal: a login leads to a path on our own origin that every parser reads alike, or to the default page; never
// elsewhere and never into our own pages.
#include "gateway/http/redirect_target.h"

#include <boost/test/unit_test.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <random>

using gatehouse::http::safe_target;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view fallback = "/welcome";

std::string target(std::string_view rd) {
    return safe_target(rd, fallback, "/auth");
}

} // namespace

BOOST_AUTO_TEST_SUITE(redirect_target)

BOOST_AUTO_TEST_CASE(stays_as_it_is) {
    for (const auto rd : {
             "/"sv,
             "/a/b?x=1&y=2"sv,
             "/a?u=https://evil.test"sv,
             "/a#frag"sv,
             "/a;b=c"sv,
             "/%D0%BF%D1%83%D1%82%D1%8C"sv,
             "/a%2Fb"sv,
             "/a?next=%2F%2Fevil.test"sv,
             "/~u/"sv,
             "/a:b"sv,
             "/a@b"sv,
             "/a+b"sv,
             "/a,b"sv,
             "/a?x[]=1"sv,
             // more that applications use
             "/a"sv,
             "/a/"sv,
             "/a/b/c.html"sv,
             "/?"sv,
             "/#"sv,
             "/?q"sv,
             "/a?//b"sv,
             "/a#//b"sv,
             "/a?x=/../y"sv,
             "/a#/../b"sv,
             "/a?x=100%"sv,
             "/a%20b"sv,
             "/100%25"sv,
             "/a%252Fb"sv,
             "/100%25/50%25"sv,
             "/100%25zz"sv,
             "/a.b/..c/...d"sv,
             "/.well-known/x"sv,
             "/..."sv,
             "/a/.b"sv,
             "/a?x=%0d%0a"sv,
             "/a?x=%00"sv,
             "/a?x=%5c%5cevil.test"sv,
             "/a!$&'()*=b"sv,
             "/a|b"sv,
             "/a\"b<c>d"sv,
             "/a?b={}"sv,
             // like our own pages, but not
             "/authors"sv,
             "/auth2/x"sv,
             "/a/auth/b"sv,
             "/AUTH/x"sv,
             "/auth.html"sv,
             "/auth;x"sv,
             "/?rd=/auth/logout"sv,
             // a name in the path is no host
             "/evil.test"sv,
             "/@evil.test"sv,
             "/:80/x"sv,
             "/http://"sv.substr(0, 6),
             "/javascript:alert(1)"sv,
             "/;/evil.test"sv,
         })
        BOOST_TEST(target(rd) == rd, rd);
}

BOOST_AUTO_TEST_CASE(gets_the_default_page) {
    for (const auto rd : {
             // nothing, or no path
             ""sv,
             "a"sv,
             "a/b"sv,
             "?x=1"sv,
             "#a"sv,
             "."sv,
             ".."sv,
             "./a"sv,
             "../a"sv,
             "%2F"sv,
             "%2Fa"sv,
             "%2f%2fevil.test"sv,
             "*"sv,
             "@evil.test"sv,
             ":80"sv,
             ";/a"sv,
             "app.test/a"sv,
             // absolute
             "http://evil.test"sv,
             "https://evil.test/"sv,
             "HTTPS://evil.test"sv,
             "https:/evil.test"sv,
             "https:evil.test"sv,
             "https:///evil.test"sv,
             "https:\\\\evil.test"sv,
             "http:\\evil.test"sv,
             "ftp://evil.test"sv,
             "ws://evil.test"sv,
             "http://app.test@evil.test"sv,
             "http://app.test:80@evil.test"sv,
             "http://app.test.evil.test"sv,
             "http://evil.test#app.test"sv,
             "http://evil.test?app.test"sv,
             "https://app.test"sv,
             "https://app.test/a"sv,
             "//app.test/a"sv,
             "http://[::1]/"sv,
             "http://0x7f000001/"sv,
             "http://evil%E3%80%82test"sv,
             "http://ⓔvil.test"sv,
             // other schemes
             "javascript:alert(1)"sv,
             "JaVaScRiPt:alert(1)"sv,
             "java\tscript:alert(1)"sv,
             "java\nscript:alert(1)"sv,
             "data:text/html,<script>"sv,
             "vbscript:x"sv,
             "file:///etc/passwd"sv,
             "blob:https://app.test/x"sv,
             "about:blank"sv,
             "mailto:a@b.test"sv,
             "view-source:https://app.test"sv,
             "javascript://app.test/%0aalert(1)"sv,
             // scheme-relative
             "//evil.test"sv,
             "//evil.test/a"sv,
             "///evil.test"sv,
             "////evil.test"sv,
             "/////evil.test"sv,
             "//"sv,
             "///"sv,
             "//evil.test@app.test"sv,
             "//app.test@evil.test"sv,
             "//evil.test:80"sv,
             "//[::1]"sv,
             "//%65vil.test"sv,
             "//evil.test%2f.."sv,
             "//?a"sv,
             "//#a"sv,
             "//@evil.test"sv,
             "//;@evil.test"sv,
             "//evil。test"sv,
             "//127.1"sv,
             // back-slashes
             "\\evil.test"sv,
             "\\\\evil.test"sv,
             "/\\evil.test"sv,
             "/\\\\evil.test"sv,
             "\\/evil.test"sv,
             "/\\/evil.test"sv,
             "\\/\\/evil.test"sv,
             "/a\\b"sv,
             "/a\\..\\b"sv,
             "/\\"sv,
             "/a?\\"sv,
             "/a#\\"sv,
             "//\\evil.test"sv,
             "/.\\evil.test"sv,
             // blanks and control characters
             " /a"sv,
             "/a "sv,
             "/ a"sv,
             "/ /evil.test"sv,
             " //evil.test"sv,
             "\t//evil.test"sv,
             "/\t/evil.test"sv,
             "/\n/evil.test"sv,
             "/\r/evil.test"sv,
             "/\r\n/evil.test"sv,
             "\n/a"sv,
             "/a\n"sv,
             "/a\r\nSet-Cookie:x=y"sv,
             "/\0/evil.test"sv,
             "\0/a"sv,
             "/a\0"sv,
             "/\x01/evil.test"sv,
             "/\x0b/evil.test"sv,
             "/\x0c/evil.test"sv,
             "/\x1f/evil.test"sv,
             "/\x7f/evil.test"sv,
             "/\x1b[31m"sv,
             "\x01//evil.test"sv,
             "/\xC2\xA0/evil.test"sv,
             "/\xE2\x80\xA8"sv,
             "\xEF\xBB\xBF/a"sv,
             "/\xE3\x80\x80/evil.test"sv,
             "/\xEF\xBC\x8F"
             "evil.test"sv,
             "/\xC2\x85"sv,
             "/\xD0\xBF"sv,
             // invalid UTF-8, raw and encoded
             "/\xff"sv,
             "/\xC0\xAF"
             "evil.test"sv,
             "/%FF"sv,
             "/%C0%AF"
             "evil.test"sv,
             "/%E0%80%AF"
             "evil.test"sv,
             "/%ED%A0%80"sv,
             "/%C3"sv,
             "/a/%c0%ae%c0%ae/b"sv,
             // encoded once
             "/%2fevil.test"sv,
             "/%2Fevil.test"sv,
             "/%2f%2fevil.test"sv,
             "/%5cevil.test"sv,
             "/%5C%5Cevil.test"sv,
             "/%09/evil.test"sv,
             "/%0a/evil.test"sv,
             "/%0d%0aSet-Cookie:x"sv,
             "/%00"sv,
             "/a%00b"sv,
             "/%1f"sv,
             "/%7f"sv,
             "/a%5cb"sv,
             "/a%0ab"sv,
             "/a%2f%2fb"sv,
             "/a/%2fb"sv,
             "/a%2f/b"sv,
             "/%2e%2f%2fevil.test"sv,
             // encoded twice and more
             "/%252fevil.test"sv,
             "/%255cevil.test"sv,
             "/%2509/evil.test"sv,
             "/%250a"sv,
             "/%2500"sv,
             "/%252f%252fevil.test"sv,
             "/%25252fevil.test"sv,
             "/a%255cb"sv,
             "/%2525252525252f"sv,
             "/%252e%252e/auth/logout"sv,
             // a bad percent sign after a good one: a lenient parser reads the good one
             "/%252fevil.test%25zz"sv,
             "/%252f%25"sv,
             "/%255cevil.test/%25"sv,
             "/%252e%252e/auth/logout%25zz"sv,
             "/%2561uth/logout%25"sv,
             "/%25zz%252fevil.test"sv,
             "/a%252509b%25"sv,
             "/%25252fevil.test%2525zz"sv,
             // bad percent signs in the path
             "/%"sv,
             "/%1"sv,
             "/a%zz"sv,
             "/a%u002f"sv,
             "/%%2f"sv,
             "/100%"sv,
             // dot segments and empty segments
             "/."sv,
             "/.."sv,
             "/./"sv,
             "/../"sv,
             "/./a"sv,
             "/../a"sv,
             "/a/./b"sv,
             "/a/../b"sv,
             "/a/.."sv,
             "/a/."sv,
             "/.//evil.test"sv,
             "/..//evil.test"sv,
             "/a/..//evil.test"sv,
             "/a//b"sv,
             "/a//"sv,
             "/%2e/a"sv,
             "/%2e%2e/a"sv,
             "/.%2e/a"sv,
             "/%2E./a"sv,
             "/a/%2e%2e//evil.test"sv,
             "/a%2f..%2fb"sv,
             "/./%2fevil.test"sv,
             "/a//../b?x"sv,
             // into our own pages
             "/auth"sv,
             "/auth/"sv,
             "/auth/login"sv,
             "/auth/logout"sv,
             "/auth/login?rd=/a"sv,
             "/auth?x"sv,
             "/auth#x"sv,
             "/auth/sessions/revoke"sv,
             "/%61uth/logout"sv,
             "/a%75th/"sv,
             "/auth%2flogout"sv,
             "/%61%75%74%68%2flogout"sv,
             "/x/../auth/logout"sv,
             "/x/%2e%2e/auth/logout"sv,
             "/x%2f..%2fauth/logout"sv,
             "/./auth/logout"sv,
             "//auth/logout"sv,
             "/%2561uth/logout"sv,
             "/auth/./x"sv,
         })
        BOOST_TEST(target(rd) == fallback, rd);
}

BOOST_AUTO_TEST_CASE(two_kibibytes_and_no_more) {
    const std::string just = "/" + std::string(2047, 'a');
    BOOST_TEST(target(just) == just);
    BOOST_TEST(target(just + "a") == fallback);
    BOOST_TEST(target("/a?" + std::string(65536, 'x')) == fallback);
}

BOOST_AUTO_TEST_CASE(another_prefix) {
    BOOST_TEST(safe_target("/auth/login", "/", "/gate/keeper") == "/auth/login");
    BOOST_TEST(safe_target("/gate/keeper/login", "/", "/gate/keeper") == "/");
    BOOST_TEST(safe_target("/gate", "/", "/gate/keeper") == "/gate");
    BOOST_TEST(safe_target("/gate%2fkeeper", "/", "/gate/keeper") == "/");
    BOOST_TEST(safe_target("/a", "/", "") == "/a");
}

BOOST_AUTO_TEST_CASE(the_fallback_is_given_as_it_is) {
    BOOST_TEST(safe_target("//evil.test", "https://www.test/", "/auth") == "https://www.test/");
}

// Strings made of the pieces that attacks are made of. What is accepted must resolve to our own origin for an RFC 3986
// parser, and have nothing in it that other parsers read differently.
BOOST_AUTO_TEST_CASE(random_strings_stay_on_our_origin) {
    const std::string_view pieces[] = {"/",    "/",   "//",        "\\",   "a",    "auth",  ".",   "..",  "%2f",
                                       "%2F",  "%5c", "%2e",       "%25",  "%00",  "%0a",   "%61", "?",   "#",
                                       ":",    "@",   ";",         "http", "\t",   "\n",    "\r",  " ",   "\0"sv,
                                       "\xff", "п",   "evil.test", "%",    "&rd=", "[::1]", "=",   "\x7f"};
    std::mt19937 random(42); // NOLINT: the same strings every time, on purpose
    const auto base = boost::urls::parse_uri("https://app.test/login").value();
    int accepted = 0;
    for (int round = 0; round < 100'000; ++round) {
        std::string rd = random() % 4 == 0 ? "" : "/";
        for (auto left = random() % 8; left > 0; --left)
            rd += pieces[random() % std::size(pieces)];
        const auto result = target(rd);
        if (result == fallback) continue;
        ++accepted;
        BOOST_REQUIRE_EQUAL(result, rd);
        BOOST_REQUIRE(result[0] == '/' && (result.size() == 1 || (result[1] != '/' && result[1] != '\\')));
        BOOST_REQUIRE(
            std::all_of(result.begin(), result.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; }));
        const auto reference = boost::urls::parse_relative_ref(result);
        if (!reference) continue; // a query with brackets or a lone percent sign: not RFC 3986, but harmless
        boost::urls::url resolved;
        BOOST_REQUIRE(boost::urls::resolve(base, *reference, resolved).has_value());
        BOOST_REQUIRE_EQUAL(std::string(resolved.encoded_origin()), "https://app.test");
        BOOST_REQUIRE(!std::string(resolved.path()).starts_with("/auth/"));
    }
    BOOST_TEST(accepted > 1000); // else the test shows nothing
}

BOOST_AUTO_TEST_SUITE_END()
