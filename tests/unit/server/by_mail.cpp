// SPDX-License-Identifier: Apache-2.0
// Goal: who has forgotten a password gets back in by the link of a mail, and who is new gets an account; the answer to
// a known and to an unknown address is the same; a link works once, for its purpose, and looking at it uses nothing.
#include "tests/unit/server/mail_rig.h"

using namespace gatehouse;

namespace {

constexpr const char* fresh_password = "nine herons over the lake";
const std::string browser = MailRig::browser;

} // namespace

BOOST_AUTO_TEST_SUITE(by_mail)

BOOST_AUTO_TEST_CASE(a_forgotten_password_is_replaced_by_the_link_of_a_mail) {
    MailRig rig;
    const auto session = rig.login();
    const auto asked = rig.ask("/password/forgot", "Ann@Example.Test");
    BOOST_TEST(asked.status() == 303);
    BOOST_TEST(asked.find_header("Location") == "/auth/password/forgot?sent=1");
    const auto arrived = rig.mail_that_comes();
    BOOST_REQUIRE(arrived.has_value());
    BOOST_TEST(arrived->recipient == ann_email);
    BOOST_TEST(arrived->letter.text.find("https://web.example.test/auth/link?token=") != std::string::npos);
    BOOST_TEST(arrived->letter.html.find("https://web.example.test/auth/link?token=" + arrived->token) !=
               std::string::npos);
    BOOST_TEST(rig.login_with(ann_email, ann_password) == 200); // asking has changed nothing

    const auto cookies = rig.follow(arrived->token, "/auth/password/reset");
    BOOST_TEST(cookies.find("HttpOnly") == std::string::npos);
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(rig.get("/password/reset", cookies).status() == 200); // looking uses nothing
    const auto short_one = rig.choose("/password/reset", cookies, "too short");
    BOOST_TEST(short_one.status() == 422);
    const auto done = rig.choose("/password/reset", cookies, fresh_password);
    BOOST_TEST(done.status() == 303);
    BOOST_TEST(done.find_header("Location") == "/auth/login?notice=password_changed");
    BOOST_TEST(done.header_block().find("gatehouse_web=") == std::string::npos); // nobody is signed in

    BOOST_TEST(rig.get("/verify", session).status() == 401);
    BOOST_TEST(rig.login_with(ann_email, ann_password) == 401);
    BOOST_TEST(rig.login_with(ann_email, fresh_password) == 200);
    const auto again = rig.get("/password/reset", cookies);
    BOOST_TEST(again.status() == 400);
    BOOST_TEST(has(again, "This link doesn’t work any more"));
    auto notice = rig.mail_that_comes();
    while (notice && notice->kind == mail_kind::new_device) // the logins above
        notice = rig.mail_that_comes();
    BOOST_REQUIRE(notice.has_value());
    BOOST_TEST(notice->kind == mail_kind::password_changed);
    BOOST_TEST(notice->recipient == ann_email);
    BOOST_TEST(notice->token.empty());
}

BOOST_AUTO_TEST_CASE(a_changed_password_is_told_by_mail) {
    MailRig rig;
    const auto session = rig.login();
    const auto body =
        std::string(R"({"current_password":")") + ann_password + R"(","new_password":")" + fresh_password + R"("})";
    BOOST_TEST(rig.post_json("/password/change", body, session).status() == 200);
    const auto notice = rig.mail_that_comes();
    BOOST_REQUIRE(notice.has_value());
    BOOST_TEST(notice->kind == mail_kind::password_changed);
    BOOST_TEST(notice->recipient == ann_email);
    BOOST_TEST(notice->letter.text.find("https://web.example.test/auth/password/forgot") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_login_on_a_device_that_is_not_known_is_told_by_mail) {
    MailRig rig;
    const auto body = sign_in_body(ann_email, ann_password);
    const Rig::Params firefox{
        {"HTTP_USER_AGENT", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}};
    const auto first = rig.post_json("/login", body, {}, firefox);
    BOOST_TEST(!rig.mail_that_comes().has_value()); // nobody has been here before
    const auto headers = first.header_block();
    const auto at = headers.find("__Host-gatehouse_device=");
    BOOST_REQUIRE(at != std::string::npos);
    const auto device = headers.substr(at, headers.find(';', at) - at);
    BOOST_TEST(rig.post_json("/login", body, device, firefox).status() == 200);
    BOOST_TEST(!rig.mail_that_comes().has_value()); // this browser is known
    BOOST_TEST(rig.post_json("/login", sign_in_body(ann_email, "wrong"), {}, firefox).status() == 401);
    BOOST_TEST(!rig.mail_that_comes().has_value());
    BOOST_TEST(rig.post_json("/login", body, {}, firefox).status() == 200);
    const auto told = rig.mail_that_comes();
    BOOST_REQUIRE(told.has_value());
    BOOST_TEST(told->kind == mail_kind::new_device);
    BOOST_TEST(told->letter.text.find("Firefox on Linux, 192.0.2.7") != std::string::npos);
    BOOST_TEST(told->letter.text.find("https://web.example.test/auth/sessions") != std::string::npos);
    std::size_t more = 0;
    for (int i = 0; i < 6; ++i) {
        rig.post_json("/login", body);
        more += rig.mail_that_comes().has_value() ? 1 : 0;
    }
    BOOST_TEST(more == 2U); // three a day
}

BOOST_AUTO_TEST_CASE(the_answer_does_not_tell_who_has_an_account) {
    MailRig rig;
    for (const auto* const path : {"/password/forgot", "/register"}) {
        const auto known = rig.ask(path, ann_email);
        const auto unknown = rig.ask(path, "nobody@example.test");
        BOOST_TEST(known.status() == unknown.status());
        BOOST_TEST(known.header_block() == unknown.header_block());
        BOOST_TEST(known.body() == unknown.body());
        const Rig::Params json{{"HTTP_ACCEPT", "application/json"}};
        const auto body = [](const std::string& address) { return R"({"identifier":")" + address + R"("})"; };
        const auto program = rig.post_json(path, body(ann_email), {}, json);
        BOOST_TEST(program.status() == 202);
        BOOST_TEST(program.body() == rig.post_json(path, body("nobody@example.test"), {}, json).body());
    }
}

BOOST_AUTO_TEST_CASE(no_mail_goes_to_an_address_that_has_no_account_or_one_that_is_disabled) {
    MailRig rig;
    rig.ask("/password/forgot", "nobody@example.test");
    BOOST_TEST(!rig.mail_that_comes().has_value());
    BOOST_REQUIRE(await(rig.loop, rig.store.set_disabled(ann_id, true, wall_now(), MailRig::soon())).has_value());
    rig.ask("/password/forgot", ann_email);
    BOOST_TEST(!rig.mail_that_comes().has_value());
    BOOST_REQUIRE(await(rig.loop, rig.store.set_disabled(ann_id, false, wall_now(), MailRig::soon())).has_value());
    rig.ask("/password/forgot", ann_email); // disabled between the request and the mail
    rig.run_for_a_moment();
    BOOST_REQUIRE(await(rig.loop, rig.store.set_disabled(ann_id, true, wall_now(), MailRig::soon())).has_value());
    BOOST_TEST(!rig.mail_that_comes().has_value());
}

BOOST_AUTO_TEST_CASE(an_account_gets_three_mails_an_hour_and_the_newest_link_works) {
    MailRig rig;
    std::vector<std::string> tokens;
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(rig.ask("/password/forgot", ann_email).status() == 303);
        if (const auto arrived = rig.mail_that_comes()) tokens.push_back(arrived->token);
    }
    BOOST_REQUIRE(tokens.size() == 3U);
    BOOST_TEST(rig.get("/password/reset", rig.follow(tokens[0], "/auth/password/reset")).status() == 400);
    BOOST_TEST(rig.get("/password/reset", rig.follow(tokens[2], "/auth/password/reset")).status() == 200);
}

BOOST_AUTO_TEST_CASE(a_link_is_for_one_purpose_and_an_invented_one_asks_no_store) {
    MailRig rig;
    rig.ask("/password/forgot", ann_email);
    const auto arrived = rig.mail_that_comes();
    BOOST_REQUIRE(arrived.has_value());
    const auto cookies = rig.follow(arrived->token, "/auth/password/reset");
    BOOST_TEST(rig.get("/register/finish", cookies).status() == 400);
    const auto calls = rig.store.calls();
    for (const auto& token :
         {std::string(token_length, 'A'), std::string("x"), std::string(), rig.settings->tokens.mint("web")}) {
        const auto answer = rig.get("/link", browser, {{"QUERY_STRING", "token=" + token}});
        BOOST_TEST(answer.status() == 400, token);
        BOOST_TEST(answer.find_header("Set-Cookie").empty());
        BOOST_TEST(rig.get("/password/reset", browser + "; __Host-gatehouse_link=" + token).status() == 400);
    }
    BOOST_TEST(rig.store.calls() == calls);
}

BOOST_AUTO_TEST_CASE(an_account_is_made_when_its_address_is_proven) {
    MailRig rig;
    const std::string address = "carl@example.test";
    BOOST_TEST(rig.ask("/register", address).status() == 303);
    const auto arrived = rig.mail_that_comes();
    BOOST_REQUIRE(arrived.has_value());
    BOOST_TEST(!await(rig.loop, rig.store.find_by_email(address, MailRig::soon())).value().has_value());
    const auto cookies = rig.follow(arrived->token, "/auth/register/finish");
    BOOST_TEST(has(rig.get("/register/finish", cookies), address));
    BOOST_TEST(rig.choose("/register/finish", cookies, "carl@example.test is me").status() == 422);
    const auto done = rig.choose("/register/finish", cookies, fresh_password);
    BOOST_TEST(done.status() == 303);
    BOOST_TEST(done.find_header("Location") == "/auth/login?notice=account_created");
    BOOST_TEST(await(rig.loop, rig.store.find_by_email(address, MailRig::soon())).value()->verified);
    BOOST_TEST(rig.login_with(address, fresh_password) == 200);
    BOOST_TEST(rig.get("/register/finish", cookies).status() == 400);
}

BOOST_AUTO_TEST_CASE(an_address_that_has_an_account_is_told_so_by_mail_alone) {
    MailRig rig;
    BOOST_TEST(rig.ask("/register", ann_email).status() == 303);
    const auto arrived = rig.mail_that_comes();
    BOOST_REQUIRE(arrived.has_value());
    BOOST_TEST(arrived->token.empty());
    BOOST_TEST(arrived->letter.subject.find("you have an account already") != std::string::npos);
    BOOST_TEST(rig.login_with(ann_email, ann_password) == 200);
}

BOOST_AUTO_TEST_CASE(what_is_not_offered_is_not_there) {
    Rig rig; // no mail server
    for (const auto* const path : {"/password/forgot", "/register", "/register/finish"}) {
        BOOST_TEST(rig.get(path).status() == 404, path);
        BOOST_TEST(rig.post_json(path, R"({"identifier":"ann@example.test"})").status() == 404, path);
    }
    BOOST_TEST(!has(rig.get("/login"), "/auth/password/forgot"));
    MailRig with_mail;
    BOOST_TEST(has(with_mail.get("/login"), "/auth/password/forgot"));
    BOOST_TEST(has(with_mail.get("/login"), "/auth/register"));
    const Rig::Params admin{{"GATE_CONTEXT", "admin"}};
    BOOST_TEST(with_mail.get("/register", {}, admin).status() == 404);
    BOOST_TEST(with_mail.get("/password/forgot", {}, admin).status() == 200);
}

BOOST_AUTO_TEST_CASE(bad_input_gets_the_form_again_and_sends_nothing) {
    MailRig rig;
    for (const auto* const typed :
         {"", "ann", "a%40b.test%0d%0aBcc%3a+x%40y.test", "%2B380501234567", "a%00%40b.test"}) {
        const auto answer = rig.ask("/password/forgot", typed);
        BOOST_TEST((answer.status() == 422 || answer.status() == 400), typed);
        BOOST_TEST(!rig.mail_that_comes().has_value());
    }
    const auto old = rig.post_form("/password/forgot", "identifier=ann%40example.test&csrf=made-up", browser);
    BOOST_TEST(old.status() == 403);
    BOOST_TEST(has(old, "ann@example.test")); // what was typed is there
    BOOST_TEST(
        has(rig.post_form("/password/forgot", "identifier=ann", browser, {{"HTTP_SEC_FETCH_SITE", "cross-site"}}),
            "another site"));
}

BOOST_AUTO_TEST_CASE(an_outage_says_that_nothing_was_changed) {
    MailRig rig;
    rig.ask("/password/forgot", ann_email);
    const auto arrived = rig.mail_that_comes();
    const auto cookies = rig.follow(arrived.value().token, "/auth/password/reset");
    const auto form = rig.get("/password/reset", cookies);
    rig.store.set_failure(StoreError::unavailable);
    BOOST_TEST(rig.ask("/password/forgot", ann_email).status() == 503);
    BOOST_TEST(rig.get("/password/reset", cookies).status() == 503);
    BOOST_TEST(rig.post_form("/password/reset", "new_password=x&csrf=" + Rig::token_in(form), cookies).status() == 503);
    rig.store.set_failure(std::nullopt);
    BOOST_TEST(rig.choose("/password/reset", cookies, fresh_password).status() == 303); // the link still works
}

BOOST_AUTO_TEST_CASE(somebody_who_asks_for_mail_locks_nobody_out) {
    MailRig rig;
    for (int i = 0; i < 40; ++i)
        rig.post_json("/password/forgot", R"({"identifier":"ann@example.test"})", {},
                      {{"REMOTE_ADDR", "198.51.100." + std::to_string(i)}});
    BOOST_TEST(rig.login_with(ann_email, ann_password) == 200);
}

BOOST_AUTO_TEST_SUITE_END()
