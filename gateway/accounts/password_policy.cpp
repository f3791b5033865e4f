// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/password_policy.h"
#include "gateway/accounts/common_passwords.h"
#include "gateway/accounts/utf8.h"

#include <algorithm>
#include <optional>
#include <sodium.h>
#include <string>

namespace gatehouse {
namespace {

/// The password in code points, wiped at the end. Its buffer is reserved once, because growing would leave a copy
/// behind.
struct CodePoints {
    explicit CodePoints(std::size_t room) { text.reserve(room); }
    CodePoints(const CodePoints&) = delete;
    CodePoints& operator=(const CodePoints&) = delete;
    ~CodePoints() { sodium_memzero(text.data(), text.size() * sizeof(char32_t)); }

    bool read(std::string_view utf8) {
        while (!utf8.empty()) {
            const auto code_point = take_code_point(utf8);
            if (!code_point) return false;
            text.push_back(*code_point);
        }
        return true;
    }

    std::u32string text;
};

/// A shorter name is too likely to be part of an innocent word.
constexpr std::size_t shortest_name = 4;

/// `email` is canonical, so only the password's letters need lowering.
bool contains_name(std::string_view password, std::string_view email) {
    auto name = email.substr(0, email.find('@'));
    if (name.size() < shortest_name) name = email;
    if (name.empty()) return false;
    const auto same = [](char in_password, char in_name) {
        const bool upper = in_password >= 'A' && in_password <= 'Z';
        return (upper ? static_cast<char>(in_password - 'A' + 'a') : in_password) == in_name;
    };
    return !std::ranges::search(password, name, same).empty();
}

} // namespace

PasswordVerdict check_password(std::string_view password, std::size_t min_length, std::string_view email) {
    if (password.size() > max_password_bytes) return PasswordVerdict::too_long;
    if (password.find('\0') != password.npos) return PasswordVerdict::has_nul;
    CodePoints points(password.size());
    if (!points.read(password)) return PasswordVerdict::not_utf8;
    if (points.text.size() > max_password_code_points) return PasswordVerdict::too_long;
    if (points.text.size() < min_length) return PasswordVerdict::too_short;
    if (contains_name(password, email)) return PasswordVerdict::contains_identifier;
    if (is_common_password(points.text)) return PasswordVerdict::too_common;
    return PasswordVerdict::ok;
}

std::string_view to_string(PasswordVerdict verdict) noexcept {
    switch (verdict) {
    case PasswordVerdict::ok: return "ok";
    case PasswordVerdict::too_short: return "password_too_short";
    case PasswordVerdict::too_long: return "password_too_long";
    case PasswordVerdict::too_common: return "password_too_common";
    case PasswordVerdict::contains_identifier: return "password_contains_identifier";
    case PasswordVerdict::not_utf8: return "password_not_utf8";
    case PasswordVerdict::has_nul: return "password_has_nul";
    }
    return "password_refused";
}

} // namespace gatehouse
