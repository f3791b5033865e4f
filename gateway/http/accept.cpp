// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/accept.h"

#include "gateway/http/list_header.h"

#include <array>
#include <boost/url/grammar/ci_string.hpp>

namespace gatehouse::http {
namespace {

using boost::urls::grammar::ci_is_equal;

struct Preference {
    std::string_view range;
    int weight; ///< in thousandths, because q= has at most three digits
};

/// "0.5" is 500, "1" is 1000. A malformed weight is 0: the range then counts as unwanted and not as most wanted.
int parse_weight(std::string_view text) {
    constexpr std::size_t longest = 5; // 0.123
    if (text.empty() || text.size() > longest || (text[0] != '0' && text[0] != '1')) return 0;
    int weight = text[0] == '1' ? 1000 : 0;
    if (text.size() > 1 && text[1] != '.') return 0;
    int place = 100;
    for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
        if (digit < '0' || digit > '9') return 0;
        weight += (digit - '0') * place;
        place /= 10;
    }
    return std::min(weight, 1000);
}

/// Removes the next range and its weight from a list and returns them.
Preference take_preference(std::string_view& list) {
    auto item = take_until(list, ',');
    Preference preference{trim_blanks(take_until(item, ';')), 1000};
    while (!item.empty()) {
        auto parameter = trim_blanks(take_until(item, ';'));
        if (ci_is_equal(trim_blanks(take_until(parameter, '=')), std::string_view("q")))
            preference.weight = parse_weight(trim_blanks(parameter));
    }
    return preference;
}

/// How much a media type is preferred: the most specific range that covers the type decides.
struct Liking {
    int weight = 0;
    int specificity = -1; ///< 0: */*, 1: text/*, 2: text/html

    void consider(const Preference& preference, int how_specific) {
        if (how_specific < specificity) return;
        weight = preference.weight;
        specificity = how_specific;
    }
};

/// application/problem+json and others of which the name says that they are JSON.
bool is_kind_of_json(std::string_view range) {
    constexpr std::string_view family = "application/", suffix = "+json";
    return range.size() > family.size() + suffix.size() && ci_is_equal(range.substr(0, family.size()), family) &&
           ci_is_equal(range.substr(range.size() - suffix.size()), suffix);
}

/// The greatest weight of such a format.
int kinds_of_json(std::string_view accept) {
    int weight = 0;
    while (!accept.empty()) {
        const auto preference = take_preference(accept);
        if (is_kind_of_json(preference.range)) weight = std::max(weight, preference.weight);
    }
    return weight;
}

Liking liking(std::string_view accept, std::string_view type) {
    const auto family = type.substr(0, type.find('/') + 1);
    Liking found;
    while (!accept.empty()) {
        const auto preference = take_preference(accept);
        const auto range = preference.range;
        if (ci_is_equal(range, type)) {
            found.consider(preference, 2);
        } else if (range.ends_with("/*") && ci_is_equal(range.substr(0, range.size() - 1), family)) {
            found.consider(preference, 1);
        } else if (range == "*/*") {
            found.consider(preference, 0);
        }
    }
    return found;
}

} // namespace

bool wants_json(std::string_view accept) {
    auto json = liking(accept, "application/json");
    if (const auto kinds = kinds_of_json(accept); kinds > 0) json = {std::max(json.weight, kinds), 2};
    const auto html = liking(accept, "text/html");
    if (json.weight != html.weight) return json.weight > html.weight;
    return json.weight > 0 && json.specificity == 2 && html.specificity < 2;
}

Language choose_language(std::string_view accept_language) {
    auto best = Language::en;
    int best_weight = 0;
    while (!accept_language.empty()) {
        const auto preference = take_preference(accept_language);
        if (preference.weight <= best_weight) continue;
        const auto primary = preference.range.substr(0, preference.range.find('-'));
        for (const auto language : all_languages) {
            if (!ci_is_equal(primary, code_of(language))) continue;
            best = language;
            best_weight = preference.weight;
        }
    }
    return best;
}

std::string_view code_of(Language language) noexcept {
    constexpr std::array<std::string_view, 3> codes = {"en", "ru", "uk"};
    return codes[static_cast<std::size_t>(language)];
}

std::optional<Language> language_of(std::string_view code) noexcept {
    for (const auto language : all_languages)
        if (code_of(language) == code) return language;
    return std::nullopt;
}

} // namespace gatehouse::http
