// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/cookies.h"

#include "gateway/endpoints/current_session.h"
#include "gateway/sessions/lifetime.h"

#include <algorithm>

namespace gatehouse {

http::Cookie session_cookie(const Call& call) {
    return {call.context.cookie, call.config().secure_cookies, call.context.same_site};
}

http::Cookie older_cookie(const Call& call) {
    return http::Cookie::foreign(call.config().legacy.cookie, call.config().secure_cookies);
}

std::string give_cookie(const Call& call, const std::string& token, const Lifespan& life) {
    std::optional<Seconds> max_age;
    // A session that this request has begun has its last activity after the request's arrival.
    if (life.remember) max_age = time_left(life, call.context, std::max(call.now, life.last_activity));
    return session_cookie(call).set(token, max_age);
}

void give_cookies(const Call& call, const LoggedIn& login, http::Response& response) {
    if (!login.token.empty()) response.header("Set-Cookie", give_cookie(call, login.token, login.session));
    if (login.older_token.empty()) return;
    std::optional<Seconds> max_age;
    if (login.session.remember) max_age = call.config().legacy.lifetime;
    response.header("Set-Cookie", older_cookie(call).set(login.older_token, max_age));
}

void remove_cookies(const Call& call, http::Response& response) {
    response.header("Set-Cookie", session_cookie(call).remove());
    if (!visit_of(call).older_token.empty()) response.header("Set-Cookie", older_cookie(call).remove());
}

} // namespace gatehouse
