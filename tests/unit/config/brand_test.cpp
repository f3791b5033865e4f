// SPDX-License-Identifier: Apache-2.0
// Goal: an accent that cannot be read is refused with a colour that can, and links and names that would break a page
// are no values.
#include "gateway/config/colour.h"

#include "sources.h"

#include <boost/test/unit_test.hpp>

namespace gatehouse::config::testing {

BOOST_AUTO_TEST_SUITE(config_brand)

BOOST_AUTO_TEST_CASE(contrast_is_that_of_wcag) {
    const Colour white{255, 255, 255}, black{0, 0, 0};
    BOOST_TEST(contrast(white, black) == 21.0, boost::test_tools::tolerance(0.001));
    BOOST_TEST(contrast(black, white) == 21.0, boost::test_tools::tolerance(0.001));
    BOOST_TEST(contrast(white, white) == 1.0, boost::test_tools::tolerance(0.001));
    BOOST_TEST(contrast(white, parse_colour("#767676").value()) == 4.54, boost::test_tools::tolerance(0.01));
    BOOST_TEST(to_text(parse_colour("#2F54c9").value()) == "#2f54c9");
    for (const auto* bad : {"", "#", "2f54c9", "#2f54c", "#2f54c99", "#2f54cg", "#-f54c9", "# f54c9", "blue"})
        BOOST_TEST(!parse_colour(bad), bad);
}

BOOST_AUTO_TEST_CASE(every_accent_can_be_made_legible) {
    for (const auto* text : {"#ffffff", "#000000", "#ff0000", "#00ff00", "#ffff00", "#808080", "#2f54c9", "#f5c542"}) {
        const auto accent = parse_colour(text).value();
        BOOST_TEST(day_shades(legible_by_day(accent)).legibility() >= least_contrast, text);
        BOOST_TEST(night_shades(legible_by_night(accent)).legibility() >= least_contrast, text);
    }
    // What is good stays as it is.
    BOOST_TEST(to_text(legible_by_day(parse_colour("#2f54c9").value())) == "#2f54c9");
    BOOST_TEST(to_text(legible_by_night(parse_colour("#8fabff").value())) == "#8fabff");
}

BOOST_AUTO_TEST_CASE(an_accent_that_nobody_can_read_is_refused_with_one_that_people_can) {
    const auto yellow = joined(load_text("brand_accent = \"#f5c542\"\n").errors);
    BOOST_TEST(yellow.find("gatehouse.toml:1: brand_accent is #f5c542") != std::string::npos, yellow);
    BOOST_TEST(yellow.find("Choose a darker colour, such as #") != std::string::npos, yellow);
    const auto better = yellow.substr(yellow.find("such as #") + 8, 7);
    BOOST_TEST(joined(load_text("brand_accent = \"" + better + "\"\n").errors) == "");
    const auto navy = joined(load_text("brand_accent_dark = \"#10206a\"\n").errors);
    BOOST_TEST(navy.find("of the dark theme") != std::string::npos, navy);
    BOOST_TEST(navy.find("Choose a lighter colour") != std::string::npos, navy);
}

BOOST_AUTO_TEST_CASE(what_would_break_a_page_or_a_mail_is_no_value) {
    const auto errors = [](const std::string& line) { return joined(load_text(line + "\n").errors); };
    for (const auto* good : {"brand_name = \"Крамниця Acme\"", "help_url = \"/help\"", "help_url = \"mailto:a@b.org\"",
                             "privacy_url = \"https://example.org/p?a=b\"", "context.web.home = \"/orders/\"",
                             "context.web.home = \"https://app.example.org/\"", "brand_accent = \"#2f54c9\"",
                             "context.web.display_name = \"Acme Orders\"", "brand_logo = \"/etc/logo.svg\""})
        BOOST_TEST(errors(good) == "", good);
    for (const auto* bad :
         {"brand_name = \"a\\nb\"", "brand_name = \"{site}\"", "help_url = \"javascript:alert(1)\"",
          "help_url = \"//evil.example\"", "terms_url = \"https://a b\"", "context.web.home = \"mailto:a@b.org\"",
          "context.web.home = \"orders\"", "brand_accent = \"blue\"", "brand_logo = \"logo.svg\"",
          "context.web.display_name = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""})
        BOOST_TEST(errors(bad) != "", bad);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::config::testing
