// SPDX-License-Identifier: Apache-2.0
// The cookies that carry a session: Gatehouse's own and, with an older system, the older cookie. Loop thread.
#pragma once

#include "gateway/endpoints/endpoint.h"
#include "gateway/http/cookie.h"

#include <string>

namespace gatehouse {

/// Gatehouse's cookie of the call's context.
[[nodiscard]] http::Cookie session_cookie(const Call& call);
/// The older system's cookie.
[[nodiscard]] http::Cookie older_cookie(const Call& call);

/// The Set-Cookie value that gives a session's cookie to the browser, or renews the cookie.
[[nodiscard]] std::string give_cookie(const Call& call, const std::string& token, const Lifespan& life);
/// Sets the cookies of a new session: Gatehouse's own, and the older cookie if the older system was told of the
/// session.
void give_cookies(const Call& call, const LoggedIn& login, http::Response& response);
/// Removes the session's cookie from the browser, and the older cookie if the browser has sent one.
void remove_cookies(const Call& call, http::Response& response);

} // namespace gatehouse
