// SPDX-License-Identifier: Apache-2.0
// Goal: a database URL is understood, or refused without showing its password.
#include "storage/sql/url.h"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

using namespace gatehouse;
using namespace gatehouse::sql;

namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sql_url)

BOOST_AUTO_TEST_CASE(postgresql_urls) {
    struct Row {
        const char* url;
        const char* shown;
        const char* secret;
    };
    for (const auto& [url, shown, secret] : {
             Row{"postgresql://user:pw@db.example.org:5433/name", "postgresql://user@db.example.org:5433/name", "pw"},
             Row{"postgres://user:p%40w%3F@localhost/name", "postgresql://user@localhost/name", "p@w?"},
             Row{"postgresql://user@/name?host=/run/postgresql", "postgresql://user@/run/postgresql/name", ""},
             Row{"postgresql://%2Frun%2Fpostgresql/name?user=u&password=pw", "postgresql://u@/run/postgresql/name",
                 "pw"},
             Row{"postgresql://a:1,b:2/name", "postgresql://@a,b:1,2/name", ""},
             Row{"postgresql://u:pw@h/name?schema=public&connection_limit=5", "postgresql://u@h/name", "pw"},
         }) {
        BOOST_TEST_CONTEXT(url) {
            const auto target = parse_url(url, Millis{5000});
            BOOST_TEST((target.backend == Backend::postgresql));
            BOOST_TEST(target.shown == shown);
            BOOST_TEST(target.secret == secret);
            BOOST_TEST(contains(target.connect, "connect_timeout=5"));
            BOOST_TEST(contains(target.connect, "target_session_attrs=read-write"));
            BOOST_TEST(!contains(target.connect, "schema="));
        }
    }
}

BOOST_AUTO_TEST_CASE(parameters_of_the_operator_win) {
    const auto target = parse_url("postgresql://h/n?application_name=other&sslmode=require", Millis{100});
    BOOST_TEST(target.connect.find("application_name=other") > target.connect.find("application_name=gatehouse"));
    BOOST_TEST(contains(target.connect, "sslmode=require"));
    BOOST_TEST(contains(target.connect, "connect_timeout=2")); // libpq's least
}

BOOST_AUTO_TEST_CASE(sqlite_urls) {
    for (const auto& [url, path] : {std::pair{"sqlite:some.db", "some.db"},
                                    {"sqlite:/var/lib/x y.db", "/var/lib/x y.db"},
                                    {"sqlite:///var/lib/x.db", "/var/lib/x.db"},
                                    {"file:/var/lib/x.db", "/var/lib/x.db"},
                                    {"file:///var/lib/x.db", "/var/lib/x.db"}}) {
        const auto target = parse_url(url, Millis{5000});
        BOOST_TEST((target.backend == Backend::sqlite));
        BOOST_TEST(target.connect == path);
        BOOST_TEST(target.shown == std::string("sqlite:") + path);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_url_is_refused_without_a_password) {
    for (const std::string url : {"", "mysql://u:s3cret@h/n", "postgresql:u:s3cret", "postgresql://u:s3cret@[::1/n",
                                  "postgresql://u:s3cret@h/n?unknown=1", "postgresql://u:s3cret%@h/n", "sqlite:",
                                  "sqlite://", "sqlite::memory:", "sqlite:a\"b", "sqlite:x?mode=memory", "s3cret"}) {
        BOOST_TEST_CONTEXT(url) {
            BOOST_CHECK_EXCEPTION(parse_url(url, Millis{5000}), std::runtime_error,
                                  [](const auto& e) { return !contains(e.what(), "s3cret"); });
        }
    }
    BOOST_CHECK_THROW(parse_url(std::string("sqlite:a\0b", 10), Millis{5000}), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_password_is_struck_out) {
    const auto target = parse_url("postgresql://u:s3@h/n", Millis{5000});
    BOOST_TEST(without_secret("s3 and s3s3, not s4", target) == "*** and ******, not s4");
    const auto stars = parse_url("postgresql://u:*@h/n", Millis{5000});
    BOOST_TEST(without_secret("a * b", stars) == "a *** b");
    BOOST_TEST(without_secret("nothing", parse_url("sqlite:x", Millis{5000})) == "nothing");
}

BOOST_AUTO_TEST_SUITE_END()
