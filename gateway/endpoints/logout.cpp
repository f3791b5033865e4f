// SPDX-License-Identifier: Apache-2.0
// Signing out. A GET only asks. The cookie is removed when the end is certain. If the end is not certain, the answer
// says so and the cookie stays, so that the person can try again. The body's fields do not matter: an application's own
// logout may be forwarded to this address (docs/migration.md).
#include "gateway/endpoints/answers.h"

#include "gateway/endpoints/cookies.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/submission.h"
#include "gateway/http/form.h"
#include "gateway/http/json.h"
#include "gateway/http/redirect_target.h"
#include "gateway/log/log.h"
#include "gateway/sessions/token.h"

namespace gatehouse::endpoints {
namespace {

constexpr std::string_view form = "logout";

/// Binds the logout form to the session that the form ends.
std::string binding(const Visit& visit) {
    const auto token = visit.token.empty() ? visit.older_token : visit.token;
    return token.empty() ? std::string{} : stored_id(token);
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

http::Response not_signed_out(const Call& call, const Visit& visit) {
    http::Response response;
    if (prefers_json(call)) {
        response = http::json_error(503, "not_signed_out",
                                    "The session could not be ended. You are still signed in; try again.");
    } else {
        pages::Logout content;
        content.csrf = form_token(call, form, binding(visit));
        content.target = call.context.default_target;
        content.failed = true;
        response = page(503, pages::logout_page(frame_of(call), content));
    }
    retry_after(response);
    return response;
}

/// The question again, with a new token. Nothing has ended.
http::Response ask_again(const Call& call, const Visit& visit, pages::FormError error) {
    pages::Logout content;
    content.csrf = form_token(call, form, binding(visit));
    content.target = call.context.default_target;
    content.error = error;
    return page(403, pages::logout_page(frame_of(call), content));
}

} // namespace

boost::asio::awaitable<http::Response> logout_page(const Call& call) {
    const auto found = co_await current_session(call);
    if (found.verdict == Verdict::invalid) co_return redirect(login_url(call.config(), {}));
    const auto wanted = http::query_value(call.http.query(), "rd").value_or("");
    // The page needs no look-up: an outage must not keep anybody from trying to sign out.
    pages::Logout content;
    content.csrf = form_token(call, form, binding(visit_of(call)));
    content.email = found.user().email;
    content.target = http::safe_target(wanted, call.context.default_target, call.config().prefix);
    co_return page(200, pages::logout_page(frame_of(call), content));
}

boost::asio::awaitable<http::Response> logout(const Call& call) {
    auto visit = visit_of(call);
    // Two different session cookies: another site may have planted one of them. Nothing is ended, and the answer claims
    // no end.
    if (visit.conflict) {
        co_return failure(call, 400, "cookie_conflict",
                          "The browser sent two session cookies. Delete the cookies of this site.");
    }
    if (!call.settings->tokens.minted_here(visit.token, call.context.name)) visit.token = {};
    const bool something = !visit.token.empty() || !visit.older_token.empty();
    auto submission = read_bare_submission(call, form, binding(visit));
    // The page may have been loaded when the browser had only the older cookie.
    const bool once_more = submission.trouble == Submission::Trouble::token && !visit.older_token.empty();
    if (once_more) submission = read_bare_submission(call, form, stored_id(visit.older_token));
    // Without a session, a forged request could end nothing.
    const bool harmless = !something && submission.trouble == Submission::Trouble::token;
    if (!submission.ok() && !harmless) {
        const auto error = shown_again(call, submission);
        co_return error == pages::FormError::none ? refuse(call, submission) : ask_again(call, visit, error);
    }
    if (!something) co_return signed_out(call);
    const auto outcome = co_await call.services.identities.end(visit);
    // An unknown token is logged at debug level, because anybody can invent tokens and so fill the log.
    const auto level = outcome == EndOutcome::absent ? log::Level::debug : log::Level::info;
    log::write(level, "logout",
               {{"outcome", name_of(outcome)},
                {"context", std::string_view(call.context.name)},
                {"client", call.http.client_address()},
                {"request", call.http.request_id()},
                {"mode", call.config().mode()},
                {"strategy", name_of(call.config().strategy)}});
    if (outcome == EndOutcome::failed) co_return not_signed_out(call, visit);
    if (outcome != EndOutcome::unconfirmed) co_return signed_out(call);
    auto recorded = not_confirmed(call, pages::Recorded::What::signed_out);
    remove_cookies(call, recorded);
    co_return recorded;
}

} // namespace gatehouse::endpoints
