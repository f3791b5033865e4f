// SPDX-License-Identifier: Apache-2.0
// Signing out. A GET only asks. The cookie is cleared when the end is certain; if it is not, the answer says so and the
// cookie stays, so that the person can try again.
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/ending.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/submission.h"
#include "gateway/endpoints/visitor.h"
#include "gateway/http/form.h"
#include "gateway/http/json.h"
#include "gateway/http/redirect_target.h"
#include "gateway/log/log.h"
#include "gateway/sessions/token.h"

#include <algorithm>

namespace gatehouse::endpoints {
namespace {

constexpr std::string_view form = "logout";

std::string binding(const std::string& token) {
    return token.empty() ? std::string{} : stored_id(token);
}

/// Each ends what it stands for; often that is the same session. As good as the worse of both.
boost::asio::awaitable<EndOutcome> end_both(const Call& call, std::string ours, std::string old) {
    auto outcome = EndOutcome::absent;
    if (!ours.empty()) outcome = co_await end_ours(call.services, call.settings, std::move(ours), call.context.name);
    if (old.empty()) co_return outcome;
    const auto other = co_await call.services.takeover.end(old_visit(call, std::move(old)));
    if (outcome == EndOutcome::absent) co_return other;
    if (other == EndOutcome::absent) co_return outcome;
    co_return std::max(outcome, other); // they are declared from good to bad
}

http::Response signed_out(const Call& call) {
    http::Response response;
    if (prefers_json(call)) {
        response = http::json_response(200, http::JsonObject{}.add("status", "signed_out"));
    } else {
        response = redirect(call.config().prefix + "/login?notice=signed_out");
    }
    remove_cookies(call, response);
    return response;
}

http::Response not_signed_out(const Call& call, const std::string& token) {
    http::Response response;
    if (prefers_json(call)) {
        response = http::json_error(503, "not_signed_out",
                                    "The session could not be ended. You are still signed in; try again.");
    } else {
        pages::Logout content;
        content.csrf = form_token(call, form, binding(token));
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
    const auto ours = presented_token(call).token;
    content.csrf = form_token(call, form, binding(ours.empty() ? old_token(call) : ours));
    content.email = found.user().email;
    content.target = http::safe_target(wanted, call.context.default_target, call.config().prefix);
    co_return page(200, pages::logout_page(frame_of(call), content));
}

boost::asio::awaitable<http::Response> logout(const Call& call) {
    auto presented = presented_token(call);
    // Two different session cookies: one of them may be somebody else's doing. Nothing is ended, and nothing is
    // claimed.
    if (presented.conflict) {
        co_return failure(call, 400, "cookie_conflict",
                          "The browser sent two session cookies. Delete the cookies of this site.");
    }
    if (!call.settings->tokens.minted_here(presented.token, call.context.name)) presented.token.clear();
    const auto old = old_token(call);
    const bool something = !presented.token.empty() || !old.empty();
    auto submission = read_submission(call, form, binding(presented.token.empty() ? old : presented.token));
    // The page may have been asked for when there was but the old cookie.
    const bool once_more = submission.trouble == Submission::Trouble::token && !old.empty();
    if (once_more) submission = read_submission(call, form, binding(old));
    // Without a session there is nothing that a forged request could end.
    const bool harmless = !something && submission.trouble == Submission::Trouble::token;
    if (!submission.ok() && !harmless) co_return refuse(call, submission);
    if (!something) co_return signed_out(call);
    const auto outcome = co_await end_both(call, presented.token, old);
    log::info("logout", {{"outcome", name_of(outcome)},
                         {"context", std::string_view(call.context.name)},
                         {"client", call.http.client_address()},
                         {"request", call.http.request_id()},
                         {"mode", call.config().mode()},
                         {"strategy", name_of(call.config().strategy)}});
    if (outcome == EndOutcome::failed) co_return not_signed_out(call, presented.token.empty() ? old : presented.token);
    if (outcome != EndOutcome::unconfirmed) co_return signed_out(call);
    auto recorded = not_confirmed(call);
    remove_cookies(call, recorded);
    co_return recorded;
}

} // namespace gatehouse::endpoints
