// SPDX-License-Identifier: Apache-2.0
// Goal: an account gets another address only with its password and by a link that goes there; whoever had the address
// of before is told and can take it back, whatever happened meanwhile; an address is proven by a link; a phone number
// is kept and proves nothing.
#include "tests/unit/server/mail_rig.h"

using namespace gatehouse;

namespace {

constexpr const char* second_password = "nine herons over the lake";
const std::string new_email = "ann.new@example.test";

std::string plus(std::string text) {
    std::ranges::replace(text, ' ', '+');
    return text;
}

http::Response ask_for(MailRig& rig, const std::string& session, const std::string& address,
                       const std::string& password = ann_password) {
    const auto form = rig.get("/account/email", session);
    BOOST_REQUIRE_EQUAL(form.status(), 200);
    const auto fields = "email=" + address + "&current_password=" + plus(password) + "&csrf=" + Rig::token_in(form);
    return rig.post_form("/account/email", fields, session);
}

/// Presses the button of a page behind a link.
http::Response confirm(MailRig& rig, const std::string& path, const std::string& cookies,
                       const std::string& more = {}) {
    const auto form = rig.get(path, cookies);
    BOOST_REQUIRE_EQUAL(form.status(), 200);
    return rig.post_form(path, "csrf=" + Rig::token_in(form) + more, cookies);
}

Account ann(MailRig& rig) {
    return await(rig.loop, rig.store.find(ann_id, MailRig::soon())).value().value();
}

/// The address is changed. The link for the one of before.
std::string change_to(MailRig& rig, const std::string& session, const std::string& address) {
    BOOST_TEST(ask_for(rig, session, address).status() == 303);
    const auto arrived = rig.mail_that_comes();
    BOOST_REQUIRE(arrived.has_value());
    BOOST_TEST(arrived->recipient == address);
    const auto cookies = rig.follow(arrived->token, "/auth/account/email/confirm");
    BOOST_TEST(confirm(rig, "/account/email/confirm", cookies).status() == 303);
    const auto told = rig.mail_that_comes();
    BOOST_REQUIRE(told.has_value());
    BOOST_TEST(told->kind == mail_kind::address_changed);
    return told->token;
}

/// The second application has no URL, so no mail can lead there.
struct SecondWithoutUrl : MailRig {
    SecondWithoutUrl() {
        auto config = std::make_shared<Config>(*settings->config);
        config->contexts.back().url.clear();
        auto changed = std::make_shared<Settings>(*settings);
        changed->config = std::move(config);
        settings = changed;
        sessions.use(settings);
        composer.use(settings);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(addresses)

BOOST_AUTO_TEST_CASE(no_application_is_a_way_around_the_warning) {
    SecondWithoutUrl rig;
    BOOST_TEST(ask_for(rig, rig.login(), new_email).status() == 303);
    const auto arrived = rig.mail_that_comes();
    BOOST_REQUIRE(arrived.has_value());
    const auto cookies = rig.follow(arrived->token, "/auth/account/email/confirm");
    const Rig::Params there{{"GATE_CONTEXT", "admin"}};
    BOOST_TEST(rig.get("/account/email/confirm", cookies, there).status() == 404);
    BOOST_TEST(rig.post_form("/account/email/confirm", "csrf=x", cookies, there).status() == 404);
    BOOST_TEST(ann(rig).email == ann_email);
    NewMail warning{random_uuid(), std::string(mail_kind::password_changed), ann_id, ann_email, "en", "admin", {}};
    BOOST_TEST(await(rig.loop, rig.store.enqueue(warning, {}, wall_now(), MailRig::soon())).value());
    const auto told = rig.mail_that_comes();
    BOOST_REQUIRE(told.has_value());
    BOOST_TEST(told->recipient == ann_email);
}

BOOST_AUTO_TEST_CASE(an_address_is_changed_when_the_link_that_went_there_is_confirmed) {
    MailRig rig;
    const auto session = rig.login();
    BOOST_TEST(has(rig.get("/me", session), "/auth/account/email"));
    const auto asked = ask_for(rig, session, "Ann.New@Example.Test");
    BOOST_TEST(asked.find_header("Location") == "/auth/account/email?sent=1");
    BOOST_TEST(has(rig.get("/account/email", session, {{"QUERY_STRING", "sent=1"}}), "A link is on its way"));
    const auto arrived = rig.mail_that_comes();
    BOOST_REQUIRE(arrived.has_value());
    BOOST_TEST(arrived->recipient == new_email);
    const auto cookies = rig.follow(arrived->token, "/auth/account/email/confirm");
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(has(rig.get("/account/email/confirm", cookies), new_email));
    BOOST_TEST(ann(rig).email == ann_email); // looking changes nothing
    const auto done = confirm(rig, "/account/email/confirm", cookies);
    BOOST_TEST(done.find_header("Location") == "/auth/login?notice=address_changed");
    BOOST_TEST(done.header_block().find("gatehouse_device=") != std::string::npos);
    BOOST_TEST(ann(rig).email == new_email);
    BOOST_TEST(ann(rig).verified);
    const auto told = rig.mail_that_comes();
    BOOST_REQUIRE(told.has_value());
    BOOST_TEST(told->recipient == ann_email);
    BOOST_TEST(rig.get("/verify", session).find_header("X-Auth-Email") == new_email); // the session stays
    BOOST_TEST(rig.login_with(ann_email, ann_password) == 401);
    BOOST_TEST(rig.login_with(new_email, ann_password) == 200);
    BOOST_TEST(rig.get("/account/email/confirm", cookies).status() == 400); // it works once
    BOOST_TEST(told->letter.text.find("7 days") != std::string::npos);
    BOOST_TEST(told->letter.text.find(new_email) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(whoever_is_signed_in_where_the_link_is_followed_is_told_on_the_account_page) {
    MailRig rig;
    const auto session = rig.login();
    ask_for(rig, session, new_email);
    const auto cookies = rig.follow(rig.mail_that_comes().value().token, "/auth/account/email/confirm");
    const auto done = confirm(rig, "/account/email/confirm", cookies + "; " + session);
    BOOST_TEST(done.find_header("Location") == "/auth/me?notice=address_changed");
    BOOST_TEST(
        has(rig.get("/me", session, {{"QUERY_STRING", "notice=address_changed"}}), "Your e-mail address is changed."));
}

BOOST_AUTO_TEST_CASE(the_address_of_before_is_taken_back_with_a_new_password) {
    MailRig rig;
    const auto session = rig.login();
    const auto back = change_to(rig, session, new_email);
    // Whoever has done this changes the password too, and moves on to a third address.
    const auto body =
        std::string(R"({"current_password":")") + ann_password + R"(","new_password":"eleven geese at night"})";
    const auto changed = rig.post_json("/password/change", body, session);
    BOOST_REQUIRE(changed.status() == 200);
    rig.mail_that_comes();
    rig.ask("/password/forgot", new_email);
    rig.mail_that_comes();

    const auto cookies = rig.follow(back, "/auth/account/email/undo");
    BOOST_TEST(has(rig.get("/account/email/undo", cookies), ann_email));
    const auto done = rig.choose("/account/email/undo", cookies, second_password);
    BOOST_TEST(done.find_header("Location") == "/auth/login?notice=password_changed");
    BOOST_TEST(ann(rig).email == ann_email);
    BOOST_TEST(rig.get("/verify", Rig::cookie_of(changed)).status() == 401);
    BOOST_TEST(rig.login_with(new_email, "eleven geese at night") == 401);
    BOOST_TEST(rig.login_with(ann_email, second_password) == 200);
    BOOST_TEST(rig.get("/account/email/undo", cookies).status() == 400);
}

BOOST_AUTO_TEST_CASE(taking_back_ends_the_ways_back_of_whoever_came_between) {
    MailRig rig;
    const auto session = rig.login();
    const auto first = change_to(rig, session, "second@example.test");
    const auto second = change_to(rig, session, "third@example.test");
    BOOST_TEST(
        rig.choose("/account/email/undo", rig.follow(first, "/auth/account/email/undo"), second_password).status() ==
        303);
    BOOST_TEST(ann(rig).email == ann_email);
    BOOST_TEST(rig.get("/account/email/undo", rig.follow(second, "/auth/account/email/undo")).status() == 400);
}

BOOST_AUTO_TEST_CASE(the_answer_does_not_tell_whose_address_it_is) {
    MailRig rig;
    rig.add_user("22222222-2222-4222-8222-222222222222", "bob@example.test", "user");
    const auto session = rig.login();
    const auto free = ask_for(rig, session, new_email);
    rig.mail_that_comes();
    const auto taken = ask_for(rig, session, "bob@example.test");
    BOOST_TEST(free.status() == taken.status());
    BOOST_TEST(free.header_block() == taken.header_block());
    const auto arrived = rig.mail_that_comes();
    BOOST_REQUIRE(arrived.has_value());
    BOOST_TEST(arrived->recipient == "bob@example.test");
    BOOST_TEST(arrived->token.empty()); // its owner learns of it
}

BOOST_AUTO_TEST_CASE(an_address_that_somebody_has_taken_meanwhile_is_not_given_away) {
    MailRig rig;
    const auto session = rig.login();
    ask_for(rig, session, new_email);
    const auto cookies = rig.follow(rig.mail_that_comes().value().token, "/auth/account/email/confirm");
    rig.add_user("22222222-2222-4222-8222-222222222222", new_email, "user");
    const auto done = confirm(rig, "/account/email/confirm", cookies);
    BOOST_TEST(done.find_header("Location") == "/auth/login?notice=address_taken");
    BOOST_TEST(ann(rig).email == ann_email);
    BOOST_TEST(!rig.mail_that_comes().has_value());
}

BOOST_AUTO_TEST_CASE(a_new_address_needs_the_password_and_an_address) {
    MailRig rig;
    const auto session = rig.login();
    BOOST_TEST(ask_for(rig, session, new_email, "wrong").status() == 401);
    BOOST_TEST(ask_for(rig, session, new_email, "").status() == 400);
    for (const std::string bad : {"", "ann", "a%40b.test%0d%0aBcc%3a+x%40y.test", "%2B380501234567"}) {
        const auto answer = ask_for(rig, session, bad);
        BOOST_TEST((answer.status() == 422 || answer.status() == 400), bad);
    }
    const auto same = ask_for(rig, session, "ANN@example.test");
    BOOST_TEST(same.status() == 422);
    BOOST_TEST(has(same, "This is your address already."));
    BOOST_TEST(!rig.mail_that_comes().has_value());
    int last = 0;
    for (int i = 0; i < 6 && last != 429; ++i)
        last = ask_for(rig, session, "x" + std::to_string(i) + "@example.test").status();
    BOOST_TEST(last == 429); // three links an hour
    BOOST_TEST(rig.get("/account/email").find_header("Location") == "/auth/login");
}

BOOST_AUTO_TEST_CASE(an_address_is_verified_by_a_link_and_the_person_goes_on) {
    MailRig rig;
    const auto session = rig.login();
    BOOST_TEST(has(rig.get("/me", session), "/auth/account/verify"));
    const auto page = rig.get("/account/verify", session, {{"QUERY_STRING", "rd=%2Fapp%2Fx"}});
    BOOST_TEST(has(page, "name=\"rd\" value=\"/app/x\""));
    const auto asked = rig.post_form("/account/verify", "rd=%2Fapp%2Fx&csrf=" + Rig::token_in(page), session);
    BOOST_TEST(asked.find_header("Location") == "/auth/account/verify?sent=1&rd=%2Fapp%2Fx");
    const auto arrived = rig.mail_that_comes();
    BOOST_REQUIRE(arrived.has_value());
    BOOST_TEST(arrived->letter.text.find("&rd=%2Fapp%2Fx") != std::string::npos);
    const auto followed =
        rig.get("/link", MailRig::browser, {{"QUERY_STRING", "token=" + arrived->token + "&rd=%2Fapp%2Fx"}});
    BOOST_TEST(followed.find_header("Location") == "/auth/account/verify/confirm?rd=%2Fapp%2Fx");
    const auto cookies = session + "; " + Rig::cookie_of(followed);
    BOOST_TEST(!ann(rig).verified);
    const auto done = confirm(rig, "/account/verify/confirm", cookies, "&rd=%2Fapp%2Fx");
    BOOST_TEST(done.find_header("Location") == "/app/x");
    BOOST_TEST(ann(rig).verified);
    BOOST_TEST(rig.get("/verify", session, {{"GATE_REQUIRE", "verified"}}).status() == 204); // at once
    BOOST_TEST(!has(rig.get("/me", session), "/auth/account/verify"));
    BOOST_TEST(has(rig.get("/account/verify", session), "Your address is confirmed."));
    BOOST_TEST(rig.get("/account/verify/confirm", cookies).status() == 400);
}

BOOST_AUTO_TEST_CASE(a_link_leads_nowhere_but_into_the_application) {
    MailRig rig;
    const auto token = rig.settings->tokens.mint(name_of(Purpose::verify_address));
    for (const std::string target : {"https%3A%2F%2Fevil.test", "%2F%2Fevil.test", "%2Fauth%2Flogout"}) {
        const auto answer = rig.get("/link", {}, {{"QUERY_STRING", "token=" + token + "&rd=" + target}});
        BOOST_TEST(answer.find_header("Location") == "/auth/account/verify/confirm", target);
    }
}

BOOST_AUTO_TEST_CASE(a_phone_number_is_kept_and_proves_nothing) {
    MailRig rig;
    const auto session = rig.login();
    const auto save = [&](const std::string& number, const std::string& password = ann_password) {
        const auto form = rig.get("/account/phone", session);
        return rig.post_form("/account/phone",
                             "phone=" + number + "&current_password=" + plus(password) + "&csrf=" + Rig::token_in(form),
                             session);
    };
    BOOST_TEST(save("%2B380+50+123+45+67").find_header("Location") == "/auth/me?notice=phone_changed");
    BOOST_TEST(ann(rig).claimed_phone == "+380501234567");
    BOOST_TEST(has(rig.get("/account/phone", session), "+380501234567"));
    BOOST_TEST(rig.login_with("+380501234567", ann_password) == 401);
    BOOST_TEST(rig.get("/verify", session).find_header("X-Auth-Phone").empty());
    BOOST_TEST(has(rig.get("/account/data", session), R"("phone_not_verified":"+380501234567")"));
    BOOST_TEST(save("call+me").status() == 422);
    BOOST_TEST(save("%2B380501234568", "wrong").status() == 401);
    BOOST_TEST(ann(rig).claimed_phone == "+380501234567");
    BOOST_TEST(save("").status() == 303);
    BOOST_TEST(ann(rig).claimed_phone.empty());
}

BOOST_AUTO_TEST_CASE(an_account_with_a_phone_number_alone_adds_an_address) {
    MailRig rig;
    const auto session = rig.login();
    Contact none;
    none.email = "";
    const auto changed = await(rig.loop, rig.store.set_contact(ann_id, none, wall_now(), MailRig::soon())).value();
    BOOST_REQUIRE(await(rig.loop, rig.sessions.user_changed(ann_id, changed.generation, {})));
    BOOST_TEST(has(rig.get("/me", session), "Add an e-mail address"));
    BOOST_TEST(has(rig.get("/account/verify", session), "no e-mail address yet"));
    BOOST_TEST(ask_for(rig, session, new_email).status() == 303);
    const auto cookies = rig.follow(rig.mail_that_comes().value().token, "/auth/account/email/confirm");
    BOOST_TEST(confirm(rig, "/account/email/confirm", cookies).status() == 303);
    BOOST_TEST(ann(rig).email == new_email);
    BOOST_TEST(!rig.mail_that_comes().has_value()); // there is nobody to tell
}

BOOST_AUTO_TEST_CASE(an_outage_changes_no_address) {
    MailRig rig;
    const auto session = rig.login();
    ask_for(rig, session, new_email);
    const auto cookies = rig.follow(rig.mail_that_comes().value().token, "/auth/account/email/confirm");
    const auto form = Rig::token_in(rig.get("/account/email", session));
    const auto button = Rig::token_in(rig.get("/account/email/confirm", cookies));
    const auto verification = Rig::token_in(rig.get("/account/verify", session));
    const auto phone = Rig::token_in(rig.get("/account/phone", session));
    rig.store.set_failure(StoreError::unavailable);
    const std::string password = "&current_password=a+long+walk+by+the+sea&csrf=";
    for (const auto& answer : {rig.post_form("/account/email", "email=x%40example.test" + password + form, session),
                               rig.post_form("/account/phone", "phone=%2B380501234567" + password + phone, session),
                               rig.post_form("/account/verify", "csrf=" + verification, session),
                               rig.post_form("/account/email/confirm", "csrf=" + button, cookies)}) {
        BOOST_TEST(answer.status() == 503);
        BOOST_TEST(!answer.find_header("Retry-After").empty());
    }
    rig.store.set_failure(std::nullopt);
    BOOST_TEST(ann(rig).email == ann_email);
    BOOST_TEST(confirm(rig, "/account/email/confirm", cookies).status() == 303);
}

BOOST_AUTO_TEST_CASE(what_needs_mail_is_not_offered_without_it) {
    Rig rig;
    const auto session = rig.login();
    BOOST_TEST(rig.get("/account/email", session).status() == 404);
    BOOST_TEST(rig.get("/account/verify", session).status() == 404);
    BOOST_TEST(!has(rig.get("/me", session), "/auth/account/email"));
    BOOST_TEST(rig.get("/account/phone", session).status() == 200);
}

BOOST_AUTO_TEST_SUITE_END()
