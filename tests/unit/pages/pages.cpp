// SPDX-License-Identifier: Apache-2.0
// Goal: every page in every language is whole HTML that works without script, carries what a form needs, and shows what
// users typed as text and as nothing else.
#include "tests/unit/pages/html.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <set>
#include <sstream>

using namespace gatehouse;
using namespace gatehouse::pages;
using http::Language;

namespace {

constexpr std::array languages = {Language::en, Language::ru, Language::uk};

/// Every page there is, with `text` wherever a user's text may come.
std::vector<std::string> every_page(const Frame& frame, const std::string& text) {
    std::vector<std::string> pages;
    for (int error = 0; error <= static_cast<int>(Login::Error::forbidden_origin); ++error)
        for (int notice = 0; notice <= static_cast<int>(Login::Notice::session_ended); ++notice)
            pages.push_back(login_page(frame, {text, text, text, true, static_cast<Login::Error>(error),
                                               static_cast<Login::Notice>(notice), Seconds{30}, Seconds{0}, text}));
    for (const bool failed : {false, true})
        pages.push_back(logout_page(frame, {text, text, text, failed}));
    auto sessions = some_sessions();
    for (auto& row : sessions.rows)
        row.handle = row.address = row.context = text;
    for (const auto notice : {Sessions::Notice::none, Sessions::Notice::one_ended, Sessions::Notice::others_ended,
                              Sessions::Notice::password_changed}) {
        sessions.notice = notice;
        pages.push_back(sessions_page(frame, sessions));
    }
    for (const auto error : {FormError::expired_form, FormError::forbidden_origin}) {
        sessions.error = error;
        pages.push_back(sessions_page(frame, sessions));
        pages.push_back(logout_page(frame, {text, text, text, false, error}));
        pages.push_back(preferences_page(frame, {text, "dark", Language::uk, false, error}));
    }
    for (int error = 0; error <= static_cast<int>(PasswordChange::Error::forbidden_origin); ++error)
        pages.push_back(password_page(frame, {text, text, 15, static_cast<PasswordChange::Error>(error), Seconds{30}}));
    for (const bool verified : {false, true})
        pages.push_back(account_page(frame, {text, text, text, verified, {text, text}}));
    for (const std::string_view theme : {"", "light", "dark"})
        pages.push_back(preferences_page(frame, {text, theme, Language::uk, theme.empty()}));
    for (int what = 0; what <= static_cast<int>(Recorded::What::others_ended); ++what)
        pages.push_back(recorded_page(frame, {static_cast<Recorded::What>(what), text}));
    pages.push_back(not_ended_page(frame, {text, text, text}));
    for (const int status : {400, 403, 404, 405, 413, 415, 429, 500, 503, 418})
        pages.push_back(error_page(frame, status, text));
    return pages;
}

/// The first tag that is closed without being open or stays open; empty if there is none.
std::string first_unbalanced(const std::string& html) {
    const std::set<std::string> without_end = {"!DOCTYPE", "meta", "link", "input", "path", "img", "source"};
    std::vector<std::string> open;
    for (auto at = html.find('<'); at != html.npos; at = html.find('<', at + 1)) {
        const bool ends = html[at + 1] == '/';
        const auto begin = at + (ends ? 2 : 1);
        auto name = html.substr(begin, html.find_first_of(" >/", begin) - begin);
        if (without_end.contains(name)) continue;
        if (!ends) {
            open.push_back(name);
        } else if (open.empty() || open.back() != name) {
            return name;
        } else {
            open.pop_back();
        }
    }
    return open.empty() ? "" : open.back();
}

} // namespace

BOOST_AUTO_TEST_SUITE(pages)

BOOST_AUTO_TEST_CASE(every_page_is_whole_and_without_script) {
    for (const auto language : languages) {
        for (const auto& html : every_page(in(language), "x")) {
            BOOST_TEST(html.starts_with("<!DOCTYPE html>"));
            BOOST_TEST(first_unbalanced(html) == "", html);
            BOOST_TEST(has(html, "<html lang=\"" + std::string(code_of(language)) + "\">"));
            BOOST_TEST(has(html, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"));
            BOOST_TEST(has(html, "<link rel=\"stylesheet\" href=\"/auth/" + std::string(style_name()) + "\">"));
            BOOST_TEST(count(html, "<h1>") == 1U);
            BOOST_TEST(!has(html, "<h1></h1>"));
            BOOST_TEST(!has(html, "<title> "));
            // One script, from a file of ours: the policy of the pages refuses every other.
            BOOST_TEST(count(html, "<script") == 1U);
            BOOST_TEST(count(html, "<script src=\"/auth/script-") == 1U);
            for (const std::string_view never : {"style=", "javascript:", "http://", "https://", "{{", "{}",
                                                 " onclick=", " onload=", " onsubmit=", " onfocus=", " onerror="})
                BOOST_TEST(!has(html, never), never << " in " << html);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_form_is_a_post_to_us_with_its_token) {
    for (const auto& html : every_page(english, "the-token")) {
        BOOST_TEST(count(html, "<form ") == count(html, "<form method=\"post\" action=\"/auth/"));
        BOOST_TEST(count(html, "<form ") == count(html, "<input type=\"hidden\" name=\"csrf\" value=\"the-token\">"));
    }
}

BOOST_AUTO_TEST_CASE(what_users_typed_is_text) {
    const std::string hostile = "<script>alert(1)</script>\"'><img onerror=x>&amp;{{csrf}}{{{content}}}{{#t}}{{/t}}";
    const std::string shown = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos;&gt;&lt;img onerror=x&gt;&amp;amp;"
                              "{{csrf}}{{{content}}}{{#t}}{{/t}}";
    for (const auto language : languages) {
        for (const auto& html : every_page(in(language), hostile)) {
            BOOST_TEST(count(html, "<script") == 1U, html); // the one of the page itself
            BOOST_TEST(!has(html, "<img"), html);
            BOOST_TEST(has(html, shown), html);
            BOOST_TEST(count(html, "alert(1)") == count(html, shown)); // nowhere half-escaped
            BOOST_TEST(first_unbalanced(html) == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_hostile_user_agent_is_only_ever_recognised) {
    auto page = some_sessions();
    page.rows[0].user_agent = "<script>Firefox/1 Linux\"onload=x";
    const auto html = sessions_page(english, page);
    BOOST_TEST(has(html, "Firefox on Linux"));
    BOOST_TEST(!has(html, "onload"));
}

BOOST_AUTO_TEST_CASE(login_asks_for_what_password_managers_know) {
    const auto html =
        login_page(english, {"the-token", "/app/?a=1&b=2", "", false, Login::Error::none, Login::Notice::none});
    BOOST_TEST(has(html, "name=\"identifier\" type=\"text\" value=\"\" autocomplete=\"username\""));
    BOOST_TEST(has(html, "name=\"password\" type=\"password\" autocomplete=\"current-password\""));
    BOOST_TEST(has(html, "name=\"rd\" value=\"/app/?a=1&amp;b=2\""));
    BOOST_TEST(has(html, "<label for=\"identifier\">"));
    BOOST_TEST(has(html, "<label for=\"password\">"));
    BOOST_TEST(count(html, "autofocus") == 1U);
    for (const std::string_view absent : {" checked", "role=\"alert\"", "role=\"status\"", "aria-invalid", "<nav"})
        BOOST_TEST(!has(html, absent), absent);
}

BOOST_AUTO_TEST_CASE(login_remembers_what_was_typed_but_no_password) {
    const auto html = login_page(english, {"t", "/", "anna@b.test", true, Login::Error::failed, Login::Notice::none});
    BOOST_TEST(has(html, "value=\"anna@b.test\""));
    BOOST_TEST(has(html, "type=\"checkbox\" checked>"));
    BOOST_TEST(has(html, "<p class=\"alert\" role=\"alert\" id=\"error\">Wrong e-mail or password."));
    BOOST_TEST(count(html, "aria-invalid=\"true\" aria-describedby=\"error\"") == 2U);
    BOOST_TEST(count(html, "value=\"") == 3U); // token, target, identifier
}

BOOST_AUTO_TEST_CASE(login_says_for_how_long_it_keeps_somebody_signed_in) {
    Login page;
    page.kept_for = std::chrono::hours{14 * 24};
    BOOST_TEST(has(login_page(english, page), "<span>Keep me signed in for 14 days</span>"));
}

BOOST_AUTO_TEST_CASE(login_texts) {
    const std::pair<Login::Error, std::string_view> errors[] = {
        {Login::Error::failed, "Wrong e-mail or password."},
        {Login::Error::incomplete, "Enter your e-mail and your password."},
        {Login::Error::throttled, "Too many attempts. Try again in 3 minutes."},
        {Login::Error::unavailable, "We can’t sign you in: our servers can’t be reached."},
        {Login::Error::expired_form, "This page was open for too long."},
        {Login::Error::forbidden_origin, "That request came from another site"},
    };
    for (const auto& [error, text] : errors) {
        const auto html = login_page(english, {"t", "/", "", false, error, Login::Notice::none, Seconds{125}});
        BOOST_TEST(has(html, text), text);
        BOOST_TEST(count(html, "role=\"alert\"") == 1U);
    }
    const std::pair<Login::Notice, std::string_view> notices[] = {
        {Login::Notice::signed_out, "You are signed out."},
        {Login::Notice::password_changed, "Your password has been changed."},
        {Login::Notice::session_ended, "Your session has ended."},
    };
    for (const auto& [notice, text] : notices) {
        const auto html = login_page(english, {"t", "/", "", false, Login::Error::none, notice});
        BOOST_TEST(has(html, text), text);
        BOOST_TEST(count(html, "role=\"status\"") == 1U);
    }
}

BOOST_AUTO_TEST_CASE(logout_asks_and_admits_a_failure) {
    const auto asks = logout_page(english, {"t", "anna@b.test", "/app/", false});
    BOOST_TEST(has(asks, "anna@b.test"));
    BOOST_TEST(has(asks, "href=\"/app/\""));
    BOOST_TEST(!has(asks, "role=\"alert\""));
    const auto failed = logout_page(english, {"t", "anna@b.test", "", true});
    BOOST_TEST(has(failed, "<h1>You are still signed in</h1>"));
    BOOST_TEST(has(failed, "role=\"alert\""));
    BOOST_TEST(has(failed, "action=\"/auth/logout\"")); // to try again
    BOOST_TEST(has(failed, "href=\"/\""));
}

BOOST_AUTO_TEST_CASE(sessions_can_be_ended_but_not_this_one) {
    const auto html = sessions_page(english, some_sessions());
    BOOST_TEST(count(html, "<li>") == 2U);
    BOOST_TEST(count(html, ">This device<") == 1U);
    BOOST_TEST(count(html, "action=\"/auth/sessions/revoke\"") == 1U);
    BOOST_TEST(has(html, "name=\"handle\" value=\"h-2\""));
    const auto own = html.substr(0, html.find("Other devices"));
    BOOST_TEST(!has(own, "action=\"/auth/sessions/revoke"));
    BOOST_TEST(count(own, "action=\"/auth/sessions/name\"") == 1U);
    BOOST_TEST(count(html, "action=\"/auth/sessions/revoke-others\"") == 1U);
    BOOST_TEST(has(html, "192.0.2.1 · web"));
    BOOST_TEST(has(html, "<time datetime=\"2023-11-12T20:13:20Z\">2023-11-12 20:13 UTC</time>"), html);
    BOOST_TEST(has(html, "Unknown device"));
    BOOST_TEST(has(html, "unknown address · web · 5 minutes ago"));
    BOOST_TEST(has(html, "href=\"/auth/sessions\" aria-current=\"page\""));
}

BOOST_AUTO_TEST_CASE(nothing_to_end_with_one_session) {
    auto page = some_sessions();
    page.rows.pop_back();
    const auto html = sessions_page(english, page);
    BOOST_TEST(!has(html, "/sessions/revoke"));
    BOOST_TEST(has(html, "You’re not signed in anywhere else."));
}

BOOST_AUTO_TEST_CASE(password_fields_and_errors) {
    const auto plain = password_page(english, {"t", "anna@b.test", 15});
    BOOST_TEST(has(plain, "name=\"current_password\" type=\"password\" autocomplete=\"current-password\""));
    BOOST_TEST(has(plain, "name=\"new_password\" type=\"password\" autocomplete=\"new-password\""));
    BOOST_TEST(has(plain, "value=\"anna@b.test\" autocomplete=\"username\""));
    BOOST_TEST(has(plain, "At least 15 characters."));
    BOOST_TEST(!has(plain, "role=\"alert\""));
    BOOST_TEST(!has(plain, "aria-invalid"));

    using Error = PasswordChange::Error;
    std::set<std::string> texts;
    for (int error = 1; error <= static_cast<int>(Error::forbidden_origin); ++error) {
        const auto html = password_page(english, {"t", "anna@b.test", 15, static_cast<Error>(error), Seconds{9}});
        const auto begin = html.find("role=\"alert\"");
        BOOST_REQUIRE(begin != html.npos);
        texts.insert(html.substr(begin, html.find("</p>", begin) - begin));
        BOOST_TEST(count(html, "autofocus") == 1U);
    }
    BOOST_TEST(texts.size() == static_cast<std::size_t>(Error::forbidden_origin)); // all different
    BOOST_TEST(!texts.contains("role=\"alert\" id=\"error\">"));
}

BOOST_AUTO_TEST_CASE(account_shows_rights_one_by_one) {
    const auto html = account_page(english, {"anna@b.test", "admin", "web", true, {"orders.read", "orders.write"}});
    for (const std::string_view piece :
         {"anna@b.test", "<dd>admin</dd>", "<dd>web</dd>", ">verified<", "<span class=\"tag\">orders.read</span>",
          "<span class=\"tag\">orders.write</span>"})
        BOOST_TEST(has(html, piece), piece);
    const auto bare = account_page(english, {"anna@b.test", "", "web", false, {}});
    BOOST_TEST(count(bare, "<dt>") == 2U); // what is not there has no line
    BOOST_TEST(has(bare, "not verified"));
}

BOOST_AUTO_TEST_CASE(errors_have_a_title_a_sentence_and_a_way_on) {
    const std::pair<int, std::string_view> table[] = {{400, "This request cannot be read"},
                                                      {403, "You don’t have access"},
                                                      {404, "Page not found"},
                                                      {405, "That didn’t work"},
                                                      {413, "That’s too long"},
                                                      {415, "We couldn’t read what was sent"},
                                                      {429, "Too many attempts"},
                                                      {500, "Something went wrong"},
                                                      {503, "Temporarily unavailable"},
                                                      {418, "Something went wrong"}};
    for (const auto& [status, title] : table) {
        const auto html = error_page(english, status, "r-77");
        BOOST_TEST(has(html, "<h1>" + std::string(title) + "</h1>"), status);
        BOOST_TEST(!has(html, std::to_string(status)), status);
        BOOST_TEST(has(html, "<p class=\"hint small\">Request ID <code>r-77</code></p>"));
        const auto card = html.substr(html.find("<main"), html.find("</main>") - html.find("<main"));
        BOOST_TEST(count(card, "<a ") == 1U);
        BOOST_TEST(has(html, "href=\"/\""));
        BOOST_TEST(!has(html, "<p class=\"lead\"></p>"));
    }
    BOOST_TEST(!has(error_page(english, 404, ""), "<code>"));
}

BOOST_AUTO_TEST_CASE(the_prefix_is_the_one_that_was_given) {
    const auto html = login_page({Language::en, "/gate"}, {"t", "/", "", false});
    BOOST_TEST(has(html, "action=\"/gate/login\""));
    BOOST_TEST(has(html, "href=\"/gate/style-"));
    BOOST_TEST(!has(html, "/auth"));
}

BOOST_AUTO_TEST_CASE(browsers_are_asked_to_name_the_origin_of_our_forms) {
    const auto html = login_page(english, {"t", "/", "", false});
    const auto policy = html.find("<meta name=\"referrer\" content=\"same-origin\">");
    BOOST_REQUIRE(policy != html.npos);
    BOOST_TEST(policy > html.find("stylesheet")); // the request for the style sheet carries no referrer
}

BOOST_AUTO_TEST_CASE(every_page_looks_as_its_frame_says) {
    for (const auto theme : themes) {
        const auto attribute = "<html lang=\"en\" data-theme=\"" + std::string(theme) + "\">";
        const auto scheme = "<meta name=\"color-scheme\" content=\"" + std::string(theme) + "\">";
        for (const auto& html : every_page({Language::en, "/auth", theme}, "x")) {
            BOOST_TEST(has(html, attribute), html);
            BOOST_TEST(has(html, scheme), html);
        }
    }
    for (const auto& html : every_page(english, "x")) {
        BOOST_TEST(!has(html, "data-theme"));
        BOOST_TEST(has(html, "content=\"light dark\""));
    }
}

BOOST_AUTO_TEST_CASE(the_preferences_show_what_is_chosen) {
    const auto nothing = preferences_page(english, {"x", {}, std::nullopt, false});
    BOOST_TEST(count(nothing, " selected") == 0U); // the first choice is the browser's
    BOOST_TEST(count(nothing, "<option value=\"auto\">Same as my browser</option>") == 2U);
    BOOST_TEST(!has(nothing, "role=\"status\""));
    const auto chosen = preferences_page(in(Language::uk), {"x", "dark", Language::uk, true});
    BOOST_TEST(count(chosen, " selected") == 2U);
    BOOST_TEST(has(chosen, "<option value=\"dark\" selected>Темне</option>"));
    BOOST_TEST(has(chosen, "<option value=\"uk\" lang=\"uk\" selected>Українська</option>"));
    BOOST_TEST(has(chosen, "<option value=\"en\" lang=\"en\">English</option>"));
    BOOST_TEST(has(chosen, "<p class=\"notice\" role=\"status\">Налаштування збережено.</p>"));
}

BOOST_AUTO_TEST_CASE(the_style_sheet_knows_the_dark_by_choice_and_by_the_browser) {
    const std::string css(style_sheet());
    BOOST_TEST(count(css, "--ground: #0e1118;") == 2U);
    BOOST_TEST(has(css, ":root[data-theme=dark] {"));
    BOOST_TEST(has(css, "@media (prefers-color-scheme: dark) {\n:root:not([data-theme]) {"));
    BOOST_TEST(count(css, "{") == count(css, "}"));
}

BOOST_AUTO_TEST_CASE(the_style_sheet_needs_nothing_from_elsewhere) {
    const std::string css(style_sheet());
    BOOST_TEST(count(css, "{") == count(css, "}"));
    BOOST_TEST(!has(css, "url("));
    BOOST_TEST(!has(css, "@import"));
    BOOST_TEST(has(css, "prefers-color-scheme: dark"));
    BOOST_TEST(has(css, ":focus-visible"));
}

BOOST_AUTO_TEST_CASE(every_class_of_a_page_has_a_style) {
    const std::string css(style_sheet());
    for (const auto& html : every_page(english, "x")) {
        for (auto at = html.find("class=\""); at != html.npos; at = html.find("class=\"", at + 1)) {
            const auto begin = at + 7;
            std::istringstream names(html.substr(begin, html.find('"', begin) - begin));
            for (std::string name; names >> name;)
                BOOST_TEST(has(css, "." + name), name);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
