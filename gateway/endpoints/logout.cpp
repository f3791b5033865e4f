// SPDX-License-Identifier: Apache-2.0
// Signing out. A GET only asks. The cookie is cleared when the end is certain; if it is not, the answer says so and the
// cookie stays, so that the person can try again.
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/submission.h"
#include "gateway/endpoints/visitor.h"
#include "gateway/http/form.h"
#include "gateway/http/json.h"
#include "gateway/http/redirect_target.h"
#include "gateway/log/log.h"
#include "gateway/sessions/token.h"

namespace gatehouse::endpoints {
namespace {

constexpr std::string_view form = "logout";

http::Response signed_out(const Call& call) {
    http::Response response;
    if (prefers_json(call)) {
        response = http::json_response(200, http::JsonObject{}.add("status", "signed_out"));
    } else {
        response = redirect(call.config().prefix + "/login?notice=signed_out");
    }
    response.header("Set-Cookie", session_cookie(call).remove());
    return response;
}

http::Response not_signed_out(const Call& call, const std::string& token) {
    http::Response response;
    if (prefers_json(call)) {
        response = http::json_error(503, "not_signed_out",
                                    "The session could not be ended. You are still signed in; try again.");
    } else {
        pages::Logout content;
        content.csrf = form_token(call, form, stored_id(token));
        content.target = call.context.default_target;
        content.failed = true;
        response = page(503, pages::logout_page(frame_of(call), content));
    }
    response.header("Retry-After", "2");
    return response;
}

} // namespace

boost::asio::awaitable<http::Response> logout_page(const Call& call) {
    const auto found = co_await visitor(call);
    if (found.verdict == Verdict::invalid) co_return redirect(login_url(call.config(), {}));
    const auto wanted = http::query_value(call.http.query(), "rd").value_or("");
    // Also without knowing who it is: an outage must not keep anybody from trying to sign out.
    pages::Logout content;
    content.csrf = form_token(call, form, stored_id(presented_token(call).token));
    content.email = found.user().email;
    content.target = http::safe_target(wanted, call.context.default_target, call.config().prefix);
    co_return page(200, pages::logout_page(frame_of(call), content));
}

boost::asio::awaitable<http::Response> logout(const Call& call) {
    const auto presented = presented_token(call);
    // Two different session cookies: one of them may be somebody else's doing. Nothing is ended, and nothing is
    // claimed.
    if (presented.conflict) {
        co_return failure(call, 400, "cookie_conflict",
                          "The browser sent two session cookies. Delete the cookies of this site.");
    }
    const bool ours = call.settings->tokens.minted_here(presented.token, call.context.name);
    const auto submission = read_submission(call, form, ours ? stored_id(presented.token) : std::string{});
    // Without a session of ours there is nothing that a forged request could end.
    const bool harmless = !ours && submission.trouble == Submission::Trouble::token;
    if (!submission.ok() && !harmless) co_return refuse(call, submission);
    if (!ours) co_return signed_out(call);
    const auto outcome = co_await call.services.sessions.end(presented.token, call.context.name, wall_now());
    log::info("logout", {{"outcome", name_of(outcome)},
                         {"context", std::string_view(call.context.name)},
                         {"client", call.http.client_address()},
                         {"request", call.http.request_id()},
                         {"mode", call.config().mode()}});
    if (outcome == EndOutcome::failed) co_return not_signed_out(call, presented.token);
    if (outcome != EndOutcome::unconfirmed) co_return signed_out(call);
    auto recorded = not_confirmed(call);
    recorded.header("Set-Cookie", session_cookie(call).remove());
    co_return recorded;
}

} // namespace gatehouse::endpoints
