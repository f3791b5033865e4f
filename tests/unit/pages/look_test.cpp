// SPDX-License-Identifier: Apache-2.0
// Goal: pages carry the operator's name, colours, files, texts and templates, and a mistake in one of these is named
// when it is read, so that no page is made of it.
#include "gateway/pages/look.h"

#include "gateway/pages/by_mail.h"
#include "gateway/pages/messages.h"
#include "tests/unit/pages/html.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

using namespace gatehouse;
using namespace gatehouse::pages;
using http::Language;

namespace {

/// A directory with files, and the shipped look again at the end.
class Folder {
  public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "gatehouse-pages-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~Folder() {
        std::filesystem::remove_all(path_);
        wear(load_look({}).look);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string write(const std::string& name, std::string_view text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return (path_ / name).string();
    }
    [[nodiscard]] std::string path() const { return path_.string(); }

    /// What is wrong with the directory that has only this file; empty: nothing.
    std::string problem_with(const std::string& name, std::string_view text) const {
        const auto file = write(name, text);
        BrandConfig brand;
        brand.directory = path();
        const auto loaded = load_look(brand);
        std::filesystem::remove(file);
        BOOST_TEST((loaded.look == nullptr) == !loaded.problems.empty());
        std::string all;
        for (const auto& problem : loaded.problems)
            all += problem + "\n";
        return all;
    }

  private:
    std::filesystem::path path_;
};

std::string shipped(std::string_view name) {
    for (const auto& file : shipped_files())
        if (file.name == name) return file.content;
    return {};
}

std::string replaced(std::string text, std::string_view piece, std::string_view other) {
    const auto at = text.find(piece);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, piece.size(), other);
}

constexpr std::string_view tiny_svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0\"/></svg>";
constexpr std::string_view tiny_png = "\x89PNG\r\n\x1a\nxyz";

} // namespace

BOOST_AUTO_TEST_SUITE(page_looks)

BOOST_AUTO_TEST_CASE(pages_and_mails_carry_the_name) {
    const Folder folder;
    BOOST_TEST(has(login_page(english, {"t", "/", "", false}), "<title>Sign in · Gatehouse</title>"));
    BrandConfig brand;
    brand.name = "Acme & Söhne";
    brand.accent = "#8a1f1f";
    brand.help_url = "https://example.org/help";
    wear(load_look(brand).look);
    const auto html = login_page(english, {"t", "/", "", false});
    BOOST_TEST(has(html, "<title>Sign in · Acme &amp; Söhne</title>"), html);
    BOOST_TEST(!has(html, "Gatehouse"));
    BOOST_TEST(has(html, "<a href=\"https://example.org/help\">Help</a>"));
    BOOST_TEST(!has(html, "Privacy"));
    BOOST_TEST(has(mail_text(Language::en, MailKind::new_device, "Acme", "https://x.test").html, "background:#8a1f1f"));
}

BOOST_AUTO_TEST_CASE(the_way_back_is_that_of_the_application) {
    Frame frame = english;
    frame.app = "Acme Orders";
    frame.home = "/orders/?a=1&b=2";
    const auto html = account_page(frame, {"anna@b.test", "", "", true, {}});
    BOOST_TEST(has(html, "<a class=\"home\" href=\"/orders/?a=1&amp;b=2\"><span aria-hidden=\"true\">←</span> Back to "
                         "Acme Orders</a>"),
               html);
    BOOST_TEST(!has(login_page(frame, {"t", "/", "", false}), "class=\"home\""));
    BOOST_TEST(has(error_page(frame, 404, ""), "href=\"/orders/?a=1&amp;b=2\">Go to the start page"));
}

BOOST_AUTO_TEST_CASE(the_accent_is_in_the_style_sheet_and_in_its_name) {
    const Folder folder;
    const std::string before(style_name());
    BrandConfig brand;
    brand.accent = "#8a1f1f";
    wear(load_look(brand).look);
    BOOST_TEST(style_name() != before);
    const std::string css(style_sheet());
    BOOST_TEST(count(css, "--accent: #8a1f1f;") == 1U); // by day
    BOOST_TEST(!has(css, "#2f54c9"));
    BOOST_TEST(!has(css, "#8fabff")); // the night follows from the day
    BOOST_TEST(count(css, "{") == count(css, "}"));
    brand.accent_dark = "#ffb0a0";
    wear(load_look(brand).look);
    BOOST_TEST(count(std::string(style_sheet()), "--accent: #ffb0a0;") == 2U);
}

BOOST_AUTO_TEST_CASE(a_logo_is_shown_by_day_and_by_night) {
    const Folder folder;
    BrandConfig brand;
    brand.logo = folder.write("logo.svg", tiny_svg);
    wear(load_look(brand).look);
    const auto day = look().file("logo")->name;
    BOOST_TEST(has(login_page(english, {"t", "/", "", false}), "<picture><img class=\"logo\" src=\"/auth/" + day));
    brand.logo_dark = folder.write("dark.png", tiny_png);
    wear(load_look(brand).look);
    const auto night = look().file("logo-dark")->name;
    BOOST_TEST(night.ends_with(".png"));
    BOOST_TEST(has(login_page(english, {"t", "/", "", false}), "srcset=\"/auth/" + night));
    const auto chosen = login_page({Language::en, "/auth", "dark"}, {"t", "/", "", false});
    BOOST_TEST(has(chosen, "<picture><img class=\"logo\" src=\"/auth/" + night), chosen);
    BOOST_TEST(!has(chosen, "srcset"));
}

BOOST_AUTO_TEST_CASE(a_picture_that_is_none_is_named) {
    const Folder folder;
    const std::pair<std::string, std::string_view> bad[] = {{"", "cannot be read"},
                                                            {"plain text", "neither SVG nor PNG"},
                                                            {std::string(300'000, 'x'), "larger than 256 KiB"}};
    for (const auto& [content, words] : bad) {
        BrandConfig brand;
        brand.icon = content.empty() ? folder.path() + "/missing.svg" : folder.write("icon.svg", content);
        const auto loaded = load_look(brand);
        BOOST_TEST(loaded.look == nullptr);
        BOOST_TEST_REQUIRE(loaded.problems.size() == 1U);
        BOOST_TEST(has(loaded.problems.front(), words), loaded.problems.front());
        BOOST_TEST(has(loaded.problems.front(), "brand_icon"));
    }
}

BOOST_AUTO_TEST_CASE(what_is_exported_can_be_used_as_it_is) {
    const Folder folder;
    const auto before = login_page(english, {"t", "/", "", false});
    for (const auto& [name, content] : shipped_files())
        folder.write(name, content);
    BrandConfig brand;
    brand.directory = folder.path();
    const auto loaded = load_look(brand);
    for (const auto& problem : loaded.problems)
        BOOST_ERROR(problem);
    BOOST_TEST_REQUIRE(loaded.look != nullptr);
    wear(loaded.look);
    BOOST_TEST(login_page(english, {"t", "/", "", false}) == before);
}

BOOST_AUTO_TEST_CASE(texts_and_templates_of_an_operator_replace_shipped_ones) {
    const Folder folder;
    folder.write("messages.uk.toml", "login_title = \"Заходьте\"\nminutes_ago = \"{} а|{} б|{} в\"\n");
    folder.write("dead_link.mustache", "<h1>{{title}}</h1>\n<p class=\"lead\">Ask the desk: {{t.back_to_login}}</p>\n");
    BrandConfig brand;
    brand.directory = folder.path();
    const auto loaded = load_look(brand);
    BOOST_TEST_REQUIRE(loaded.look != nullptr);
    wear(loaded.look);
    BOOST_TEST(has(login_page(in(Language::uk), {"t", "/", "", false}), "<h1>Заходьте</h1>"));
    BOOST_TEST(has(login_page(english, {"t", "/", "", false}), "<h1>Sign in</h1>"));
    BOOST_TEST(text_with(Language::uk, "minutes_ago", 5) == "5 в");
    BOOST_TEST(has(dead_link_page(english, ByMail::reset_password), "Ask the desk: Back to sign-in"));
}

BOOST_AUTO_TEST_CASE(a_mistake_in_a_text_is_named_with_its_line) {
    const Folder folder;
    const std::pair<std::string_view, std::string_view> bad[] = {
        {"login_titel = \"x\"", "/messages.en.toml:1: unknown text login_titel: did you mean login_title?"},
        {"login_title = 7", "login_title must be a text"},
        {"login_title = \"\"", "login_title must be a text"},
        {"\nminutes_ago = \"{} min\"", "messages.en.toml:2: minutes_ago must have 2 forms"},
        {"minutes_ago = \"a|b\"", "minutes_ago must have {}"},
        {"back_to = \"Back\"", "back_to must have {site}"},
        {"login_title = Anmelden", "messages.en.toml:1:"},
        {"[context.web]\nlogin_title = \"x\"", "unknown text"},
    };
    for (const auto& [text, words] : bad)
        BOOST_TEST(has(folder.problem_with("messages.en.toml", text), words),
                   text << ": " << folder.problem_with("messages.en.toml", text));
    BOOST_TEST(has(folder.problem_with("messages.de.toml", "login_title = \"x\""), "replaces nothing"));
}

BOOST_AUTO_TEST_CASE(a_broken_template_is_named) {
    const Folder folder;
    const auto login = shipped("login.mustache"), layout = shipped("layout.mustache");
    const std::tuple<std::string, std::string, std::string_view> bad[] = {
        {"login.mustache", login + "{{#open}}", "names {{open}}"},
        {"login.mustache", login + "{{#error}}", "is no template"},
        {"login.mustache", login + "{{title", "is no template"},
        {"login.mustache", login + "{{t.no_such_text}}", "names {{t.no_such_text}}"},
        {"login.mustache", login + "{{{identifier}}}", "without escaping"},
        {"login.mustache", login + "{{&identifier}}", "without escaping"},
        {"login.mustache", login + "{{>layout}}", "does not know"},
        {"login.mustache", replaced(login, "{{csrf}}", ""), "lacks {{csrf}}"},
        {"login.mustache", replaced(login, "name=\"rd\"", ""), "lacks name=\"rd\""},
        {"layout.mustache", replaced(layout, "{{{content}}}", ""), "lacks {{content}}"},
        {"layout.mustache", layout + "{{{title}}}", "without escaping"},
        {"logon.mustache", login, "replaces nothing"},
    };
    for (const auto& [name, text, words] : bad)
        BOOST_TEST(has(folder.problem_with(name, text), words), words << ": " << folder.problem_with(name, text));
    BOOST_TEST(folder.problem_with("login.mustache", login + "{{! a remark }}<p>{{t.login_title}}</p>") == "");
    BOOST_TEST(folder.problem_with("notes.txt", "anything") == "");
    BrandConfig nowhere;
    nowhere.directory = folder.path() + "/missing";
    BOOST_TEST(load_look(nowhere).look == nullptr);
}

BOOST_AUTO_TEST_CASE(strangers_can_choose_the_language) {
    const auto plain = login_page(english, {"t", "/app/?a=1", "", false});
    BOOST_TEST(has(plain, "<a href=\"/auth/login?lang=uk&amp;rd=%2Fapp%2F%3Fa%3D1\" lang=\"uk\" hreflang=\"uk\">"),
               plain);
    BOOST_TEST(has(plain, "lang=\"en\" hreflang=\"en\" aria-current=\"true\""));
    BOOST_TEST(has(plain, "action=\"/auth/login\""));
    Frame chosen = in(Language::uk);
    chosen.in_query = true;
    const auto html = login_page(chosen, {"t", "/", "", false, {}, {}, {}, {}, {}, true, true});
    for (const std::string_view address : {"action=\"/auth/login?lang=uk\"", "href=\"/auth/password/forgot?lang=uk\"",
                                           "href=\"/auth/register?lang=uk\""})
        BOOST_TEST(has(html, address), address);
    BOOST_TEST(!has(account_page(english, {"a@b.test", "", "", true, {}}), "class=\"languages\""));
}

BOOST_AUTO_TEST_SUITE_END()
