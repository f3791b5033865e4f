// SPDX-License-Identifier: Apache-2.0
// Goal: what pages load comes from the gateway, is kept by browsers for ever, and can do nothing where it is opened by
// itself; and the address of the pages leads on.
#include "gateway/pages/look.h"
#include "tests/unit/server/rig.h"

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(page_files)

BOOST_AUTO_TEST_CASE(every_file_of_a_page_is_served) {
    Rig rig;
    const auto login = rig.get("/login");
    for (const auto& file : pages::look().files) {
        BOOST_TEST(has(login, "/auth/" + file.name), file.name);
        const auto answer = rig.get("/" + file.name);
        BOOST_TEST(answer.status() == 200);
        BOOST_TEST(answer.find_header("Cache-Control") == "public, max-age=31536000, immutable");
        BOOST_TEST(answer.find_header("Content-Type") == file.type);
        BOOST_TEST(answer.body() == file.body);
        const auto older = rig.get("/" + file.kind + "-0123456789abcdef" + file.name.substr(file.name.find('.')));
        BOOST_TEST(older.status() == 200, file.kind);
        BOOST_TEST(older.find_header("Cache-Control").empty());
    }
    BOOST_TEST(rig.get("/logo.svg").status() == 404); // there is none
    BOOST_TEST(rig.get("/logo-0123.svg").status() == 404);
    BOOST_TEST(rig.get("/icon-0123.html").status() == 404);
}

BOOST_AUTO_TEST_CASE(a_picture_can_do_nothing) {
    Rig rig;
    const auto icon = rig.get("/icon.svg");
    BOOST_TEST(icon.find_header("Content-Security-Policy") == "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    std::string sent;
    icon.write_to(sent);
    BOOST_TEST(sent.find("X-Content-Type-Options: nosniff") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_address_of_the_pages_leads_on) {
    Rig rig;
    BOOST_TEST(rig.get("/").status() == 303);
    BOOST_TEST(rig.get("/").find_header("Location") == "/auth/login");
    BOOST_TEST(rig.get("/", rig.login()).find_header("Location") == "/auth/me");
    BOOST_TEST(rig.get("/", {}, {{"HTTP_ACCEPT", "application/json"}}).status() == 401);
}

BOOST_AUTO_TEST_CASE(a_stranger_chooses_the_language_and_a_person_has_one) {
    Rig rig;
    const Rig::Params uk{{"QUERY_STRING", "lang=uk"}};
    BOOST_TEST(has(rig.get("/login", {}, uk), "<html lang=\"uk\">"));
    BOOST_TEST(has(rig.get("/login", {}, {{"QUERY_STRING", "lang=xx"}}), "<html lang=\"en\">"));
    BOOST_TEST(has(rig.get("/login", {}, uk), "action=\"/auth/login?lang=uk\""));
    const auto cookie = rig.login();
    BOOST_TEST(rig.post_json("/preferences", R"({"language":"ru"})", cookie).status() == 200);
    BOOST_TEST(has(rig.get("/me", cookie, uk), "<html lang=\"ru\">"));
}

BOOST_AUTO_TEST_CASE(an_application_is_called_by_its_name) {
    Rig rig;
    const auto cookie = rig.login();
    BOOST_TEST(has(rig.get("/me", cookie), "Back to app.example.test"));
    auto config = std::make_shared<Config>(*rig.settings->config);
    config->contexts.front().display_name = "Acme Orders";
    config->contexts.front().home = "/orders/";
    auto changed = std::make_shared<Settings>(*rig.settings);
    changed->config = config;
    rig.settings = changed;
    const auto account = rig.get("/me", cookie);
    BOOST_TEST(has(account, "href=\"/orders/\"><span aria-hidden=\"true\">←</span> Back to Acme Orders"));
    BOOST_TEST(has(account, "<dd>Acme Orders</dd>"));
    BOOST_TEST(has(rig.get("/sessions", cookie), "192.0.2.7 · Acme Orders"));
    BOOST_TEST(has(rig.get("/login"), "Sign in to continue to <span class=\"who\">Acme Orders</span>."));
}

BOOST_AUTO_TEST_SUITE_END()
