// SPDX-License-Identifier: Apache-2.0
// Goal: the endpoints together: signing in and out, requirements, contexts, password change, and what each answers in
// an outage.
#include "tests/unit/server/rig.h"

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(journey)

BOOST_AUTO_TEST_CASE(a_check_tells_who_it_is) {
    Rig rig;
    const auto response = rig.get("/verify", rig.login());
    BOOST_TEST(response.status() == 204);
    BOOST_TEST(response.find_header("X-Auth-User-Id") == ann_id);
    BOOST_TEST(response.find_header("X-Auth-Email") == ann_email);
    BOOST_TEST(response.find_header("X-Auth-Role") == "user");
    BOOST_TEST(response.find_header("X-Auth-Context") == "web");
    BOOST_TEST(response.find_header("X-Auth-Session").size() == 36U);
}

BOOST_AUTO_TEST_CASE(an_anonymous_check_tells_where_to_sign_in) {
    Rig rig;
    const auto response = rig.get("/verify", {}, {{"REQUEST_URI", "/app/?a=1&rd=//evil"}});
    BOOST_TEST(response.status() == 401);
    BOOST_TEST(response.find_header("X-Gate-Login") == "/auth/login?rd=%2Fapp%2F%3Fa%3D1%26rd%3D%2F%2Fevil");
    BOOST_TEST(response.find_header("Set-Cookie").empty());
}

BOOST_AUTO_TEST_CASE(a_way_to_the_login_is_short_and_carries_only_what_will_be_followed) {
    Rig rig;
    const auto way_from = [&](const std::string& uri) {
        return std::string(rig.get("/verify", {}, {{"REQUEST_URI", uri}}).find_header("X-Gate-Login"));
    };
    std::string blanks;
    for (int i = 0; i < 2000; ++i)
        blanks += "%20";
    for (const auto& uri :
         {"/app/?q=" + blanks, "/" + std::string(2048, 'a'), std::string("/auth/logout"), std::string("//evil.test/"),
          std::string("/a/../auth/logout"), std::string("/%252f%25zz"), std::string("/")})
        BOOST_TEST(way_from(uri) == "/auth/login", uri);
    BOOST_TEST(way_from("/app/?q=" + blanks.substr(0, 2030)).starts_with("/auth/login?rd=%2Fapp%2F%3Fq%3D%2520"));
    BOOST_TEST(way_from("/" + std::string(2047, 'a')) == "/auth/login?rd=%2F" + std::string(2047, 'a'));
}

BOOST_AUTO_TEST_CASE(a_form_signs_in_and_out) {
    Rig rig;
    const auto form = rig.get("/login", {}, {{"QUERY_STRING", "rd=%2Fapp%2F"}});
    BOOST_TEST(form.status() == 200);
    const auto binding = Rig::cookie_of(form);
    const auto in =
        rig.post_form("/login",
                      "identifier=Ann%40Example.Test&password=a+long+walk+by+the+sea&rd=%2Fapp%2F&remember=on&csrf=" +
                          Rig::token_in(form),
                      binding);
    BOOST_TEST(in.status() == 303);
    BOOST_TEST(in.find_header("Location") == "/app/");
    const std::string line(in.find_header("Set-Cookie"));
    BOOST_TEST(line.starts_with("__Host-gatehouse_web="));
    for (const auto* flag : {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=2592000"}) {
        BOOST_TEST(line.find(flag) != std::string::npos, flag);
    }
    const auto cookie = Rig::cookie_of(in);
    BOOST_TEST(rig.get("/verify", cookie).status() == 204);
    const auto confirm = rig.get("/logout", cookie);
    BOOST_TEST(confirm.status() == 200);
    BOOST_TEST(rig.get("/verify", cookie).status() == 204); // a GET changes nothing
    const auto out = rig.post_form("/logout", "csrf=" + Rig::token_in(confirm), cookie);
    BOOST_TEST(out.status() == 303);
    BOOST_TEST(out.find_header("Set-Cookie").find("Max-Age=0") != std::string_view::npos);
    BOOST_TEST(rig.get("/verify", cookie).status() == 401);
}

BOOST_AUTO_TEST_CASE(a_form_that_is_sent_twice_makes_one_session) {
    Rig rig;
    const auto page = rig.get("/login");
    const auto binding = Rig::cookie_of(page);
    const auto send = [&](const std::string& cookies, const char* email = ann_email) {
        return rig.post_form("/login",
                             "identifier=" + std::string(email) +
                                 "&password=a+long+walk+by+the+sea&rd=%2Fapp%2F&csrf=" + Rig::token_in(page),
                             cookies);
    };
    const auto first = send(binding);
    const auto cookie = Rig::cookie_of(first);
    // The second click is on its way before the first answer is there; and once more, after it.
    for (const auto& cookies : {binding, binding + "; " + cookie}) {
        const auto again = send(cookies);
        BOOST_TEST(again.status() == 303);
        BOOST_TEST(again.find_header("Location") == "/app/");
        BOOST_TEST(Rig::cookie_of(again) == cookie);
        BOOST_TEST(rig.get("/verify", cookie).status() == 204);
    }
    const auto sessions = await(rig.loop, rig.store.list(ann_id, wall_now(), deadline_in(Millis{500})));
    BOOST_TEST(sessions.value().size() == 1U);
    // Another account is another login, and so is one after the session has ended, or from another form.
    rig.add_user("22222222-2222-4222-8222-222222222222", "bob@example.test", "user");
    BOOST_TEST(Rig::cookie_of(send(binding, "bob@example.test")) != cookie);
    (void)rig.post_json("/logout", "{}", cookie);
    const auto later = Rig::cookie_of(send(binding));
    BOOST_TEST(later != cookie);
    BOOST_TEST(rig.get("/verify", later).status() == 204);
    BOOST_TEST(rig.get("/verify", cookie).status() == 401);
}

BOOST_AUTO_TEST_CASE(a_form_that_is_sent_twice_at_once_makes_one_session) {
    Rig rig;
    const auto page = rig.get("/login");
    const auto body = "identifier=ann%40example.test&password=a+long+walk+by+the+sea&csrf=" + Rig::token_in(page);
    const auto size = std::to_string(body.size());
    const auto binding = Rig::cookie_of(page);
    std::vector<http::Param> params;
    for (const auto& [name, value] : rig.base)
        if (name != "REQUEST_METHOD" && name != "DOCUMENT_URI") params.push_back({name, value});
    for (const auto& param : {http::Param{"REQUEST_METHOD", "POST"},
                              {"DOCUMENT_URI", "/auth/login"},
                              {"CONTENT_TYPE", "application/x-www-form-urlencoded"},
                              {"CONTENT_LENGTH", size},
                              {"HTTP_COOKIE", binding},
                              {"GATE_END", "1"}})
        params.push_back(param);
    const http::Request request(params, body);
    rig.store.set_delay(Millis{5});
    std::vector<http::Response> answers;
    for (int i = 0; i < 4; ++i)
        boost::asio::co_spawn(rig.loop, answer(request, rig.settings, rig.services),
                              [&](std::exception_ptr error, http::Response response) {
                                  BOOST_TEST(!error);
                                  answers.push_back(std::move(response));
                              });
    rig.loop.restart();
    while (answers.size() < 4)
        rig.loop.run_one();
    for (const auto& one : answers) {
        BOOST_TEST(one.status() == 303);
        BOOST_TEST(Rig::cookie_of(one) == Rig::cookie_of(answers.front()));
    }
    const auto sessions = await(rig.loop, rig.store.list(ann_id, wall_now(), deadline_in(Millis{500})));
    BOOST_TEST(sessions.value().size() == 1U);
}

BOOST_AUTO_TEST_CASE(refusals_look_alike) {
    Rig rig;
    rig.add_user("22222222-2222-4222-8222-222222222222", "off@example.test", "user");
    const auto disabled = await(rig.loop, rig.store.set_disabled("22222222-2222-4222-8222-222222222222", true,
                                                                 wall_now(), deadline_in(Millis{500})));
    BOOST_REQUIRE(disabled.value().found);
    const auto wrong = rig.post_json("/login", sign_in_body(ann_email, "a wrong password of mine"));
    BOOST_TEST(wrong.status() == 401);
    struct Case {
        std::string identifier, password;
    };
    for (const auto& [identifier, password] :
         {Case{"nobody@example.test", ann_password}, Case{"off@example.test", ann_password},
          Case{"no address", ann_password}, Case{"' OR 1=1--", ann_password}, Case{"+380441234567", "x"}}) {
        const auto refused = rig.post_json("/login", sign_in_body(identifier, password));
        BOOST_TEST(refused.status() == wrong.status(), identifier);
        BOOST_TEST(refused.header_block() == wrong.header_block(), identifier);
        BOOST_TEST(refused.body() == wrong.body(), identifier);
    }
}

BOOST_AUTO_TEST_CASE(empty_or_missing_fields_never_sign_in) {
    Rig rig;
    for (const std::string body :
         {"{}", R"({"identifier":"ann@example.test"})", R"({"password":"a long walk by the sea"})",
          R"({"identifier":"ann@example.test","password":""})", R"({"identifier":"","password":"x"})"}) {
        BOOST_TEST(rig.post_json("/login", body).status() == 400, body);
    }
    BOOST_TEST(
        rig.get("/login", {}, {{"QUERY_STRING", "identifier=ann%40example.test&password=a+long+walk+by+the+sea"}})
            .status() == 200);
}

BOOST_AUTO_TEST_CASE(requirements_are_met_or_403) {
    Rig rig;
    const auto cookie = rig.login();
    struct Case {
        std::string require;
        int status;
    };
    for (const auto& [require, status] :
         {Case{"role:user", 204}, Case{"role:admin", 403}, Case{"role:user role:admin", 403}, Case{"verified", 403},
          Case{"permission:orders.write", 403}, Case{"rolle:user", 500}, Case{"role:", 500}}) {
        BOOST_TEST(rig.get("/verify", cookie, {{"GATE_REQUIRE", require}}).status() == status, require);
    }
    const auto granted = await(
        rig.loop, rig.store.grant(ann_id, "web", {"orders.write", std::nullopt}, wall_now(), deadline_in(Millis{500})));
    BOOST_REQUIRE(granted.value().found);
    rig.cache.clear();
    BOOST_TEST(rig.get("/verify", cookie, {{"GATE_REQUIRE", "permission:orders.write"}}).status() == 204);
    BOOST_TEST(rig.get("/verify", cookie).find_header("X-Auth-Permissions") == "orders.write");
}

BOOST_AUTO_TEST_CASE(a_context_is_worth_nothing_in_another) {
    Rig rig;
    const auto cookie = rig.login();
    const auto value = cookie.substr(cookie.find('='));
    BOOST_TEST(rig.get("/verify", cookie, {{"GATE_CONTEXT", "admin"}}).status() == 401);
    BOOST_TEST(rig.get("/verify", "__Host-gatehouse_admin" + value, {{"GATE_CONTEXT", "admin"}}).status() == 401);
    // And a context may want more of those who enter than a password.
    BOOST_TEST(
        rig.post_json("/login", sign_in_body(ann_email, ann_password), {}, {{"GATE_CONTEXT", "admin"}}).status() ==
        401);
    BOOST_REQUIRE(await(rig.loop, rig.store.set_role(ann_id, "admin", deadline_in(Millis{500}))).value().found);
    BOOST_TEST(
        rig.post_json("/login", sign_in_body(ann_email, ann_password), {}, {{"GATE_CONTEXT", "admin"}}).status() ==
        200);
}

BOOST_AUTO_TEST_CASE(two_different_cookies_count_for_none) {
    Rig rig;
    const auto a = rig.login(), b = rig.login();
    BOOST_TEST(rig.get("/verify", a + "; " + b).status() == 401);
    BOOST_TEST(rig.get("/verify", a + "; " + a).status() == 204);
    BOOST_TEST(rig.get("/verify", "other=1; " + a + "; more=2").status() == 204);
}

BOOST_AUTO_TEST_CASE(two_different_cookies_are_no_sign_out) {
    Rig rig;
    const auto a = rig.login(), b = rig.login();
    const auto out = rig.post_json("/logout", "{}", a + "; " + b);
    BOOST_TEST(out.status() == 400);
    BOOST_TEST(out.find_header("Set-Cookie").empty());
    BOOST_TEST(rig.get("/verify", a).status() == 204);
}

BOOST_AUTO_TEST_CASE(what_a_context_wants_it_wants_at_every_check) {
    Rig rig;
    const auto role = [&](const std::string& name) {
        BOOST_REQUIRE(await(rig.loop, rig.store.set_role(ann_id, name, deadline_in(Millis{500}))).value().found);
        rig.cache.clear();
    };
    role("admin");
    const auto in = rig.post_json("/login", sign_in_body(ann_email, ann_password), {}, {{"GATE_CONTEXT", "admin"}});
    const auto cookie = Rig::cookie_of(in);
    BOOST_TEST(rig.get("/verify", cookie, {{"GATE_CONTEXT", "admin"}}).status() == 204);
    role("user");
    BOOST_TEST(rig.get("/verify", cookie, {{"GATE_CONTEXT", "admin"}}).status() == 403);
}

BOOST_AUTO_TEST_CASE(signing_in_again_ends_the_session_before) {
    Rig rig;
    const auto first = rig.login();
    const auto again = rig.post_json("/login", sign_in_body(ann_email, ann_password), first);
    BOOST_TEST(again.status() == 200);
    BOOST_TEST(rig.get("/verify", first).status() == 401);
    BOOST_TEST(rig.get("/verify", Rig::cookie_of(again)).status() == 204);
}

BOOST_AUTO_TEST_CASE(a_password_change_ends_every_session_and_begins_one) {
    Rig rig;
    const auto here = rig.login(), elsewhere = rig.login();
    const std::string fresh = "another walk in the woods";
    const auto body = [&](const std::string& current, const std::string& next) {
        return R"({"current_password":")" + current + R"(","new_password":")" + next + R"("})";
    };
    BOOST_TEST(rig.post_json("/password/change", body("not my password at all", fresh), here).status() == 401);
    BOOST_TEST(rig.post_json("/password/change", body(ann_password, "short"), here).status() == 422);
    BOOST_TEST(rig.post_json("/password/change", body(ann_password, "password1234567"), here).status() == 422);
    BOOST_TEST(rig.post_json("/password/change", body(ann_password, ann_password), here).status() == 422);
    BOOST_TEST(rig.post_json("/password/change", body(ann_password, fresh)).status() == 401); // nobody
    BOOST_TEST(rig.get("/verify", here).status() == 204);
    const auto changed = rig.post_json("/password/change", body(ann_password, fresh), here);
    BOOST_TEST(changed.status() == 200);
    BOOST_TEST(rig.get("/verify", here).status() == 401);
    BOOST_TEST(rig.get("/verify", elsewhere).status() == 401);
    BOOST_TEST(rig.get("/verify", Rig::cookie_of(changed)).status() == 204);
    BOOST_TEST(rig.post_json("/login", sign_in_body(ann_email, ann_password)).status() == 401);
    BOOST_TEST(rig.post_json("/login", sign_in_body(ann_email, fresh)).status() == 200);
}

BOOST_AUTO_TEST_CASE(a_password_that_contains_the_address_is_called_that) {
    Rig rig;
    rig.add_user("22222222-2222-4222-8222-222222222222", "robert@example.test", "user");
    const auto cookie = Rig::cookie_of(rig.post_json("/login", sign_in_body("robert@example.test", ann_password)));
    const auto token = Rig::token_in(rig.get("/password/change", cookie));
    const auto send = [&](const std::string& fresh) {
        return rig.post_form("/password/change",
                             "current_password=a+long+walk+by+the+sea&new_password=" + fresh + "&csrf=" + token,
                             cookie);
    };
    for (const std::string fresh : {"robert+and+his+dog+walk", "walks+of+ROBERT+by+day"}) {
        const auto refused = send(fresh);
        BOOST_TEST(refused.status() == 422, fresh);
        BOOST_TEST(refused.body().find("must not contain your e-mail address") != std::string::npos, fresh);
    }
    BOOST_TEST(send("password1234567").body().find("one of the first that an attacker would try") != std::string::npos);
    const auto body =
        R"({"current_password":")" + std::string(ann_password) + R"(","new_password":"robert and his dog"})";
    BOOST_TEST(rig.post_json("/password/change", body, cookie).body().find("password_contains_identifier") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_script_of_a_page_is_told_401_and_where_to_sign_in) {
    Rig rig;
    struct Case {
        std::string mode, accept;
        bool json;
    };
    for (const auto& [mode, accept, json] :
         {Case{"cors", "*/*", true}, Case{"same-origin", "*/*", true}, Case{"no-cors", "image/png", true},
          Case{"cors", "text/html", true}, Case{"navigate", "application/json", false}, Case{"navigate", "*/*", false},
          Case{"", "*/*", false}, Case{"", "", false}, Case{"", "text/html", false}, Case{"websocket", "*/*", false},
          Case{"", "application/json", true}, Case{"", "application/problem+json", true}}) {
        for (const std::string path : {"/me", "/sessions", "/password/change", "/preferences"}) {
            const auto answer = rig.get(path, {}, {{"HTTP_SEC_FETCH_MODE", mode}, {"HTTP_ACCEPT", accept}});
            BOOST_TEST(answer.status() == (json ? 401 : 303), path << " " << mode << " " << accept);
            BOOST_TEST((answer.find_header("Location") == (json ? "" : "/auth/login")));
            if (json)
                BOOST_TEST(answer.body() == R"({"error":{"code":"not_signed_in","message":"Sign in first.",)"
                                            R"("login":"/auth/login"}})");
        }
    }
}

BOOST_AUTO_TEST_CASE(too_many_attempts_are_429) {
    Rig rig;
    http::Response last;
    for (int i = 0; i < 11; ++i)
        last = rig.post_json("/login", sign_in_body(ann_email, "a wrong password of mine"));
    BOOST_TEST(last.status() == 429);
    BOOST_TEST(!last.find_header("Retry-After").empty());
    // Another header says nothing about the address; another address does.
    BOOST_TEST(
        rig.post_json("/login", sign_in_body(ann_email, ann_password), {}, {{"HTTP_X_FORWARDED_FOR", "198.51.100.1"}})
            .status() == 429);
    BOOST_TEST(rig.post_json("/login", sign_in_body(ann_email, ann_password), {}, {{"REMOTE_ADDR", "198.51.100.1"}})
                   .status() == 200);
}

BOOST_AUTO_TEST_CASE(an_outage_is_503_and_changes_no_cookie) {
    Rig rig;
    const auto cookie = rig.login();
    const auto confirm = Rig::token_in(rig.get("/logout", cookie));
    rig.cache.set_failure(StoreError::unavailable);
    rig.store.set_failure(StoreError::unavailable);
    const auto checked = rig.get("/verify", cookie);
    BOOST_TEST(checked.status() == 503);
    BOOST_TEST(checked.find_header("Set-Cookie").empty());
    const auto out = rig.post_form("/logout", "csrf=" + confirm, cookie);
    BOOST_TEST(out.status() == 503);
    BOOST_TEST(out.find_header("Set-Cookie").empty());
    for (const std::string path : {"/me", "/sessions", "/password/change"}) {
        const auto response = rig.get(path, cookie);
        BOOST_TEST(response.status() == 503, path);
        BOOST_TEST(!response.find_header("Retry-After").empty(), path);
        BOOST_TEST(response.find_header("Set-Cookie").empty(), path);
    }
    const auto in = rig.post_json("/login", sign_in_body(ann_email, ann_password));
    BOOST_TEST(in.status() == 503);
    BOOST_TEST(in.find_header("Set-Cookie").empty());
    rig.cache.set_failure(std::nullopt);
    rig.store.set_failure(std::nullopt);
    // A store that did not answer is asked again after a moment, not at once.
    const auto until = deadline_in(Millis{1000});
    int status = 503;
    while (status == 503 && std::chrono::steady_clock::now() < until)
        status = rig.get("/verify", cookie).status();
    BOOST_TEST(status == 204);
}

BOOST_AUTO_TEST_CASE(ready_says_ok_degraded_or_down) {
    Rig rig;
    struct Case {
        bool sql, redis;
        int status;
        std::string says;
    };
    for (const auto& [sql, redis, status, says] :
         {Case{true, true, 200, "\"ok\""}, Case{true, false, 200, "\"degraded\""},
          Case{false, true, 200, "\"degraded\""}, Case{false, false, 503, "\"down\""}}) {
        rig.readiness.stores = {{"sql", sql, false}, {"redis", redis, !sql}};
        const auto response = rig.get("/ready");
        BOOST_TEST(response.status() == status);
        BOOST_TEST(response.body().find(says) != std::string::npos, response.body());
    }
    rig.store.set_failure(StoreError::unavailable);
    BOOST_TEST(rig.get("/health").status() == 200);
}

BOOST_AUTO_TEST_SUITE_END()
