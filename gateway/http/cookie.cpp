// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/cookie.h"

#include "gateway/http/list_header.h"

namespace gatehouse::http {
namespace {

/// Adds one more value to the result.
void note(CookieValue& found, std::string_view value) {
    if (found.kind == CookieValue::Kind::absent) {
        found = {CookieValue::Kind::one, value};
    } else if (found.value != value) {
        found = {CookieValue::Kind::conflict, {}};
    }
}

void search_line(CookieValue& found, std::string_view line, std::string_view name) {
    while (!line.empty() && found.kind != CookieValue::Kind::conflict) {
        const auto pair = trim_blanks(take_until(line, ';'));
        if (pair.size() > name.size() && pair[name.size()] == '=' && pair.substr(0, name.size()) == name)
            note(found, trim_blanks(pair.substr(name.size() + 1)));
    }
}

} // namespace

CookieValue find_cookie(const Request& request, std::string_view name) noexcept {
    CookieValue found;
    for (const auto& param : request.params())
        if (param.name == "HTTP_COOKIE") search_line(found, param.value, name);
    return found;
}

Cookie::Cookie(std::string_view base_name, bool secure, std::string_view same_site)
    : name_(secure ? "__Host-" : ""),
      flags_(secure ? "; Path=/; Secure; HttpOnly; SameSite=" : "; Path=/; HttpOnly; SameSite=") {
    name_.append(base_name);
    flags_.append(same_site);
}

Cookie Cookie::foreign(std::string_view name, bool secure) {
    Cookie cookie(name, secure);
    cookie.name_ = name;
    return cookie;
}

std::string Cookie::set(std::string_view value, std::optional<Seconds> max_age) const {
    std::string line = name_;
    line.append("=").append(value).append(flags_);
    if (max_age) line.append("; Max-Age=").append(std::to_string(max_age->count()));
    return line;
}

std::string Cookie::remove() const {
    return set("", Seconds{0});
}

} // namespace gatehouse::http
