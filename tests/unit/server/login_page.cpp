// SPDX-License-Identifier: Apache-2.0
// Goal: who comes to the login page because a session has ended is told so, and a stranger with an invented cookie is
// told nothing and costs no store.
#include "tests/unit/server/rig.h"

using namespace gatehouse;

namespace {

constexpr std::string_view told = "Your session has ended. Please sign in again.";

/// The token of a cookie with its last character changed, so that its tag is wrong.
std::string invented(std::string cookie) {
    cookie.back() = cookie.back() == 'A' ? 'B' : 'A';
    return cookie;
}

} // namespace

BOOST_AUTO_TEST_SUITE(login_page)

BOOST_AUTO_TEST_CASE(a_session_that_was_ended_elsewhere_is_told) {
    Rig rig;
    const auto here = rig.login(), there = rig.login();
    BOOST_REQUIRE(rig.post_json("/sessions/revoke-others", "{}", here).status() == 200);
    const auto page = rig.get("/login", there);
    BOOST_TEST(page.status() == 200);
    BOOST_TEST(has(page, told));
    BOOST_TEST(page.find_header("Set-Cookie").find("gatehouse_") != std::string_view::npos);
    BOOST_TEST(has(rig.get("/login", there, {{"HTTP_ACCEPT_LANGUAGE", "uk"}}), "Сеанс завершено."));
}

BOOST_AUTO_TEST_CASE(redis_or_the_database_alone_tells_of_the_end) {
    Rig rig;
    const auto there = rig.login();
    BOOST_REQUIRE(await(rig.loop, rig.store.revoke_all(ann_id, {}, wall_now(), deadline_in(Millis{500}))).has_value());
    rig.cache.clear(); // no tombstone: the row decides
    BOOST_TEST(has(rig.get("/login", there), told));
    rig.store.set_failure(StoreError::unavailable); // no row: the tombstone decides
    BOOST_TEST(has(rig.get("/login", there), told));
}

BOOST_AUTO_TEST_CASE(an_account_that_was_disabled_has_lost_its_session) {
    Rig rig;
    const auto there = rig.login();
    BOOST_REQUIRE(
        await(rig.loop, rig.store.set_disabled(ann_id, true, wall_now(), deadline_in(Millis{500}))).value().found);
    rig.cache.clear();
    BOOST_TEST(has(rig.get("/login", there), told));
}

BOOST_AUTO_TEST_CASE(a_stranger_is_told_nothing_and_asks_no_store) {
    Rig rig;
    const auto cookie = rig.login();
    const auto asked = std::pair(rig.store.calls(), rig.cache.calls());
    for (const auto& sent : {std::string{}, invented(cookie), std::string("__Host-gatehouse_web=x"),
                             "__Host-gatehouse_web=" + std::string(86, 'A')}) {
        const auto page = rig.get("/login", sent);
        BOOST_TEST(page.status() == 200, sent);
        BOOST_TEST(!has(page, "role=\"status\""), sent);
        BOOST_TEST(!has(page, told), sent);
    }
    BOOST_TEST((std::pair(rig.store.calls(), rig.cache.calls()) == asked));
}

BOOST_AUTO_TEST_CASE(the_site_is_named_without_its_port) {
    Rig rig;
    for (const auto& [host, named] : {std::pair{"app.example.test", "app.example.test"},
                                      {"app.example.test:8443", "app.example.test"},
                                      {"127.0.0.1:8000", "127.0.0.1"},
                                      {"[2001:db8::1]", "[2001:db8::1]"},
                                      {"[2001:db8::1]:8000", "[2001:db8::1]"}}) {
        const auto page = rig.get("/login", {}, {{"HTTP_HOST", host}});
        BOOST_TEST(has(page, "Sign in to continue to <span class=\"who\">" + std::string(named) + "</span>."), host);
    }
}

BOOST_AUTO_TEST_CASE(an_outage_tells_of_no_end) {
    Rig rig;
    const auto cookie = rig.login();
    rig.store.set_failure(StoreError::unavailable);
    rig.cache.set_failure(StoreError::unavailable);
    const auto page = rig.get("/login", cookie);
    BOOST_TEST(page.status() == 200);
    BOOST_TEST(!has(page, told));
}

BOOST_AUTO_TEST_CASE(what_the_person_has_just_done_is_told_instead) {
    Rig rig;
    const auto cookie = rig.login();
    BOOST_REQUIRE(rig.post_json("/logout", "{}", cookie).status() == 200);
    const auto out = rig.get("/login", cookie, {{"QUERY_STRING", "notice=signed_out"}});
    BOOST_TEST(has(out, "You are signed out."));
    BOOST_TEST(!has(out, told));
}

BOOST_AUTO_TEST_CASE(a_changed_password_says_so_here_and_elsewhere) {
    Rig rig;
    const auto here = rig.login(), there = rig.login();
    const auto form = rig.get("/password/change", here);
    const auto changed = rig.post_form(
        "/password/change",
        "current_password=a+long+walk+by+the+sea&new_password=another+walk+in+the+woods&csrf=" + Rig::token_in(form),
        here);
    BOOST_TEST(changed.status() == 303);
    BOOST_TEST(changed.find_header("Location") == "/auth/sessions?notice=password_changed");
    const auto list = rig.get("/sessions", Rig::cookie_of(changed), {{"QUERY_STRING", "notice=password_changed"}});
    BOOST_TEST(has(list, "Your password is changed. All your other devices are signed out."));
    BOOST_TEST(has(rig.get("/login", there), told));
}

BOOST_AUTO_TEST_SUITE_END()
