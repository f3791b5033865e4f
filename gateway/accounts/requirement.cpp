// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/requirement.h"

#include <algorithm>

namespace gatehouse {
namespace {

constexpr std::string_view role_prefix = "role:";
constexpr std::string_view permission_prefix = "permission:";

bool is_name(std::string_view name, std::size_t longest, std::string_view marks) {
    return !name.empty() && name.size() <= longest && std::ranges::all_of(name, [marks](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || marks.find(c) != marks.npos;
    });
}

struct Word {
    enum class Kind { role, permission, verified, unreadable };
    Kind kind = Kind::unreadable;
    std::string_view name;
};

Word read(std::string_view word) {
    if (word == "verified") return {Word::Kind::verified, {}};
    if (word.starts_with(role_prefix)) {
        const auto name = word.substr(role_prefix.size());
        if (is_role_name(name)) return {Word::Kind::role, name};
    }
    if (word.starts_with(permission_prefix)) {
        const auto name = word.substr(permission_prefix.size());
        if (is_permission_name(name)) return {Word::Kind::permission, name};
    }
    return {};
}

/// Calls `visit(Word)` for every word; false at the first unreadable word.
template <class Visit> bool for_each_word(std::string_view text, Visit visit) {
    for (;;) {
        const auto start = text.find_first_not_of(' ');
        if (start == text.npos) return true;
        text.remove_prefix(start);
        const auto word = read(text.substr(0, text.find(' ')));
        if (word.kind == Word::Kind::unreadable) return false;
        visit(word);
        text.remove_prefix(std::min(text.find(' '), text.size()));
    }
}

bool has_permission(const User& user, std::string_view name, Instant now) {
    return std::ranges::any_of(user.permissions, [&](const Permission& permission) {
        return permission.name == name && (!permission.expires_at || now < *permission.expires_at);
    });
}

bool meets(const Word& word, const User& user, Instant now) {
    switch (word.kind) {
    case Word::Kind::role: return user.role == word.name;
    case Word::Kind::permission: return has_permission(user, word.name, now);
    case Word::Kind::verified: return user.verified;
    case Word::Kind::unreadable: break;
    }
    return false;
}

} // namespace

RequirementVerdict evaluate_requirement(std::string_view text, const User& user, Instant now) {
    bool met = true;
    const bool readable = for_each_word(text, [&](const Word& word) { met = meets(word, user, now) && met; });
    if (!readable) return RequirementVerdict::unreadable;
    return met ? RequirementVerdict::met : RequirementVerdict::not_met;
}

bool lacks_only_verification(std::string_view text, const User& user, Instant now) {
    if (user.verified) return false;
    bool asks = false;
    bool rest = true;
    const bool readable = for_each_word(text, [&](const Word& word) {
        const bool this_one = word.kind == Word::Kind::verified;
        asks = asks || this_one;
        rest = rest && (this_one || meets(word, user, now));
    });
    return readable && asks && rest;
}

bool is_role_name(std::string_view name) noexcept {
    return is_name(name, 32, "_-");
}
bool is_permission_name(std::string_view name) noexcept {
    return is_name(name, 100, "_.:-");
}

} // namespace gatehouse
