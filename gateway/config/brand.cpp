// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/brand.h"

#include "gateway/config/checks.h"
#include "gateway/config/colour.h"
#include "gateway/config/row.h"
#include "storage/values.h"

#include <algorithm>

namespace gatehouse::config {
namespace {

constexpr std::size_t longest_shown_name = 60;
constexpr std::size_t longest_page_url = 1024;

bool is_control_or_space(char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
}

/// Names stand in titles and in the subjects of mails.
Problem check_shown_name(std::string_view name) {
    const bool control = std::ranges::any_of(name, [](char c) { return c != ' ' && is_control_or_space(c); });
    if (name.size() > longest_shown_name || control || !is_storable_text(name) || name.find('{') != name.npos)
        return "must be at most 60 bytes of UTF-8 without control characters and without {";
    return std::nullopt;
}

/// A path on the same site, or an address elsewhere.
Problem check_page_url(std::string_view url) {
    if (url.starts_with('/')) return check_target(url);
    const bool known = url.starts_with("https://") || url.starts_with("http://") || url.starts_with("mailto:");
    if (!known || url.size() > longest_page_url || std::ranges::any_of(url, is_control_or_space))
        return "must be a path such as /help, or an address that begins with https://, http:// or mailto:";
    return std::nullopt;
}

Problem check_home(std::string_view url) {
    return url.starts_with("mailto:") ? Problem("must be a path, or an address that begins with https://")
                                      : check_page_url(url);
}

Problem check_colour(std::string_view text) {
    return parse_colour(text) ? Problem() : Problem("must be a colour such as #2f54c9");
}

Codec<Draft> of_brand(Codec<BrandConfig> codec) {
    return {codec.kind, [set = codec.set](Draft& draft, const Value& value) { return set(draft.brand, value); },
            [show = codec.show](const Draft& draft) { return show(draft.brand); }};
}

Row<Draft> brand_option(std::string_view key, std::string_view kind, std::string BrandConfig::*member, Check check) {
    return option(key, of_brand(text<BrandConfig>(kind, member, check)), Change::reload);
}

void check_accent(std::string_view key, const std::string& value, const Shades& shades, Colour better,
                  std::string_view theme, std::string_view change, Findings& out) {
    if (shades.legibility() >= least_contrast) return;
    out.errors.push_back(
        {std::string(key), fmt::format("{} is {}: with it, text on a button or a link of the {} theme has a contrast "
                                       "of {:.1f} : 1, and 4.5 : 1 is needed to read it. Choose a {} colour, such as "
                                       "{}",
                                       key, value, theme, shades.legibility(), change, to_text(better))});
}

} // namespace

Section brand_section() {
    using B = BrandConfig;
    return {"Name and looks of the pages",
            {brand_option("brand_name", "name", &B::name, check_shown_name)
                 .by_rule("Gatehouse on pages, the host name in mails", "\"Acme\"")
                 .help("The name beside the logo, in the title of every page and in mails. An application can have a "
                       "name of its own: display_name of its context."),
             brand_option("brand_logo", "path", &B::logo, check_absolute_path)
                 .by_rule("the logo of Gatehouse", "\"/etc/gatehouse/pages/logo.svg\"")
                 .help("An SVG or PNG file of at most 256 KiB, which pages show 32 pixels high. It is read at the "
                       "start and at a reload. Scripts in an SVG do not run."),
             brand_option("brand_logo_dark", "path", &B::logo_dark, check_absolute_path)
                 .by_rule("brand_logo", "\"/etc/gatehouse/pages/logo-dark.svg\"")
                 .help("The logo for the dark theme."),
             brand_option("brand_icon", "path", &B::icon, check_absolute_path)
                 .by_rule("the icon of Gatehouse", "\"/etc/gatehouse/pages/icon.svg\"")
                 .help("The small picture in the browser's tab: an SVG or PNG file of at most 256 KiB."),
             brand_option("brand_accent", "colour", &B::accent, check_colour)
                 .by_rule("blue", "\"#2f54c9\"")
                 .help("The colour of buttons and links, as #rrggbb. White text must be legible on it: 4.5 : 1."),
             brand_option("brand_accent_dark", "colour", &B::accent_dark, check_colour)
                 .by_rule("brand_accent, as much lighter as it has to be", "\"#8fabff\"")
                 .help("The same for the dark theme, where the text on it is dark."),
             brand_option("help_url", "address", &B::help_url, check_page_url)
                 .by_rule("none", "\"https://www.example.org/help\"")
                 .help("Where *Help* at the foot of the pages leads: a path on the site, https:// or mailto:."),
             brand_option("privacy_url", "address", &B::privacy_url, check_page_url)
                 .by_rule("none", "\"https://www.example.org/privacy\"")
                 .help("The same for *Privacy*."),
             brand_option("terms_url", "address", &B::terms_url, check_page_url)
                 .by_rule("none", "\"https://www.example.org/terms\"")
                 .help("The same for *Terms*."),
             brand_option("pages_directory", "path", &B::directory, check_absolute_path)
                 .by_rule("none", "\"/etc/gatehouse/pages\"")
                 .help("A directory with texts and templates that replace those of Gatehouse: messages.en.toml, "
                       "messages.ru.toml, messages.uk.toml and NAME.mustache. `gatehouse pages export DIRECTORY` "
                       "writes all of them; keep those that you change. With a mistake in one of them, `serve` does "
                       "not start, and a reload is refused.")}};
}

std::vector<ContextOption> brand_context_options() {
    return {option("display_name", text<ContextConfig>("name", &ContextConfig::display_name, check_shown_name),
                   Change::reload)
                .by_rule("brand_name, else the host name", "\"Acme Orders\"")
                .help("What people call this application: *Sign in to continue to Acme Orders*."),
            option("home", text<ContextConfig>("address", &ContextConfig::home, check_home), Change::reload)
                .by_rule("default_target", "\"/orders/\"")
                .help("Where *Back to Acme Orders* on the account pages leads: a path on the site, or "
                      "https://host/path.")};
}

void resolve_brand(const Draft& draft, Findings& out) {
    const auto& brand = draft.brand;
    if (const auto day = parse_colour(brand.accent))
        check_accent("brand_accent", brand.accent, day_shades(*day), legible_by_day(*day), "light", "darker", out);
    if (const auto night = parse_colour(brand.accent_dark))
        check_accent("brand_accent_dark", brand.accent_dark, night_shades(*night), legible_by_night(*night), "dark",
                     "lighter", out);
}

} // namespace gatehouse::config
