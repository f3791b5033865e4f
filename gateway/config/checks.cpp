// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/checks.h"

#include <algorithm>
#include <sys/un.h>

namespace gatehouse::config {

namespace {

constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view digits = "0123456789";

bool consists_of(std::string_view text, std::initializer_list<std::string_view> alphabets) {
    return std::ranges::all_of(text, [&](char c) {
        return std::ranges::any_of(alphabets,
                                   [c](std::string_view set) { return set.find(c) != std::string_view::npos; });
    });
}

bool has_control_character(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// Accepts the names that accounts/requirement.h understands.
bool is_role_name(std::string_view name) {
    return !name.empty() && name.size() <= 32 && consists_of(name, {lower, digits, "_-"});
}

bool is_permission_name(std::string_view name) {
    return !name.empty() && name.size() <= 100 && consists_of(name, {lower, digits, "_.:-"});
}

} // namespace

bool is_context_name(std::string_view name) {
    return !name.empty() && name.size() <= 32 && lower.find(name.front()) != std::string_view::npos &&
           consists_of(name, {lower, digits, "-"});
}

Problem check_cookie_name(std::string_view name) {
    if (name.empty() || name.size() > 64) return "must have 1 to 64 characters";
    if (!consists_of(name, {lower, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", digits, "_-."}))
        return "may hold letters, digits, '_', '-' and '.' only";
    if (name.starts_with("__"))
        return "must not begin with __: __Host- is put in front of it if secure_cookies is true";
    return std::nullopt;
}

Problem check_prefix(std::string_view prefix) {
    const bool shape = prefix.size() >= 2 && prefix.size() <= 64 && prefix.front() == '/' && prefix.back() != '/' &&
                       prefix.find("//") == std::string_view::npos && consists_of(prefix, {lower, digits, "/_-"});
    if (!shape) return "must look like /auth: lower-case letters, digits, '_' and '-', no slash at the end";
    return std::nullopt;
}

Problem check_target(std::string_view target) {
    if (!target.starts_with('/') || target.starts_with("//") || target.size() > 1024)
        return "must be a path on the same site, such as / or /account";
    if (target.find('\\') != std::string_view::npos || target.find(' ') != std::string_view::npos ||
        has_control_character(target))
        return "must not contain spaces, backslashes or control characters";
    return std::nullopt;
}

Problem check_requirement(std::string_view word) {
    if (word == "verified") return std::nullopt;
    if (word.starts_with("role:") && is_role_name(word.substr(5))) return std::nullopt;
    if (word.starts_with("permission:") && is_permission_name(word.substr(11))) return std::nullopt;
    return "takes the words verified, role:NAME and permission:NAME (lower case)";
}

Problem check_absolute_path(std::string_view path) {
    if (!path.starts_with('/')) return "must be an absolute path";
    if (has_control_character(path)) return "must not contain control characters";
    if (path.size() > 4000) return "is longer than a path can be";
    return std::nullopt;
}

Problem check_socket_path(std::string_view path) {
    if (auto problem = check_absolute_path(path)) return problem;
    if (path.size() >= sizeof(sockaddr_un::sun_path)) return "is longer than the 107 bytes that a unix socket can have";
    return std::nullopt;
}

Problem check_group(std::string_view name) {
    if (name.size() > 32 || has_control_character(name) || name.find_first_of(": /") != std::string_view::npos)
        return "is no name of a group";
    return std::nullopt;
}

Problem check_context_name(std::string_view name) {
    if (!is_context_name(name)) return "must be a context name: a lower-case letter, then up to 31 of a-z, 0-9 and '-'";
    return std::nullopt;
}

Problem check_role(std::string_view name) {
    if (!is_role_name(name)) return "takes names of roles (lower case)";
    return std::nullopt;
}

} // namespace gatehouse::config
