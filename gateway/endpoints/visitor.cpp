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

SessionService::Recalled recall_visitor(const Call& call) {
    const auto presented = session_cookie(call).find(call.http);
    if (presented.kind == http::CookieValue::Kind::conflict) {
        Lookup refused;
        refused.verdict = Verdict::invalid;
        refused.reason = Reason::conflict;
        return {std::move(refused), {}};
    }
    return call.services.sessions.recall(presented.value, call.context, call.now);
}

boost::asio::awaitable<Lookup> visitor(const Call& call) {
    auto recalled = recall_visitor(call);
    if (recalled.found) co_return *std::move(recalled.found);
    co_return co_await call.services.sessions.look_up(recalled.id, call.context.name, call.now);
}

bool may_enter(const Call& call, const User& user) {
    return std::ranges::all_of(call.context.require, [&](const std::string& word) {
        return evaluate_requirement(word, user, call.now) == RequirementVerdict::met;
    });
}

std::string give_cookie(const Call& call, const std::string& token, const Lifespan& life, bool remember) {
    std::optional<Seconds> max_age;
    if (remember) max_age = time_left(life, call.context, call.now);
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
