// SPDX-License-Identifier: Apache-2.0
// The question that nginx asks on every request. 204 only for a live session that meets GATE_REQUIRE; 401 only for a
// session that is certainly none; 503 for everything that could not be found out.
#include "gateway/accounts/requirement.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/visitor.h"
#include "gateway/log/log.h"

namespace gatehouse::endpoints {
namespace {

void log_decision(const Call& call, const Lookup& found, int status) {
    // People without a session and people with a live one are the normal case, and there are many.
    const bool ordinary = status == 204 || found.reason == Reason::no_token;
    const auto level = found.verdict == Verdict::unknown ? log::Level::warning
                       : ordinary                        ? log::Level::debug
                                                         : log::Level::info;
    log::write(level, "verify",
               {{"status", std::int64_t{status}},
                {"reason", name_of(found.reason)},
                {"source", found.source},
                {"context", std::string_view(call.context.name)},
                {"user", std::string_view(found.user.id)},
                {"session", std::string_view(found.session.handle)},
                {"require", call.http.require()},
                {"client", call.http.client_address()},
                {"request", call.http.request_id()},
                {"mode", call.config().mode()}});
}

std::string joined_permissions(const User& user, Instant now) {
    std::string all;
    for (const auto& permission : user.permissions) {
        if (permission.expires_at && *permission.expires_at <= now) continue;
        if (!all.empty()) all += ' ';
        all += permission.name;
    }
    return all;
}

http::Response allowed(const Call& call, const Lookup& found) {
    http::Response response(204);
    const auto expires = std::chrono::duration_cast<Seconds>(found.session.expires_at.time_since_epoch()).count();
    response.header("X-Auth-User-Id", found.user.id)
        .header("X-Auth-Email", found.user.email)
        .header("X-Auth-Role", found.user.role)
        .header("X-Auth-Permissions", joined_permissions(found.user, call.now))
        .header("X-Auth-Context", call.context.name)
        .header("X-Auth-Session", found.session.handle)
        .header("X-Auth-Expires", std::to_string(expires));
    if (found.touched && found.session.remember) {
        response.header("Set-Cookie", give_cookie(call, presented_token(call).token, found.session));
    }
    return response;
}

http::Response denied(const Call& call) {
    http::Response response(401);
    response.header("X-Gate-Login", login_url(call.config(), call.http.original_uri()));
    return response;
}

http::Response decide(const Call& call, const Lookup& found) {
    if (found.verdict == Verdict::unknown) return http::Response(503);
    if (found.verdict == Verdict::invalid) return denied(call);
    if (!may_enter(call, found.user)) return http::Response(403);
    switch (evaluate_requirement(call.http.require(), found.user, call.now)) {
    case RequirementVerdict::met: return allowed(call, found);
    case RequirementVerdict::not_met: return http::Response(403);
    case RequirementVerdict::unreadable: break;
    }
    log::error("requirement_unreadable", {{"require", call.http.require()},
                                          {"hint", "GATE_REQUIRE takes role:NAME, permission:NAME and verified"}});
    return http::Response(500);
}

} // namespace

boost::asio::awaitable<http::Response> verify(const Call& call) {
    const Lookup found = co_await visitor(call);
    auto response = decide(call, found);
    log_decision(call, found, response.status());
    co_return response;
}

} // namespace gatehouse::endpoints
