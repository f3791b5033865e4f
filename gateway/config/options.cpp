// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/options.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace gatehouse::config {

namespace {

/// How many characters must be changed, added or removed to turn one text into the other.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

} // namespace

const Option* find_option(std::string_view key) {
    for (const Section& section : sections())
        for (const Option& option : section.options)
            if (option.key == key) return &option;
    return nullptr;
}

const ContextOption* find_context_option(std::string_view key) {
    const auto found = std::ranges::find(context_options(), key, &ContextOption::key);
    return found == context_options().end() ? nullptr : &*found;
}

std::string variable_for(std::string_view key) {
    std::string name = "GATEHOUSE_";
    for (const char c : key)
        name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? static_cast<char>(std::toupper(c)) : '_';
    return name;
}

std::string variable_of(const Option& option) {
    return option.variable.empty() ? variable_for(option.key) : std::string(option.variable);
}

std::string_view nearest(std::string_view key, const std::vector<std::string_view>& known) {
    if (key.size() > 100) return {};
    std::string_view best;
    std::size_t least = std::max<std::size_t>(2, key.size() / 4) + 1; // a typing mistake or two, not another word
    for (const std::string_view candidate : known) {
        const std::size_t far = distance(key, candidate);
        if (far < least) {
            least = far;
            best = candidate;
        }
    }
    return best;
}

} // namespace gatehouse::config
