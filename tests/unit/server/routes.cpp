// SPDX-License-Identifier: Apache-2.0
// Goal: every route refuses what it must refuse: requests that are not whole, other methods, posts that no page of ours
// made; and nothing is allowed by accident.
#include "gateway/pages/pages.h"
#include "tests/unit/server/mail_rig.h"

using namespace gatehouse;

namespace {

const std::vector<std::string> methods = {"GET",     "HEAD",  "POST",    "PUT", "DELETE", "PATCH",
                                          "OPTIONS", "TRACE", "CONNECT", "FOO", "get"};

/// The session, and on the pages that a link leads to, that link.
std::string cookies_for(MailRig& rig, const std::string& session, std::string_view page) {
    if (page == "/password/reset") return session + "; " + rig.link_cookie(Purpose::reset_password);
    if (page == "/register/finish") return session + "; " + rig.link_cookie(Purpose::register_account);
    if (page == "/account/email/confirm") return session + "; " + rig.link_cookie(Purpose::new_address);
    if (page == "/account/email/undo") return session + "; " + rig.link_cookie(Purpose::take_back_address);
    if (page == "/account/verify/confirm") return session + "; " + rig.link_cookie(Purpose::verify_address);
    return session;
}

} // namespace

BOOST_AUTO_TEST_SUITE(routes_table)

BOOST_AUTO_TEST_CASE(without_one_of_the_facts_nothing_is_decided) {
    Rig rig;
    const auto cookie = rig.login();
    BOOST_TEST(rig.get("/verify", cookie).status() == 204);
    for (const auto& [name, value] : Rig::Params(rig.base)) {
        if (name == "REQUEST_SCHEME" || name == "REQUEST_ID") continue; // decide nothing
        BOOST_TEST(rig.get("/verify", cookie, {}).status() == 204);
        auto missing = rig.base;
        missing["HTTP_COOKIE"] = cookie;
        missing[name] = "";
        BOOST_TEST(rig.send(missing).status() == 500, name << " missing");
    }
    auto all = rig.base;
    all["HTTP_COOKIE"] = cookie;
    BOOST_TEST(rig.send(all, {}, false).status() == 500, "GATE_END missing");
}

BOOST_AUTO_TEST_CASE(an_unknown_context_decides_nothing) {
    Rig rig;
    const auto cookie = rig.login();
    for (const std::string context : {"nowhere", "WEB", "web ", "web,admin"}) {
        BOOST_TEST(rig.get("/verify", cookie, {{"GATE_CONTEXT", context}}).status() == 500, context);
    }
}

BOOST_AUTO_TEST_CASE(every_path_takes_its_own_methods_only) {
    Rig rig;
    for (const auto& route : routes()) {
        if (route.method == "ANY") continue;
        for (const auto& method : methods) {
            const auto response = rig.get(std::string(route.path), {}, {{"REQUEST_METHOD", method}});
            const auto taken = std::ranges::any_of(routes(), [&](const Route& r) {
                return r.path == route.path && (r.method == method || (r.method == "GET" && method == "HEAD"));
            });
            BOOST_TEST_CONTEXT(method << ' ' << route.path) {
                BOOST_TEST((response.status() == 405) == !taken);
                BOOST_TEST(response.find_header("Allow").empty() == taken);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_style_sheet_is_kept_under_the_name_of_its_content_only) {
    Rig rig;
    const auto name = "/" + std::string(pages::style_name());
    const auto kept = rig.get(name);
    BOOST_TEST(kept.status() == 200);
    BOOST_TEST(kept.find_header("Cache-Control") == "public, max-age=31536000, immutable");
    // Another version's name during an update, and the name of before.
    for (const std::string path : {"/style-0123456789abcdef.css", "/style.css"}) {
        const auto other = rig.get(path);
        BOOST_TEST(other.status() == 200, path);
        BOOST_TEST(other.body() == kept.body(), path);
        BOOST_TEST(other.find_header("Cache-Control").empty(), path);
    }
    BOOST_TEST(rig.get(name, {}, {{"REQUEST_METHOD", "POST"}}).status() == 405);
    BOOST_TEST(rig.get("/style-.js").status() == 404);
}

BOOST_AUTO_TEST_CASE(paths_that_are_not_ours_are_not_found) {
    Rig rig;
    const auto cookie = rig.login();
    for (const std::string path : {"", "/verify/", "/verify2", "/Verify", "/nothing", "//verify"}) {
        BOOST_TEST(rig.get(path, cookie).status() == 404, path);
    }
    BOOST_TEST(rig.get("/verify", cookie, {{"DOCUMENT_URI", "/other/verify"}}).status() == 404);
    BOOST_TEST(rig.get("/verify", cookie, {{"DOCUMENT_URI", "/authverify"}}).status() == 404);
}

BOOST_AUTO_TEST_CASE(no_form_is_taken_without_our_token) {
    MailRig rig;
    const auto session = rig.login();
    const auto foreign = Rig::token_in(rig.get("/login"));
    for (const auto& route : routes()) {
        if (route.method != "POST") continue;
        const auto cookie = cookies_for(rig, session, route.path);
        const std::string path(route.path);
        const std::string fields =
            "identifier=ann%40example.test&password=a+long+walk+by+the+sea&current_password=a+long+walk+by+the+sea"
            "&new_password=another+walk+in+the+woods&handle=x";
        for (const std::string& csrf :
             {std::string{}, std::string("&csrf="), std::string("&csrf=x"), "&csrf=" + foreign}) {
            BOOST_TEST(rig.post_form(path, fields + csrf, cookie).status() == 403, path << " with '" << csrf << "'");
        }
        BOOST_TEST(rig.get("/verify", cookie).status() == 204, path);
    }
}

BOOST_AUTO_TEST_CASE(no_post_is_taken_from_another_site) {
    MailRig rig;
    const auto session = rig.login();
    const std::vector<Rig::Params> elsewhere = {
        {{"HTTP_SEC_FETCH_SITE", "cross-site"}},
        {{"HTTP_SEC_FETCH_SITE", "same-site"}},
        {{"HTTP_ORIGIN", "null"}},
        {{"HTTP_ORIGIN", "http://app.example.test"}},
        {{"HTTP_ORIGIN", "https://app.example.test:8443"}},
        {{"HTTP_ORIGIN", "https://app.example.test.evil.test"}},
        {{"HTTP_ORIGIN", "https://evil.test/app.example.test"}},
    };
    for (const auto& route : routes()) {
        if (route.method != "POST") continue;
        const auto cookie = cookies_for(rig, session, route.path);
        for (const auto& sent : elsewhere) {
            const auto response =
                rig.post_json(std::string(route.path),
                              R"({"identifier":"ann@example.test","password":"a long walk by the sea"})", cookie, sent);
            BOOST_TEST(response.status() == 403, route.path << " from " << sent.begin()->second);
            BOOST_TEST(response.find_header("Set-Cookie").find("gatehouse_web") == std::string_view::npos);
        }
        BOOST_TEST(rig.get("/verify", cookie).status() == 204, route.path);
    }
}

BOOST_AUTO_TEST_CASE(no_post_is_taken_in_another_content_type) {
    MailRig rig;
    const auto session = rig.login();
    for (const auto& route : routes()) {
        if (route.method != "POST") continue;
        const auto cookie = cookies_for(rig, session, route.path);
        for (const std::string type :
             {"text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=utf-16"}) {
            BOOST_TEST(rig.post_form(std::string(route.path), "a=b", cookie, {{"CONTENT_TYPE", type}}).status() == 415,
                       route.path << ' ' << type);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
