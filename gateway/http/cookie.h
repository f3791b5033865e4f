// SPDX-License-Identifier: Apache-2.0
// Cookies: reading one of ours out of a request, and the lines that set and delete it. Pure; loop thread.
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
        conflict ///< different values: somebody may have planted one, so neither counts
    };
    Kind kind = Kind::absent;
    std::string_view value; ///< of `one`; points into the request
};

/// Looks through all Cookie lines. Pairs are separated by ';' alone; spaces and tabs around a pair are not part of it,
/// those before the '=' are (so the name does not match); quotes belong to the value; names are case-sensitive; a pair
/// without
/// '=' has no name. Linear, allocates nothing.
[[nodiscard]] CookieValue find_cookie(const Request& request, std::string_view name) noexcept;

/// One of our cookies. Setting and deleting it always use the same name and flags, or the browser would keep it.
class Cookie {
  public:
    /// With `secure` the name gets the prefix __Host- and the cookie the flag Secure. `same_site` is Lax or Strict.
    Cookie(std::string_view base_name, bool secure, std::string_view same_site = "Lax");
    /// One of another application: its name is as it is.
    [[nodiscard]] static Cookie foreign(std::string_view name, bool secure);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] CookieValue find(const Request& request) const noexcept { return find_cookie(request, name_); }

    /// Values of Set-Cookie headers. Without max_age the cookie ends with the browser. `value` must be made of cookie
    /// octets (base64url is).
    [[nodiscard]] std::string set(std::string_view value, std::optional<Seconds> max_age) const;
    [[nodiscard]] std::string remove() const;

  private:
    std::string name_;
    std::string flags_; ///< "; Path=/; …"
};

} // namespace gatehouse::http
