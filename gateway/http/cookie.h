// SPDX-License-Identifier: Apache-2.0
// Cookies: reading one cookie of a request, and the lines that set and delete a cookie. Pure; loop thread.
#pragma once

#include "gateway/http/message.h"
#include "storage/instant.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::http {

/// What a request says about one cookie.
struct CookieValue {
    enum class Kind {
        absent,
        one,     ///< one value, or the same value several times
        conflict ///< different values: an attacker may have planted one, so neither counts
    };
    Kind kind = Kind::absent;
    std::string_view value; ///< of `one`; points into the request
};

/// Searches all Cookie lines. Pairs are separated by ';' only. Spaces and tabs around a pair are not part of the pair;
/// those before the '=' are part of the name (so the name does not match). Quotes belong to the value. Names are
/// case-sensitive. A pair without '=' has no name. Linear, allocates nothing.
[[nodiscard]] CookieValue find_cookie(const Request& request, std::string_view name) noexcept;

/// One of our cookies. Setting and deleting use the same name and flags; otherwise the browser would keep the cookie.
class Cookie {
  public:
    /// With `secure` the name gets the prefix __Host- and the cookie the flag Secure. `same_site` is Lax or Strict.
    Cookie(std::string_view base_name, bool secure, std::string_view same_site = "Lax");
    /// A cookie of another application: its name gets no prefix.
    [[nodiscard]] static Cookie foreign(std::string_view name, bool secure);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] CookieValue find(const Request& request) const noexcept { return find_cookie(request, name_); }

    /// Values of Set-Cookie headers. Without max_age the cookie ends with the browser. `value` must consist of cookie
    /// octets (base64url does).
    [[nodiscard]] std::string set(std::string_view value, std::optional<Seconds> max_age) const;
    [[nodiscard]] std::string remove() const;

  private:
    std::string name_;
    std::string flags_; ///< "; Path=/; …"
};

} // namespace gatehouse::http
