// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/identifier.h"

#include "storage/legacy/legacy_values.h"

#include <algorithm>

namespace gatehouse {
namespace {

constexpr std::size_t max_address = 254; // RFC 5321: a path of 256 includes its brackets
constexpr std::size_t max_local = 64;
constexpr std::size_t max_label = 63;

bool is_lower_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_atom(std::string_view part) {
    static constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~";
    return !part.empty() && std::ranges::all_of(part, [](char c) {
        return is_lower_alnum(c) || others.find(c) != std::string_view::npos;
    });
}

bool is_label(std::string_view part) {
    return !part.empty() && part.size() <= max_label && part.front() != '-' && part.back() != '-' &&
           std::ranges::all_of(part, [](char c) { return is_lower_alnum(c) || c == '-'; });
}

template <class Good> bool all_between_dots(std::string_view text, Good good) {
    for (;;) {
        const auto dot = text.find('.');
        if (!good(text.substr(0, dot))) return false;
        if (dot == text.npos) return true;
        text.remove_prefix(dot + 1);
    }
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// Not std::tolower, because it depends on the locale.
char lower_letter(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

std::optional<std::string> canonical_email(std::string_view text) {
    text = trimmed(text);
    if (text.size() > max_address) return std::nullopt;
    std::string address(text);
    std::ranges::transform(address, address.begin(), lower_letter);
    const std::string_view all = address;
    const auto at = all.find('@');
    if (at == all.npos || at > max_local) return std::nullopt;
    if (!all_between_dots(all.substr(0, at), is_atom)) return std::nullopt;
    if (!all_between_dots(all.substr(at + 1), is_label)) return std::nullopt;
    return address;
}

std::optional<std::string> canonical_identifier(std::string_view text) {
    if (auto address = canonical_email(text)) return address;
    const auto digits = legacy::phone_digits(text);
    if (digits.empty()) return std::nullopt;
    return "+" + digits;
}

} // namespace gatehouse
