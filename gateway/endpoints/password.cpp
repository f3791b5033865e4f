// SPDX-License-Identifier: Apache-2.0
// Changing the user's own password: needs the current password, ends every session and begins a new one in this
// browser.
#include "gateway/accounts/origin.h"
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/by_mail.h"
#include "gateway/endpoints/cookies.h"
#include "gateway/endpoints/current_password.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/new_password.h"
#include "gateway/endpoints/personal.h"
#include "gateway/endpoints/submission.h"
#include "gateway/http/json.h"
#include "gateway/letters/composer.h"
#include "gateway/log/log.h"

#include <algorithm>

namespace gatehouse::endpoints {
namespace {

constexpr std::string_view form = "password";

using Error = pages::PasswordChange::Error;

http::Response show_form(const Call& call, const Lookup& found, int status, Error error, Seconds wait = {}) {
    pages::PasswordChange content;
    content.csrf = form_token(call, form, to_stored_id(found.who.id));
    content.email = found.user().email;
    content.min_length = call.config().password_min_length;
    content.error = error;
    content.retry_after = wait;
    return page(status, pages::password_page(frame_of(call), content));
}

using Refusal = PasswordRefusal;

http::Response refuse_change(const Call& call, const Lookup& found, const Refusal& why, Seconds wait = {}) {
    auto response = prefers_json(call) ? http::json_error(why.status, why.code, why.message)
                                       : show_form(call, found, why.status, why.error, wait);
    retry_after(response, wait);
    return response;
}

constexpr Refusal incomplete{400, Error::incomplete, "incomplete", "current_password and new_password are needed."};
constexpr Refusal changed_meanwhile{401, Error::wrong_current, "wrong_password", "The current password is not right."};
constexpr Refusal unchanged{422, Error::unchanged, "password_unchanged", "The new password is the old one."};
constexpr auto busy = password_busy;

/// nullopt: the password is changed. The proof counts for the generation that was read before the password was checked.
boost::asio::awaitable<std::optional<Refusal>> change(const Call& call, const Account& account, Secret fresh,
                                                      Deadline& until, PasswordChange& changed) {
    auto& services = call.services;
    Secret plain{fresh.view()};
    std::optional<Pause> pause(until);
    const auto hashed = co_await services.hasher.hash(std::move(fresh));
    pause.reset();
    if (!hashed || until <= std::chrono::steady_clock::now()) co_return busy;
    NewPassword password{account.id, *hashed, {account.generation, {}}, std::move(plain)};
    const auto deadline = sql_deadline(call.config(), until);
    const Pause confirming(until); // waiting for other gateways does not use the new session's time
    const auto visit = visit_of(call);
    const auto outcome = co_await services.identities.change_password(visit, std::move(password), deadline);
    if (!outcome) co_return busy;
    if (!outcome->changed) co_return changed_meanwhile; // the password was changed elsewhere in between
    changed = *outcome;
    co_return std::nullopt;
}

/// Every session has ended, this one too; the person gets a new one. If the new session fails, the person signs in with
/// the new password. Role and permissions are read again, because the check's values may be older than the generation
/// under which they would be published.
boost::asio::awaitable<http::Response> start_again(const Call& call, const Lookup& found, PasswordChange changed,
                                                   Deadline until) {
    const auto fresh = co_await call.services.users.find_in_context(found.user().id, call.context.name, call.now,
                                                                    sql_deadline(call.config(), until));
    const bool known = fresh && fresh->has_value() && (*fresh)->generation == changed.generation;
    LoggedIn login;
    if (known) {
        NewLogin request{**fresh,
                         call.context.name,
                         make_origin(call.http.client_address(), call.http.user_agent()),
                         found.who.life.remember,
                         {},
                         call.settings};
        auto begin = call.services.identities.begin(std::move(request), wall_now());
        auto begun = co_await within(until, std::move(begin));
        if (begun && *begun && **begun) login = std::move(***begun);
    }
    const bool in = !login.token.empty() || !login.older_token.empty();
    if (!login.token.empty()) preferences_for(call, login.session);
    http::Response response;
    if (changed.ended == EndOutcome::unconfirmed) {
        response = not_confirmed(call, pages::Recorded::What::password_changed);
    } else if (prefers_json(call)) {
        response = http::json_response(200, http::JsonObject{}.add("status", "password_changed").add("signed_in", in));
    } else {
        response = redirect(call.config().prefix +
                            (in ? "/sessions?notice=password_changed" : "/login?notice=password_changed"));
    }
    give_cookies(call, login, response);
    if (login.token.empty()) response.header("Set-Cookie", session_cookie(call).remove());
    if (login.older_token.empty() && !visit_of(call).older_token.empty())
        response.header("Set-Cookie", older_cookie(call).remove());
    co_return response;
}

} // namespace

boost::asio::awaitable<http::Response> password_page(const Call& call) {
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    co_return show_form(call, found, 200, Error::none);
}

boost::asio::awaitable<http::Response> change_password(const Call& call) {
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    const auto submission = read_submission(call, form, to_stored_id(found.who.id));
    if (submission.trouble == Submission::Trouble::body) co_return refuse(call, submission);
    if (!submission.ok()) co_return refuse_change(call, found, password_refusal_of(submission.trouble));
    Secret current{submission.fields->text("current_password")};
    Secret fresh{submission.fields->text("new_password")};
    if (current.empty() || fresh.empty()) co_return refuse_change(call, found, incomplete);
    if (const auto why = judge_new_password(call, fresh.view(), found.user().email))
        co_return refuse_change(call, found, *why);
    // No constant-time comparison is needed: both passwords came in this request, from one person.
    if (current.view() == fresh.view()) co_return refuse_change(call, found, unchanged);

    const auto& user = found.user();
    PasswordChange changed;
    auto until = call.until;
    auto proof = co_await confirm_current_password(call, found, std::move(current), until);
    auto why = proof.refusal;
    if (why && why->error == Error::throttled) co_return refuse_change(call, found, *why, proof.retry_after);
    if (!why) why = co_await change(call, *proof.account, std::move(fresh), until, changed);
    log::info("password_change", {{"outcome", why ? why->code : std::string_view("ok")},
                                  {"user", std::string_view(found.user().id)},
                                  {"client", call.http.client_address()},
                                  {"request", call.http.request_id()},
                                  {"mode", call.config().mode()},
                                  {"strategy", name_of(call.config().strategy)}});
    if (why) co_return refuse_change(call, found, *why);
    notify_by_mail(call, mail_kind::password_changed, user.id, user.email);
    co_return co_await start_again(call, found, changed, until);
}

} // namespace gatehouse::endpoints
