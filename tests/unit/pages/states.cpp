// SPDX-License-Identifier: Apache-2.0
// Goal: pages say what has just happened, once and beside its place, name what a person can tell apart, and tell
// browsers what fits.
#include "tests/unit/pages/html.h"

#include <boost/test/unit_test.hpp>
#include <initializer_list>
#include <sstream>
#include <tuple>
#include <utility>

using namespace gatehouse;
using namespace gatehouse::pages;
using http::Language;

BOOST_AUTO_TEST_SUITE(page_states)

BOOST_AUTO_TEST_CASE(what_was_recorded_is_said_and_there_is_a_way_on) {
    using What = Recorded::What;
    const std::tuple<What, std::string_view, std::string_view> table[] = {
        {What::signed_out, "You are signed out.", "class=\"button\" href=\"/\""},
        {What::password_changed, "Your password is changed,", "class=\"button\" href=\"/auth/sessions\""},
        {What::one_ended, "That device is signed out.", "class=\"button\" href=\"/auth/sessions\""},
        {What::others_ended, "All your other devices are signed out.", "class=\"button\" href=\"/auth/sessions\""},
    };
    for (const auto& [what, words, way] : table) {
        const auto html = recorded_page(english, {what, "r-77"});
        BOOST_TEST(has(html, "<h1>Done. One server hasn’t heard yet</h1>"));
        BOOST_TEST(has(html, "<p class=\"lead\">" + std::string(words)), html);
        BOOST_TEST(has(html, way), html);
        BOOST_TEST(has(html, "<code>r-77</code>"));
        BOOST_TEST(!has(html, "503"));
        BOOST_TEST(count(html, "You are signed out.") == (what == What::signed_out ? 1U : 0U));
    }
}

BOOST_AUTO_TEST_CASE(an_end_that_failed_can_be_tried_again) {
    const auto one = not_ended_page(english, {"t", "h-2", "Firefox on Linux"});
    BOOST_TEST(has(one, "<h1>That device is still signed in</h1>"));
    BOOST_TEST(has(one, "action=\"/auth/sessions/revoke\""));
    BOOST_TEST(has(one, "name=\"handle\" value=\"h-2\""));
    const auto others = not_ended_page(english, {"t", "", ""});
    BOOST_TEST(has(others, "<h1>Your other devices are still signed in</h1>"));
    BOOST_TEST(has(others, "action=\"/auth/sessions/revoke-others\""));
    BOOST_TEST(!has(others, "name=\"handle\""));
    for (const auto& html : {one, others}) {
        BOOST_TEST(has(html, ">Try again</button>"));
        BOOST_TEST(has(html, "role=\"alert\""));
    }
}

BOOST_AUTO_TEST_CASE(an_error_about_a_password_stands_beside_its_field) {
    using Error = PasswordChange::Error;
    const auto order = [](const std::string& html, std::initializer_list<std::string_view> pieces) {
        std::size_t at = 0;
        for (const auto piece : pieces) {
            at = html.find(piece, at);
            if (at == html.npos) return false;
        }
        return true;
    };
    constexpr std::string_view current = "id=\"current\"", fresh = "id=\"new\"", alert = "role=\"alert\"";
    for (const auto error :
         {Error::too_short, Error::too_long, Error::unchanged, Error::too_common, Error::contains_identifier}) {
        const auto html = password_page(english, {"t", "anna@b.test", 15, error});
        BOOST_TEST(order(html, {current, fresh, alert, "id=\"hint\""}), html);
        BOOST_TEST(has(html, "aria-invalid=\"true\" aria-describedby=\"error hint\""));
        BOOST_TEST(has(html, "required autofocus>")); // both fields are empty: the first one comes first
        BOOST_TEST(count(html, "autofocus") == 1U);
    }
    const auto wrong = password_page(english, {"t", "anna@b.test", 15, Error::wrong_current});
    BOOST_TEST(order(wrong, {current, alert, fresh}), wrong);
    const auto busy = password_page(english, {"t", "anna@b.test", 15, Error::unavailable});
    BOOST_TEST(order(busy, {alert, "<form", current, fresh}), busy);
}

BOOST_AUTO_TEST_CASE(this_device_comes_first) {
    auto page = some_sessions();
    std::swap(page.rows[0], page.rows[1]);
    const auto html = sessions_page(english, page);
    BOOST_TEST(html.find("This device") < html.find("Other devices (1)"));
    BOOST_TEST(html.find("Other devices (1)") < html.find("Unknown device"));
    BOOST_TEST(has(html, ">Sign out 1 device</button>"));
    page.rows.push_back(page.rows[0]);
    page.rows.push_back(page.rows[0]);
    BOOST_TEST(has(sessions_page(english, page), "<h2>Other devices (3)</h2>"));
    BOOST_TEST(has(sessions_page(english, page), ">Sign out all 3</button>"));
    BOOST_TEST(has(sessions_page(in(Language::ru), page), ">Завершить все 3 сеанса</button>"));
}

BOOST_AUTO_TEST_CASE(equal_devices_have_different_names) {
    auto page = some_sessions();
    auto other = page.rows[0];
    other.current = false;
    page.rows = {page.rows[0], other, other, other};
    page.rows[3].last_activity = page.now - std::chrono::hours(2);
    const auto html = sessions_page(english, page);
    for (const std::string_view name : {"\"Sign out: Firefox on Linux, 192.0.2.1, just now\"",
                                        "\"Sign out: Firefox on Linux, 192.0.2.1, just now, 2\"",
                                        "\"Sign out: Firefox on Linux, 192.0.2.1, 2 hours ago\""})
        BOOST_TEST(count(html, name) == 1U, name << html);
}

BOOST_AUTO_TEST_CASE(a_device_is_called_as_its_owner_says) {
    auto page = some_sessions();
    page.rows[0].name = "Desk";
    page.rows[1].name = "Old <phone>";
    const auto html = sessions_page(english, page);
    BOOST_TEST(has(html, "<p class=\"name\">Desk <span"), html);
    BOOST_TEST(has(html, "<dt>Device</dt><dd>Firefox on Linux</dd>"));
    BOOST_TEST(has(html, "<p class=\"name\">Old &lt;phone&gt;</p>"));
    BOOST_TEST(has(html, "aria-label=\"Sign out: Old &lt;phone&gt;, unknown address"));
    BOOST_TEST(has(html, "name=\"device\" value=\"Old &lt;phone&gt;\""));
    BOOST_TEST(has(html, "name=\"name\" type=\"text\" value=\"Desk\" maxlength=\"40\""));
    page.notice = Sessions::Notice::named;
    BOOST_TEST(has(sessions_page(in(Language::uk), page), ">Назву збережено.</p>"));
}

BOOST_AUTO_TEST_CASE(the_device_that_has_ended_is_named) {
    auto page = some_sessions();
    page.notice = Sessions::Notice::one_ended;
    page.ended_device = "Firefox on macOS";
    BOOST_TEST(has(sessions_page(english, page), ">Firefox on macOS is signed out, everywhere, as of now.</p>"));
    BOOST_TEST(has(sessions_page(in(Language::uk), page), ">Firefox · macOS: сеанс завершено, "));
    page.ended_device = "Ann's <b>tablet</b>";
    BOOST_TEST(has(sessions_page(english, page), ">Ann&apos;s &lt;b&gt;tablet&lt;/b&gt; is signed out, everywhere,"));
    page.ended_device = "";
    BOOST_TEST(has(sessions_page(english, page), ">Unknown device is signed out, everywhere, as of now.</p>"));
}

BOOST_AUTO_TEST_CASE(login_has_one_message_or_says_where_it_leads) {
    const auto plain = login_page(english, {"t", "/", "", false, {}, {}, {}, {}, "app.example.test"});
    BOOST_TEST(has(plain, "Sign in to continue to <span class=\"who\">app.example.test</span>."));
    const auto out =
        login_page(english, {"t", "/", "", false, {}, Login::Notice::signed_out, {}, {}, "app.example.test"});
    const auto failed =
        login_page(english, {"t", "/", "", false, Login::Error::failed, {}, {}, {}, "app.example.test"});
    for (const auto& html : {out, failed}) {
        BOOST_TEST(!has(html, "class=\"lead\""), html);
        BOOST_TEST(count(html, "role=\"status\"") + count(html, "role=\"alert\"") == 1U);
    }
    BOOST_TEST(!has(login_page(english, {"t", "/", "", false}), "class=\"lead\""));
    const auto ended = login_page(english, {"t", "/", "", false, {}, Login::Notice::session_ended});
    BOOST_TEST(has(ended, "class=\"notice info\" role=\"status\">Your session has ended."), ended);
    BOOST_TEST(has(out, "class=\"notice\" role=\"status\""));
}

BOOST_AUTO_TEST_CASE(the_bars_of_the_browser_have_the_ground_of_the_page) {
    const std::string css(style_sheet());
    const std::pair<std::string_view, std::string> grounds[] = {{"light", "#f3f4f7"}, {"dark", "#0e1118"}};
    for (const auto& [theme, ground] : grounds) {
        BOOST_TEST(has(css, "--ground: " + ground + ";"), theme);
        const auto chosen = login_page({Language::en, "/auth", theme}, {"t", "/", "", false});
        BOOST_TEST(has(chosen, "<meta name=\"theme-color\" content=\"" + ground + "\">"), chosen);
        BOOST_TEST(count(chosen, "theme-color") == 1U);
        const auto free = login_page(english, {"t", "/", "", false});
        BOOST_TEST(has(free, "<meta name=\"theme-color\" content=\"" + ground +
                                 "\" media=\"(prefers-color-scheme: " + std::string(theme) + ")\">"));
    }
}

BOOST_AUTO_TEST_CASE(fields_say_what_fits) {
    BOOST_TEST(has(login_page(english, {"t", "/", "", false}), "autocomplete=\"username\" inputmode=\"email\""));
    const auto html = password_page(english, {"t", "anna@b.test", 15});
    BOOST_TEST(has(html, "autocomplete=\"new-password\" minlength=\"15\" required"), html);
    BOOST_TEST(count(html, "minlength") == 1U); // an older password may be shorter
}

BOOST_AUTO_TEST_CASE(the_style_sheet_is_named_after_its_content) {
    const std::string name(style_name());
    BOOST_TEST(name.starts_with("style-"));
    BOOST_TEST(name.ends_with(".css"));
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : style_sheet())
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    std::ostringstream digits;
    digits << std::hex << hash;
    BOOST_TEST(name == "style-" + digits.str() + ".css");
}

BOOST_AUTO_TEST_SUITE_END()
