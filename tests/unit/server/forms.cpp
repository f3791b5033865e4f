// SPDX-License-Identifier: Apache-2.0
// Goal: a form whose token is too old is shown again on its own page, with a new token and with what was typed except
// passwords; nothing is changed; a program gets JSON.
#include "gateway/accounts/csrf.h"
#include "gateway/sessions/token.h"
#include "tests/unit/server/rig.h"

using namespace gatehouse;

namespace {

constexpr std::string_view too_old = "This page was open for too long. Nothing was changed; please try again.";

/// The token of a page that was opened thirteen hours ago.
std::string old_token(Rig& rig, const std::string& form, const std::string& binding) {
    return csrf::make(rig.settings->csrf_keys.front(), form + ":web", binding, wall_now() - std::chrono::hours{13});
}

struct Case {
    std::string form, path, typed;
    std::vector<std::string> shown;
};

} // namespace

BOOST_AUTO_TEST_SUITE(forms)

BOOST_AUTO_TEST_CASE(an_old_form_is_shown_again) {
    Rig rig;
    const auto cookie = rig.login();
    (void)rig.login(); // another device, so that the list has forms
    const auto binding = stored_id(cookie.substr(cookie.find('=') + 1));
    for (const auto& [form, path, typed, shown] :
         {Case{"sessions", "/sessions/revoke", "handle=x", {"<h1>Your devices</h1>", "/auth/sessions/revoke"}},
          Case{"sessions", "/sessions/revoke-others", "a=b", {"<h1>Your devices</h1>", "/auth/sessions/revoke-others"}},
          Case{"logout", "/logout", "a=b", {"<h1>Sign out?</h1>"}},
          Case{"password",
               "/password/change",
               "current_password=a+long+walk+by+the+sea&new_password=another+walk+in+the+woods",
               {"<h1>Change password</h1>"}},
          Case{"preferences",
               "/preferences",
               "theme=dark&language=uk",
               {"<option value=\"dark\" selected>", "<option value=\"uk\" lang=\"uk\" selected>"}}}) {
        for (const auto& token : {old_token(rig, form, binding), std::string("made-up")}) {
            const auto answer = rig.post_form(path, typed + "&csrf=" + token, cookie);
            BOOST_TEST(answer.status() == 403, path);
            BOOST_TEST(has(answer, too_old), path << answer.body());
            for (const auto& piece : shown)
                BOOST_TEST(has(answer, piece), path << " " << piece);
            BOOST_TEST(!has(answer, "walk"), path);
            BOOST_TEST(Rig::token_in(answer) != token, path);
            BOOST_TEST(answer.find_header("Set-Cookie").empty(), path);
        }
        const auto program = rig.post_form(path, typed + "&csrf=x", cookie, {{"HTTP_ACCEPT", "application/json"}});
        BOOST_TEST(program.status() == 403, path);
        BOOST_TEST(has(program, "\"forbidden\""), path);
    }
    BOOST_TEST(rig.get("/verify", cookie).status() == 204);
}

BOOST_AUTO_TEST_CASE(the_form_that_is_shown_again_works) {
    Rig rig;
    const auto cookie = rig.login();
    const auto again = rig.post_form("/preferences", "theme=dark&language=auto&csrf=x", cookie);
    const auto saved = rig.post_form("/preferences", "theme=dark&language=auto&csrf=" + Rig::token_in(again), cookie);
    BOOST_TEST(saved.status() == 303);
    const auto out = rig.post_form("/logout", "csrf=x", cookie);
    BOOST_TEST(rig.post_form("/logout", "csrf=" + Rig::token_in(out), cookie).status() == 303);
    BOOST_TEST(rig.get("/verify", cookie).status() == 401);
}

BOOST_AUTO_TEST_CASE(a_form_of_another_site_is_called_that) {
    Rig rig;
    const auto cookie = rig.login();
    (void)rig.login();
    for (const std::string path :
         {"/sessions/revoke", "/sessions/revoke-others", "/logout", "/password/change", "/preferences"}) {
        const auto answer = rig.post_form(path, "theme=dark", cookie, {{"HTTP_SEC_FETCH_SITE", "cross-site"}});
        BOOST_TEST(answer.status() == 403, path);
        BOOST_TEST(has(answer, "That request came from another site and was refused."), path);
    }
    BOOST_TEST(rig.get("/verify", cookie).status() == 204);
}

BOOST_AUTO_TEST_SUITE_END()
