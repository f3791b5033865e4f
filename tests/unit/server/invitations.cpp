// SPDX-License-Identifier: Apache-2.0
// Goal: whoever was invited makes an account with what the invitation gives, once, and nobody else does; whoever has
// not proven their address is led to where they can, if that is all that is missing.
#include "tests/unit/server/mail_rig.h"

using namespace gatehouse;

namespace {

struct InvitedRig : MailRig {
    InvitedRig() {
        change([](ContextConfig& context) { context.registration = "invited"; });
    }
    template <class Change> void change(Change change) {
        auto config = std::make_shared<Config>(*settings->config);
        change(config->contexts.front());
        auto changed = std::make_shared<Settings>(*settings);
        changed->config = std::move(config);
        settings = changed;
        sessions.use(settings);
        composer.use(settings);
    }
    void invite(const std::string& address, const std::string& facts) {
        const NewMail mail{random_uuid(), std::string(mail_kind::invitation), {}, address, "en", "web", facts};
        BOOST_REQUIRE(await(loop, store.enqueue(mail, {}, wall_now(), soon())).value());
    }
};

constexpr const char* given = R"({"role":"editor","permissions":"orders.read orders.write","context":"web"})";
constexpr const char* chosen = "nine herons over the lake";

} // namespace

BOOST_AUTO_TEST_SUITE(invitation_links)

BOOST_AUTO_TEST_CASE(an_invitation_makes_an_account_with_what_it_gives) {
    InvitedRig rig;
    rig.invite("carl@example.test", given);
    const auto arrived = rig.mail_that_comes();
    BOOST_REQUIRE(arrived.has_value());
    BOOST_TEST(arrived->letter.subject.find("you are invited") != std::string::npos);
    BOOST_TEST(arrived->letter.text.find("7 days") != std::string::npos);
    const auto cookies = rig.follow(arrived->token, "/auth/register/finish");
    const auto done = rig.choose("/register/finish", cookies, chosen);
    BOOST_TEST(done.find_header("Location") == "/auth/login?notice=account_created");
    const auto login = rig.post_json("/login", sign_in_body("carl@example.test", chosen));
    BOOST_REQUIRE(login.status() == 200);
    const auto check = rig.get("/verify", Rig::cookie_of(login));
    BOOST_TEST(check.find_header("X-Auth-Role") == "editor");
    BOOST_TEST(check.find_header("X-Auth-Permissions") == "orders.read orders.write");
    BOOST_TEST(rig.get("/register/finish", cookies).status() == 400);
}

BOOST_AUTO_TEST_CASE(nobody_else_registers) {
    InvitedRig rig;
    BOOST_TEST(rig.get("/register").status() == 404);
    BOOST_TEST(rig.post_json("/register", R"({"identifier":"x@example.test"})").status() == 404);
    BOOST_TEST(!has(rig.get("/login"), "/auth/register"));
    const auto dead = rig.get("/register/finish", MailRig::browser);
    BOOST_TEST(dead.status() == 400);
    BOOST_TEST(!has(dead, "/auth/register\""));                   // there is nobody to ask for another link
    const auto open = rig.link_cookie(Purpose::register_account); // from before
    BOOST_TEST(rig.get("/register/finish", MailRig::browser + "; " + open).status() == 400);
    rig.change([](ContextConfig& web) { web.registration = "off"; });
    const auto invited = rig.link_cookie(Purpose::invitation);
    BOOST_TEST(rig.get("/register/finish", MailRig::browser + "; " + invited).status() == 404);
}

BOOST_AUTO_TEST_CASE(who_has_an_account_by_now_gets_no_invitation) {
    InvitedRig rig;
    rig.invite(ann_email, given);
    BOOST_TEST(!rig.mail_that_comes().has_value());
}

BOOST_AUTO_TEST_CASE(whoever_lacks_only_a_proven_address_is_led_to_where_it_is_proven) {
    MailRig rig;
    const auto session = rig.login();
    const auto help = [&](const std::string& require) {
        const auto answer = rig.get("/verify", session, {{"GATE_REQUIRE", require}});
        BOOST_TEST(answer.status() == 403);
        return std::string(answer.find_header("X-Gate-Help"));
    };
    BOOST_TEST(help("verified") == "/auth/account/verify?rd=%2Fapp%2F");
    BOOST_TEST(help("role:user verified") == "/auth/account/verify?rd=%2Fapp%2F");
    BOOST_TEST(help("role:admin verified").empty());
    BOOST_TEST(help("role:admin").empty());
    Rig without_mail;
    const auto other = without_mail.get("/verify", without_mail.login(), {{"GATE_REQUIRE", "verified"}});
    BOOST_TEST(other.status() == 403);
    BOOST_TEST(other.find_header("X-Gate-Help").empty());
}

BOOST_AUTO_TEST_CASE(a_context_can_require_it_everywhere) {
    InvitedRig rig;
    rig.change([](ContextConfig& web) { web.require_verified = true; });
    const auto session = rig.login(); // to sign in is allowed
    const auto refused = rig.get("/verify", session);
    BOOST_TEST(refused.status() == 403);
    BOOST_TEST(refused.find_header("X-Gate-Help") == "/auth/account/verify?rd=%2Fapp%2F");
    BOOST_TEST(rig.get("/verify", session, {{"GATE_REQUIRE", "role:admin"}}).find_header("X-Gate-Help").empty());
    Contact proven;
    proven.verified = true;
    const auto changed = await(rig.loop, rig.store.set_contact(ann_id, proven, wall_now(), MailRig::soon())).value();
    BOOST_REQUIRE(await(rig.loop, rig.sessions.user_changed(ann_id, changed.generation, {})));
    BOOST_TEST(rig.get("/verify", session).status() == 204);
}

BOOST_AUTO_TEST_SUITE_END()
