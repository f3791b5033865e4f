// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/visitor.h"

#include "gateway/accounts/requirement.h"
#include "gateway/http/percent.h"
#include "gateway/sessions/lifetime.h"

#include <algorithm>

namespace gatehouse {

http::Cookie session_cookie(const Call& call) {
    return {call.context.cookie, call.config().secure_cookies, call.context.same_site};
}

PresentedToken presented_token(const Call& call) {
    const auto found = session_cookie(call).find(call.http);
    switch (found.kind) {
    case http::CookieValue::Kind::one: return {std::string(found.value), false};
    case http::CookieValue::Kind::conflict: return {{}, true};
    case http::CookieValue::Kind::absent: break;
    }
    return {};
}

boost::asio::awaitable<Lookup> visitor(const Call& call) {
    auto presented = presented_token(call);
    if (presented.conflict) {
        Lookup refused;
        refused.verdict = Verdict::invalid;
        refused.reason = Reason::conflict;
        co_return refused;
    }
    co_return co_await call.services.sessions.check(std::move(presented.token), call.context.name, call.now);
}

bool may_enter(const Call& call, const User& user) {
    return std::ranges::all_of(call.context.require, [&](const std::string& word) {
        return evaluate_requirement(word, user, call.now) == RequirementVerdict::met;
    });
}

std::string give_cookie(const Call& call, const std::string& token, const Session& session) {
    std::optional<Seconds> max_age;
    if (session.remember) max_age = time_left(session, call.context, call.now);
    return session_cookie(call).set(token, max_age);
}

std::string login_url(const Config& config, std::string_view wanted) {
    std::string url = config.prefix + "/login";
    if (wanted.empty() || wanted == "/") return url;
    url += "?rd=";
    http::append_query_component(url, wanted);
    return url;
}

} // namespace gatehouse
