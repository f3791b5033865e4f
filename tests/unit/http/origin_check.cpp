// SPDX-License-Identifier: Apache-2.0
// Goal: a POST that the browser itself says comes from elsewhere is denied, whatever spelling its origin has.
#include "gateway/http/origin_check.h"

#include <boost/test/unit_test.hpp>

using gatehouse::http::check_origin;
using gatehouse::http::OriginVerdict;
using gatehouse::http::Request;

namespace {

std::string_view verdict(std::string_view site, std::string_view origin, const std::vector<std::string>& origins = {},
                         std::string_view scheme = "https", std::string_view host = "app.test") {
    const Request request(
        {{"HTTP_SEC_FETCH_SITE", site}, {"HTTP_ORIGIN", origin}, {"REQUEST_SCHEME", scheme}, {"HTTP_HOST", host}}, "");
    switch (check_origin(request, origins)) {
    case OriginVerdict::allow: return "allow";
    case OriginVerdict::deny: return "deny";
    case OriginVerdict::undecided: return "undecided";
    }
    return "?";
}

} // namespace

BOOST_AUTO_TEST_SUITE(origin_check)

BOOST_AUTO_TEST_CASE(what_the_browser_says_about_the_site) {
    const std::tuple<std::string_view, std::string_view, std::string_view> table[] = {
        {"same-origin", "", "allow"},
        {"same-origin", "https://app.test", "allow"},
        {"same-origin", "null", "allow"}, // a page with Referrer-Policy: no-referrer
        {"same-site", "", "deny"},
        {"same-site", "https://app.test", "deny"},
        {"cross-site", "", "deny"},
        {"cross-site", "https://app.test", "deny"},
        {"none", "", "deny"},
        {"none", "https://app.test", "deny"},
        // a value that we do not know says nothing
        {"bogus", "", "undecided"},
        {"bogus", "https://app.test", "allow"},
        {"bogus", "https://evil.test", "deny"},
        {"Same-Origin", "https://evil.test", "deny"},
        {"same-origin, cross-site", "https://evil.test", "deny"},
        {"", "", "undecided"},
    };
    for (const auto& [site, origin, expected] : table)
        BOOST_TEST(verdict(site, origin) == expected, site << " " << origin);
}

BOOST_AUTO_TEST_CASE(the_requests_own_origin) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"https://app.test", "allow"},
        {"null", "deny"},
        {"http://app.test", "deny"},
        {"https://app.test:8443", "deny"},
        {"https://app.test:443", "deny"}, // no browser writes the default port
        {"https://app.test.", "deny"},
        {"https://APP.test", "deny"},
        {"HTTPS://app.test", "deny"},
        {"https://app.test/", "deny"},
        {"https://app.test.evil.test", "deny"},
        {"https://evil.test/app.test", "deny"},
        {"https://evil.test", "deny"},
        {"https://other.app.test", "deny"},
        {"https://evilapp.test", "deny"},
        {"https://app.test https://evil.test", "deny"},
        {"https://evil.test@app.test", "deny"},
        {"app.test", "deny"},
        {" https://app.test", "deny"},
        {"https://", "deny"},
        {"*", "deny"},
    };
    for (const auto& [origin, expected] : table)
        BOOST_TEST(verdict("", origin) == expected, origin);
}

BOOST_AUTO_TEST_CASE(ports_of_the_request) {
    BOOST_TEST(verdict("", "http://127.0.0.1:8080", {}, "http", "127.0.0.1:8080") == "allow");
    BOOST_TEST(verdict("", "http://127.0.0.1", {}, "http", "127.0.0.1:80") == "allow");
    BOOST_TEST(verdict("", "https://app.test", {}, "https", "app.test:443") == "allow");
    BOOST_TEST(verdict("", "https://app.test", {}, "https", "App.Test") == "allow");
    BOOST_TEST(verdict("", "http://[::1]:8080", {}, "http", "[::1]:8080") == "allow");
    BOOST_TEST(verdict("", "https://app.test", {}, "https", "app.test:80") == "deny");
    BOOST_TEST(verdict("", "http://127.0.0.1", {}, "http", "127.0.0.1:8080") == "deny");
}

BOOST_AUTO_TEST_CASE(configured_origins_replace_the_requests_own) {
    const std::vector<std::string> origins = {"https://app.test", "https://www.app.test:8443"};
    BOOST_TEST(verdict("", "https://app.test", origins, "http", "backend") == "allow");
    BOOST_TEST(verdict("", "https://www.app.test:8443", origins, "http", "backend") == "allow");
    BOOST_TEST(verdict("", "http://backend", origins, "http", "backend") == "deny");
    BOOST_TEST(verdict("", "https://www.app.test", origins, "http", "backend") == "deny");
    BOOST_TEST(verdict("", "null", origins) == "deny");
    BOOST_TEST(verdict("", "", origins) == "undecided");
    BOOST_TEST(verdict("cross-site", "https://app.test", origins) == "deny");
}

BOOST_AUTO_TEST_SUITE_END()
