// SPDX-License-Identifier: Apache-2.0
// Goal: all languages have all texts, no text is unused, none that is used is missing, and numbers get the right form.
#include "gateway/pages/messages.h"
#include "gateway/pages/templates.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

using namespace gatehouse::pages;
using gatehouse::http::Language;

namespace {

std::string source_of(const std::string& name) {
    std::ifstream file(std::string(GATEHOUSE_SOURCE_DIR) + "/gateway/pages/" + name);
    BOOST_REQUIRE(file.good());
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

std::set<std::string> matches(const std::string& text, const char* pattern) {
    const std::regex expression(pattern);
    std::set<std::string> found;
    for (std::sregex_iterator it(text.begin(), text.end(), expression), end; it != end; ++it)
        found.insert((*it)[1]);
    return found;
}

std::set<std::string> keys_in_templates() {
    std::set<std::string> keys;
    for (const auto source : template_sources())
        keys.merge(matches(std::string(source), R"(\{\{t\.([a-z0-9_]+)\}\})"));
    return keys;
}

std::set<std::string> keys_in_code() {
    std::set<std::string> keys;
    for (const char* file : {"account.cpp", "by_mail.cpp", "pages.cpp", "relative_time.cpp", "view.cpp"})
        keys.merge(matches(source_of(file), R"re("([a-z0-9_]+)")re"));
    for (const auto& status : matches(source_of("pages.cpp"), R"((\b[45][0-9][0-9]\b))"))
        keys.merge(std::set<std::string>{"error_" + status, "error_" + status + "_hint"});
    return keys;
}

std::size_t forms_of(std::string_view text) {
    return 1 + static_cast<std::size_t>(std::ranges::count(text, '|'));
}

} // namespace

BOOST_AUTO_TEST_SUITE(texts)

BOOST_AUTO_TEST_CASE(all_languages_have_all_texts) {
    for (const auto& message : messages()) {
        const bool counts = message.en.find("{}") != message.en.npos;
        for (const auto language : {Language::en, Language::ru, Language::uk}) {
            // Whom the mail is from is no number.
            const auto words = std::regex_replace(std::string(message.in(language)), std::regex("\\{site\\}"), "");
            BOOST_TEST(!words.empty(), message.key);
            const std::size_t forms = !counts ? 1 : language == Language::en ? 2 : 3;
            BOOST_TEST(forms_of(words) == forms, message.key);
            BOOST_TEST(std::ranges::count(words, '{') == (counts ? static_cast<std::ptrdiff_t>(forms) : 0),
                       message.key);
        }
    }
}

BOOST_AUTO_TEST_CASE(translations_are_translated) {
    const std::regex cyrillic("[\xD0-\xD2]");
    const std::set<std::string_view> signs = {"device_on"};
    for (const auto& message : messages()) {
        if (signs.contains(message.key)) continue;
        BOOST_TEST(std::regex_search(std::string(message.ru), cyrillic), message.key);
        BOOST_TEST(std::regex_search(std::string(message.uk), cyrillic), message.key);
        BOOST_TEST(!std::regex_search(std::string(message.en), cyrillic), message.key);
        for (const std::string_view russian : {"ы", "э", "ё", "ъ", "Э"})
            BOOST_TEST(message.uk.find(russian) == message.uk.npos, message.key);
        for (const std::string_view ukrainian : {"і", "ї", "є", "ґ"})
            BOOST_TEST(message.ru.find(ukrainian) == message.ru.npos, message.key);
    }
}

BOOST_AUTO_TEST_CASE(keys_are_unique) {
    std::set<std::string_view> keys;
    for (const auto& message : messages())
        BOOST_TEST(keys.insert(message.key).second, message.key);
}

BOOST_AUTO_TEST_CASE(no_text_is_unused) {
    auto used = keys_in_templates();
    used.merge(keys_in_code());
    for (const auto& message : messages())
        BOOST_TEST(used.contains(std::string(message.key)), message.key);
}

BOOST_AUTO_TEST_CASE(no_text_is_missing) {
    for (const auto& key : keys_in_templates())
        BOOST_TEST(!text(Language::en, key).empty(), key);
    const auto called = matches(source_of("pages.cpp") + source_of("by_mail.cpp") + source_of("relative_time.cpp"),
                                R"re((?:return|text\([a-z.]+,|text_with\([a-z.]+,) "([a-z0-9_]+)")re");
    BOOST_TEST(called.size() > 20U);
    for (const auto& key : called)
        BOOST_TEST(!text(Language::en, key).empty(), key);
    BOOST_TEST(text(Language::en, "no_such_key").empty());
}

BOOST_AUTO_TEST_CASE(numbers_choose_the_form) {
    const std::tuple<Language, int, std::string_view> table[] = {
        {Language::en, 0, "0 minutes ago"},      {Language::en, 1, "1 minute ago"},
        {Language::en, 2, "2 minutes ago"},      {Language::en, 21, "21 minutes ago"},
        {Language::ru, 1, "1 минуту назад"},     {Language::ru, 2, "2 минуты назад"},
        {Language::ru, 4, "4 минуты назад"},     {Language::ru, 5, "5 минут назад"},
        {Language::ru, 11, "11 минут назад"},    {Language::ru, 12, "12 минут назад"},
        {Language::ru, 21, "21 минуту назад"},   {Language::ru, 22, "22 минуты назад"},
        {Language::ru, 50, "50 минут назад"},    {Language::ru, 111, "111 минут назад"},
        {Language::ru, 121, "121 минуту назад"}, {Language::uk, 1, "1 хвилину тому"},
        {Language::uk, 3, "3 хвилини тому"},     {Language::uk, 14, "14 хвилин тому"},
        {Language::uk, 31, "31 хвилину тому"},
    };
    for (const auto& [language, number, expected] : table)
        BOOST_TEST(text_with(language, "minutes_ago", number) == expected);
}

BOOST_AUTO_TEST_SUITE_END()
