// SPDX-License-Identifier: Apache-2.0
// Goal: a person who ends sessions or changes the password during an outage is told what has been recorded, or what has
// not happened, and gets a form to try again.
#include "tests/unit/server/rig.h"

using namespace gatehouse;

namespace {

std::string handle_of(Rig& rig, const std::string& cookie) {
    return std::string(rig.get("/verify", cookie).find_header("X-Auth-Session"));
}

/// From now on ends are recorded, and one gateway does not hear of them.
void let_one_gateway_be_deaf(Rig& rig) {
    const auto before = wall_now() - std::chrono::minutes{1};
    BOOST_REQUIRE(await(rig.loop, rig.store.seen("deaf", before, deadline_in(Millis{500}))).has_value());
    rig.cache.set_failure(StoreError::unavailable);
}

} // namespace

BOOST_AUTO_TEST_SUITE(ends)

BOOST_AUTO_TEST_CASE(what_was_recorded_is_said) {
    struct Case {
        std::string path, fields, words;
    };
    for (const auto& [path, fields, words] :
         {Case{"/logout", "", "You are signed out."},
          Case{"/sessions/revoke", "&handle=", "That device is signed out."},
          Case{"/sessions/revoke-others", "", "All your other devices are signed out."},
          Case{"/password/change", "&current_password=a+long+walk+by+the+sea&new_password=another+walk+in+the+woods",
               "Your password is changed, and your other devices are signed out."}}) {
        Rig rig;
        const auto here = rig.login(), there = rig.login();
        const auto page = path == "/logout" ? "/logout" : path == "/password/change" ? "/password/change" : "/sessions";
        auto body = "csrf=" + Rig::token_in(rig.get(page, here)) + fields;
        if (path == "/sessions/revoke") body += handle_of(rig, there);
        let_one_gateway_be_deaf(rig);
        const auto answer = rig.post_form(path, body, here);
        BOOST_TEST(answer.status() == 503, path);
        BOOST_TEST(has(answer, "<h1>Done. One server hasn’t heard yet</h1>"), path);
        BOOST_TEST(has(answer, "<p class=\"lead\">" + words), path << answer.body());
    }
}

BOOST_AUTO_TEST_CASE(an_end_that_did_not_happen_comes_with_the_form_to_try_again) {
    Rig rig;
    const auto here = rig.login(), there = rig.login();
    const auto token = Rig::token_in(rig.get("/sessions", here));
    const auto handle = handle_of(rig, there);
    rig.store.set_failure(StoreError::unavailable);
    const auto one = rig.post_form("/sessions/revoke", "csrf=" + token + "&handle=" + handle, here);
    BOOST_TEST(one.status() == 503);
    BOOST_TEST(one.find_header("Retry-After") == "2");
    BOOST_TEST(has(one, "That device is still signed in"));
    BOOST_TEST(has(one, "name=\"handle\" value=\"" + handle + "\""));
    const auto others = rig.post_form("/sessions/revoke-others", "csrf=" + token, here);
    BOOST_TEST(others.status() == 503);
    BOOST_TEST(has(others, "Your other devices are still signed in"));
    const Rig::Params program{{"HTTP_ACCEPT", "application/json"}};
    BOOST_TEST(has(rig.post_form("/sessions/revoke-others", "csrf=" + token, here, program), "\"unavailable\""));
    rig.store.set_failure(std::nullopt);
    // The form of the answer does it, when the database is back.
    const auto again = "csrf=" + Rig::token_in(one) + "&handle=" + handle;
    int status = 503;
    for (const auto until = deadline_in(Millis{2000}); status == 503 && std::chrono::steady_clock::now() < until;)
        status = rig.post_form("/sessions/revoke", again, here).status();
    BOOST_TEST(status == 303);
    BOOST_TEST(rig.get("/verify", there).status() == 401);
}

BOOST_AUTO_TEST_CASE(while_no_store_answers_the_form_to_try_again_is_shown_too) {
    Rig rig;
    const auto here = rig.login(), there = rig.login();
    const auto token = Rig::token_in(rig.get("/sessions", here));
    const auto handle = handle_of(rig, there);
    rig.store.set_failure(StoreError::unavailable);
    rig.cache.set_failure(StoreError::unavailable);
    const auto one = rig.post_form("/sessions/revoke", "csrf=" + token + "&handle=" + handle, here);
    BOOST_TEST(one.status() == 503);
    BOOST_TEST(has(one, "That device is still signed in"));
    BOOST_TEST(has(one, "name=\"handle\" value=\"" + handle + "\""));
    BOOST_TEST(has(rig.post_form("/sessions/revoke-others", "csrf=" + token, here), "Your other devices are still"));
    BOOST_TEST(!has(rig.post_form("/sessions/revoke", "csrf=" + token, here), "<form")); // it names no device
    // A form that is not ours, and a stranger, get no form.
    for (const auto& [csrf, cookie] :
         {std::pair<std::string, std::string>{"x", here}, {token, here + "A"}, {token, ""}})
        BOOST_TEST(!has(rig.post_form("/sessions/revoke", "csrf=" + csrf + "&handle=" + handle, cookie), "<form"));
}

BOOST_AUTO_TEST_CASE(the_device_that_has_ended_is_named) {
    for (const auto& [device, shown] :
         {std::pair<std::string, std::string>{"&device=Firefox+on+macOS", "Firefox on macOS"},
          {"", "Unknown device"},
          {"&device=Ann%27s+%3Cb%3Etablet", "Ann&apos;s &lt;b&gt;tablet"}}) {
        Rig rig;
        const auto here = rig.login(), there = rig.login();
        const auto token = Rig::token_in(rig.get("/sessions", here));
        const auto ended =
            rig.post_form("/sessions/revoke", "csrf=" + token + "&handle=" + handle_of(rig, there) + device, here);
        BOOST_TEST(ended.status() == 303);
        const std::string address(ended.find_header("Location"));
        BOOST_TEST(address.starts_with("/auth/sessions?notice=one_ended"));
        const auto query = address.substr(address.find('?') + 1);
        const auto list = rig.get("/sessions", here, {{"QUERY_STRING", query}});
        BOOST_TEST(has(list, ">" + shown + " is signed out, everywhere, as of now."), list.body());
        // In another session the seal is worth nothing.
        const auto other = rig.get("/sessions", rig.login(), {{"QUERY_STRING", query}});
        BOOST_TEST(has(other, "Unknown device is signed out"));
    }
}

BOOST_AUTO_TEST_CASE(no_link_puts_words_on_the_page) {
    Rig rig;
    const auto here = rig.login();
    const auto form = Rig::token_in(rig.get("/sessions", here));
    for (const std::string query : {"device=Your+bank", "device=Your+bank&seal=x", "device=Your+bank&seal="}) {
        const auto list = rig.get("/sessions", here, {{"QUERY_STRING", "notice=one_ended&" + query}});
        BOOST_TEST(!has(list, "Your bank"), query);
    }
    BOOST_TEST(!has(rig.get("/sessions", here, {{"QUERY_STRING", "notice=one_ended&device=Your+bank&seal=" + form}}),
                    "Your bank"));
}

BOOST_AUTO_TEST_CASE(a_device_gets_a_name) {
    Rig rig;
    const auto here = rig.login(), there = rig.login();
    const auto handle = handle_of(rig, there);
    const auto name = [&](const std::string& typed) {
        const auto token = Rig::token_in(rig.get("/sessions", here));
        return rig.post_form("/sessions/name", "csrf=" + token + "&handle=" + handle + "&name=" + typed, here);
    };
    const auto named = name("++Kitchen%0Atablet++");
    BOOST_TEST(named.status() == 303);
    BOOST_TEST(named.find_header("Location") == "/auth/sessions?notice=named");
    BOOST_TEST(has(rig.get("/sessions", here), "<p class=\"name\">Kitchen?tablet</p>"));
    BOOST_TEST(rig.get("/verify", there).status() == 204);
    (void)name("%D0%B6%D0%B6%D0%B6%D0%B6%D0%B6%D0%B6%D0%B6%D0%B6%D0%B6%D0%B6xxxxxxxxxxyyyyyyyyyyzzzzzzzzzzmore");
    BOOST_TEST(has(rig.get("/sessions", here), "<p class=\"name\">жжжжжжжжжжxxxxxxxxxxyyyyyyyyyyzzzzzzzzzz</p>"));
    const auto listed = rig.get("/sessions", here, {{"HTTP_ACCEPT", "application/json"}});
    BOOST_TEST(has(listed, "\"name\":\"жжж"), listed.body());
    (void)name("");
    BOOST_TEST(!has(rig.get("/sessions", here), "жжж"));
    BOOST_TEST(rig.post_json("/sessions/name", R"({"handle":"x","name":"y"})", here).status() == 404);
    BOOST_TEST(rig.post_json("/sessions/name", R"({"handle":")" + handle + R"(","name":"y"})", here).status() == 200);
    BOOST_TEST(rig.post_json("/sessions/name", R"({"handle":")" + handle + R"(","name":"y"})").status() == 401);
    rig.store.set_failure(StoreError::unavailable);
    BOOST_TEST(rig.post_json("/sessions/name", R"({"handle":")" + handle + R"(","name":"z"})", here).status() == 503);
}

BOOST_AUTO_TEST_SUITE_END()
