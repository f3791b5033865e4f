// SPDX-License-Identifier: Apache-2.0
// Goal: the owner of an account gets all that is known of them and nothing that opens a door, and deletes the account
// for good with the current password; whatever fails leaves the account and says so.
#include "tests/unit/server/mail_rig.h"

using namespace gatehouse;

namespace {

std::string json_of(const std::string& password) {
    return R"({"current_password":")" + password + R"("})";
}

http::Response delete_it(Rig& rig, const std::string& cookie, const std::string& password = ann_password) {
    const auto form = rig.get("/account/delete", cookie);
    BOOST_REQUIRE_EQUAL(form.status(), 200);
    std::string typed = password;
    std::ranges::replace(typed, ' ', '+');
    return rig.post_form("/account/delete", "current_password=" + typed + "&csrf=" + Rig::token_in(form), cookie);
}

bool exists(Rig& rig) {
    return await(rig.loop, rig.store.find(ann_id, MailRig::soon())).value().has_value();
}

} // namespace

BOOST_AUTO_TEST_SUITE(accounts)

BOOST_AUTO_TEST_CASE(an_account_is_deleted_with_the_password_for_good_and_everywhere) {
    MailRig rig;
    const auto here = rig.login();
    const auto there = rig.login();
    WebSession session{"s", ann_id, wall_now() + Seconds{3600}};
    PreferencesChange dark{.theme = "dark", .language = {}, .free = {}};
    BOOST_REQUIRE(await(rig.loop, rig.web.save(session, dark, wall_now(), MailRig::soon())).has_value());
    rig.ask("/password/forgot", ann_email);
    auto mail = rig.mail_that_comes();
    while (mail && mail->token.empty()) // of the second login
        mail = rig.mail_that_comes();
    BOOST_REQUIRE(mail.has_value());

    BOOST_TEST(has(rig.get("/me", here), "/auth/account/delete"));
    const auto done = delete_it(rig, here);
    BOOST_TEST(done.status() == 303);
    BOOST_TEST(done.find_header("Location") == "/auth/login?notice=account_deleted");
    BOOST_TEST(done.header_block().find("gatehouse_web=;") != std::string::npos);
    BOOST_TEST(has(rig.get("/login", {}, {{"QUERY_STRING", "notice=account_deleted"}}), "Your account is deleted"));
    for (const auto& cookie : {here, there})
        BOOST_TEST(rig.get("/verify", cookie).status() == 401);
    BOOST_TEST(!exists(rig));
    BOOST_TEST(rig.login_with(ann_email, ann_password) == 401);
    BOOST_TEST(!await(rig.loop, rig.web.find(ann_id, MailRig::soon())).value().has_value());
    BOOST_TEST(rig.get("/password/reset", rig.follow(mail->token, "/auth/password/reset")).status() == 400);
    BOOST_TEST(!rig.mail_that_comes().has_value()); // nothing is left to send
}

BOOST_AUTO_TEST_CASE(a_program_deletes_an_account_too) {
    Rig rig;
    const auto cookie = rig.login();
    const auto done = rig.post_json("/account/delete", json_of(ann_password), cookie);
    BOOST_TEST(done.status() == 200);
    BOOST_TEST(done.body() == R"({"status":"account_deleted"})");
    BOOST_TEST(!exists(rig));
}

BOOST_AUTO_TEST_CASE(without_the_password_no_account_is_deleted) {
    Rig rig;
    const auto cookie = rig.login();
    const auto wrong = delete_it(rig, cookie, "not my password");
    BOOST_TEST(wrong.status() == 401);
    BOOST_TEST(has(wrong, "id=\"error\""));
    BOOST_TEST(!has(wrong, "not my password"));
    BOOST_TEST(delete_it(rig, cookie, "").status() == 400);
    BOOST_TEST(rig.post_json("/account/delete", json_of("wrong"), cookie).status() == 401);
    BOOST_TEST(rig.post_json("/account/delete", json_of(ann_password)).status() == 401); // nobody
    BOOST_TEST(rig.get("/account/delete").find_header("Location") == "/auth/login");
    int last = 0;
    for (int i = 0; i < 20 && last != 429; ++i)
        last = rig.post_json("/account/delete", json_of("wrong"), cookie).status();
    BOOST_TEST(last == 429); // guessing is limited as at the login
    BOOST_TEST(rig.get("/verify", cookie).status() == 204);
    BOOST_TEST(exists(rig));
}

BOOST_AUTO_TEST_CASE(an_outage_deletes_nothing_and_says_so) {
    Rig rig;
    const auto cookie = rig.login();
    const auto form = rig.get("/account/delete", cookie);
    rig.store.set_failure(StoreError::unavailable);
    const auto fields = "current_password=a+long+walk+by+the+sea&csrf=" + Rig::token_in(form);
    const auto refused = rig.post_form("/account/delete", fields, cookie);
    BOOST_TEST(refused.status() == 503);
    BOOST_TEST(!refused.find_header("Retry-After").empty());
    BOOST_TEST(has(refused, "Nothing was changed"));
    BOOST_TEST(has(refused, "name=\"current_password\""));
    BOOST_TEST(rig.get("/account/data", cookie).status() == 503);
    rig.store.set_failure(std::nullopt);
    rig.web.set_failure(StoreError::unavailable);
    BOOST_TEST(rig.post_form("/account/delete", fields, cookie).status() == 503);
    BOOST_TEST(rig.get("/account/data", cookie).status() == 503);
    rig.web.set_failure(std::nullopt);
    BOOST_TEST(rig.get("/verify", cookie).status() == 204);
    BOOST_TEST(exists(rig));
    BOOST_TEST(rig.post_form("/account/delete", fields, cookie).status() == 303);
}

BOOST_AUTO_TEST_CASE(a_person_gets_all_that_is_known_of_them_and_nothing_that_opens_a_door) {
    Rig rig;
    const auto cookie = rig.login();
    Grant grant("orders.write", std::nullopt);
    BOOST_REQUIRE(await(rig.loop, rig.store.grant(ann_id, "admin", grant, wall_now(), MailRig::soon())).value().found);
    const auto data = rig.get("/account/data", cookie);
    BOOST_TEST(data.status() == 200);
    BOOST_TEST(data.find_header("Content-Disposition") == "attachment; filename=\"account.json\"");
    BOOST_TEST(data.find_header("Cache-Control") == "private, no-store");
    for (const std::string_view piece :
         {R"("email":"ann@example.test")", R"("context":"admin","permission":"orders.write")",
          R"("address":"192.0.2.7")", R"("email_verified":false)", R"("preferences":{"web":)"})
        BOOST_TEST(has(data, piece), data.body());
    const auto token = cookie.substr(cookie.find('=') + 1);
    BOOST_TEST(!has(data, token));
    BOOST_TEST(!has(data, stored_id(token)));
    BOOST_TEST(!has(data, "argon2"));
    BOOST_TEST(rig.get("/account/data", {}, {{"HTTP_ACCEPT", "application/json"}}).status() == 401);
}

BOOST_AUTO_TEST_SUITE_END()
