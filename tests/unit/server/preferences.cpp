// SPDX-License-Identifier: Apache-2.0
// Goal: a person chooses theme and language in a page or as a program; the pages and the check say so from then on, in
// all of the person's sessions and nobody else's; what is none of our words is refused and changes nothing; and without
// the web database checks and logins go on.
#include "tests/unit/server/rig.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

using namespace gatehouse;

namespace {

const std::string path = "/preferences";
const Rig::Params as_json{{"HTTP_ACCEPT", "application/json"}};

std::string theme_at(Rig& rig, const std::string& cookie) {
    const auto response = rig.get("/verify", cookie);
    BOOST_REQUIRE_EQUAL(response.status(), 204);
    return std::string(response.find_header("X-Auth-Theme")) + "/" +
           std::string(response.find_header("X-Auth-Language"));
}

/// "code" of the error shape.
std::string error_of(const http::Response& response) {
    return boost::json::parse(response.body()).at("error").at("code").as_string().c_str();
}

boost::json::value stored(Rig& rig, const std::string& cookie) {
    const auto response = rig.get(path, cookie, as_json);
    BOOST_REQUIRE_EQUAL(response.status(), 200);
    return boost::json::parse(response.body());
}

} // namespace

BOOST_AUTO_TEST_SUITE(preferences)

BOOST_AUTO_TEST_CASE(they_are_for_people_who_are_signed_in) {
    Rig rig;
    BOOST_TEST(rig.get(path).status() == 303);
    BOOST_TEST(rig.get(path, {}, as_json).status() == 401);
    BOOST_TEST(rig.post_json(path, R"({"theme":"dark"})").status() == 401);
    BOOST_TEST(rig.web.calls() == 0U);
}

BOOST_AUTO_TEST_CASE(a_program_changes_what_it_names_and_nothing_else) {
    Rig rig;
    const auto cookie = rig.login();
    BOOST_TEST((stored(rig, cookie) == boost::json::parse(R"({"theme":"auto","language":"auto","preferences":{}})")));
    const auto changed = rig.post_json(path, R"({"theme":"dark"})", cookie);
    BOOST_TEST(changed.status() == 200);
    BOOST_TEST((boost::json::parse(changed.body()) ==
                boost::json::parse(R"({"theme":"dark","language":"auto","preferences":{}})")));
    BOOST_TEST(rig.post_json(path, R"({"language":"uk","preferences":{"rows":[50,{"a":null}]}})", cookie).status() ==
               200);
    BOOST_TEST((stored(rig, cookie) ==
                boost::json::parse(R"({"theme":"dark","language":"uk","preferences":{"rows":[50,{"a":null}]}})")));
    BOOST_TEST(rig.post_json(path, R"({"theme":"auto"})", cookie).status() == 200);
    BOOST_TEST((stored(rig, cookie) ==
                boost::json::parse(R"({"theme":"auto","language":"uk","preferences":{"rows":[50,{"a":null}]}})")));
}

BOOST_AUTO_TEST_CASE(a_person_changes_it_in_a_form_and_sees_the_pages_follow) {
    Rig rig;
    const auto cookie = rig.login();
    const auto form = rig.get(path, cookie);
    BOOST_TEST(form.status() == 200);
    BOOST_TEST(has(form, "<html lang=\"en\">"));
    const auto csrf = Rig::token_in(form);
    const auto done = rig.post_form(path, "csrf=" + csrf + "&theme=dark&language=ru", cookie);
    BOOST_TEST(done.status() == 303);
    BOOST_TEST(done.find_header("Location") == "/auth/preferences?notice=saved");
    const auto after = rig.get(path, cookie, {{"QUERY_STRING", "notice=saved"}, {"HTTP_ACCEPT_LANGUAGE", "en"}});
    BOOST_TEST(has(after, "<html lang=\"ru\" data-theme=\"dark\">"));
    BOOST_TEST(has(after, "<option value=\"dark\" selected>"));
    BOOST_TEST(has(after, "role=\"status\""));
    for (const std::string page : {"/me", "/sessions", "/password/change", "/logout"})
        BOOST_TEST(has(rig.get(page, cookie), "<html lang=\"ru\" data-theme=\"dark\">"), page);
    BOOST_TEST(has(rig.get("/login"), "<html lang=\"en\">"), "nobody in particular");
    BOOST_TEST(rig.post_form(path, "csrf=" + csrf + "&theme=auto&language=auto", cookie).status() == 303);
    BOOST_TEST(has(rig.get("/me", cookie, {{"HTTP_ACCEPT_LANGUAGE", "uk"}}), "<html lang=\"uk\">"));
}

BOOST_AUTO_TEST_CASE(the_check_says_it_in_every_session_of_the_person) {
    Rig rig;
    rig.add_user("22222222-2222-4222-8222-222222222222", "bob@example.test", "user");
    const auto first = rig.login();
    const auto second = rig.login();
    const auto bob = Rig::cookie_of(
        rig.post_json("/login", R"({"identifier":"bob@example.test","password":"a long walk by the sea"})"));
    for (const auto& cookie : {first, second, bob})
        BOOST_TEST(theme_at(rig, cookie) == "/");
    BOOST_TEST(rig.post_json(path, R"({"theme":"dark","language":"uk"})", first).status() == 200);
    BOOST_TEST(theme_at(rig, first) == "dark/uk");
    BOOST_TEST(theme_at(rig, second) == "dark/uk");
    BOOST_TEST(theme_at(rig, bob) == "/");
    BOOST_TEST(theme_at(rig, rig.login()) == "dark/uk");
    BOOST_TEST(rig.post_json(path, R"({"language":"auto"})", second).status() == 200);
    BOOST_TEST(theme_at(rig, first) == "dark/");
}

BOOST_AUTO_TEST_CASE(many_checks_ask_the_web_database_nothing) {
    Rig rig;
    const auto cookie = rig.login();
    BOOST_TEST(theme_at(rig, cookie) == "/");
    const auto asked = rig.web.calls();
    for (int i = 0; i < 200; ++i)
        BOOST_TEST(theme_at(rig, cookie) == "/");
    BOOST_TEST(rig.web.calls() == asked);
}

BOOST_AUTO_TEST_CASE(what_is_none_of_our_words_is_refused_and_changes_nothing) {
    Rig rig;
    const auto cookie = rig.login();
    BOOST_TEST(rig.post_json(path, R"({"theme":"dark","language":"uk","preferences":{"a":1}})", cookie).status() ==
               200);
    const auto before = stored(rig, cookie);
    const std::string long_text(4096, 'x');
    const struct {
        std::string body;
        int status;
        std::string code;
    } rows[] = {
        {R"({})", 400, "incomplete"},
        {R"({"theme":null})", 400, "incomplete"},
        {R"({"colour":"red"})", 400, "incomplete"},
        {R"({"theme":"blue"})", 400, "invalid_theme"},
        {R"({"theme":""})", 400, "invalid_theme"},
        {R"({"theme":"Dark"})", 400, "invalid_theme"},
        {R"({"theme":"dark\r\nX-Auth-Role: admin"})", 400, "invalid_theme"},
        {R"({"theme":true})", 400, "invalid_theme"},
        {R"({"language":"de"})", 400, "invalid_language"},
        {R"({"language":"en-US"})", 400, "invalid_language"},
        {R"({"theme":"light","language":"xx"})", 400, "invalid_language"},
        {R"({"preferences":[]})", 400, "object_expected"},
        {R"({"preferences":"{}"})", 400, "object_expected"},
        {R"({"preferences":{"a":1,"a":2}})", 400, "duplicate_field"},
        {R"({"theme":{}})", 400, "malformed_body"},
        {R"({"preferences":{"1":{"2":{"3":{"4":{"5":{"6":{"7":{"8":{}}}}}}}}}})", 400, "malformed_body"},
        {R"({"preferences":{"a":")" + long_text + R"("}})", 413, "preferences_too_large"},
        {R"({"theme":"light")", 400, "malformed_body"},
    };
    for (const auto& row : rows) {
        const auto refused = rig.post_json(path, row.body, cookie);
        BOOST_TEST(refused.status() == row.status, row.body);
        BOOST_TEST(error_of(refused) == row.code, row.body);
    }
    const auto csrf = Rig::token_in(rig.get(path, cookie));
    BOOST_TEST(rig.post_form(path, "csrf=" + csrf + "&theme=blue", cookie).status() == 400);
    BOOST_TEST(rig.post_form(path, "csrf=" + csrf + "&preferences=%7B%7D", cookie).status() == 400);
    BOOST_TEST((stored(rig, cookie) == before));
    const std::string fits = R"({"preferences":{"a":")" + long_text.substr(0, 4096 - 8) + R"("}})";
    BOOST_TEST(rig.post_json(path, fits, cookie).status() == 200);
}

BOOST_AUTO_TEST_CASE(words_that_somebody_else_wrote_into_the_database_reach_no_header) {
    Rig rig;
    const auto cookie = rig.login();
    WebSession session{"x", ann_id, wall_now() + std::chrono::hours{1}};
    PreferencesChange odd{.theme = "dark\r\nX-Auth-Role: admin", .language = "xx", .free = {}};
    BOOST_REQUIRE(
        await(rig.loop, rig.preferences.save("web", session, odd, wall_now(), deadline_in(Millis{1000}))).has_value());
    BOOST_TEST(theme_at(rig, cookie) == "/");
    BOOST_TEST(rig.get("/verify", cookie).find_header("X-Auth-Role") == "user");
    BOOST_TEST(has(rig.get("/me", cookie), "<html lang=\"en\">"));
}

BOOST_AUTO_TEST_CASE(without_the_web_database_only_the_preferences_wait) {
    for (const bool slow : {false, true}) {
        Rig rig;
        const auto known = rig.login();
        BOOST_TEST(rig.post_json(path, R"({"theme":"dark"})", known).status() == 200);
        BOOST_TEST(theme_at(rig, known) == "dark/");
        slow ? rig.web.set_delay(Millis{3'600'000}) : rig.web.set_failure(StoreError::unavailable);
        BOOST_TEST(theme_at(rig, known) == "dark/");
        const auto fresh = rig.login();
        BOOST_TEST(rig.get("/verify", fresh).status() == 204);
        BOOST_TEST(rig.get("/me", fresh).status() == 200);
        const auto refused = rig.get(path, known, as_json);
        BOOST_TEST(refused.status() == 503);
        BOOST_TEST(refused.find_header("Retry-After") == "2");
        BOOST_TEST(error_of(refused) == "unavailable");
        BOOST_TEST(has(refused, "still signed in"));
        BOOST_TEST(rig.get(path, known).status() == 503);
        BOOST_TEST(rig.post_json(path, R"({"theme":"light"})", known).status() == 503);
        BOOST_TEST(theme_at(rig, known) == "dark/");
        rig.web.set_delay(Millis{0});
        rig.web.set_failure(std::nullopt);
        BOOST_TEST(rig.post_json(path, R"({"theme":"light"})", known).status() == 200);
        BOOST_TEST(theme_at(rig, known) == "light/");
    }
}

BOOST_AUTO_TEST_SUITE_END()
