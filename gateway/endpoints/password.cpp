// SPDX-License-Identifier: Apache-2.0
// Changing one's password: needs the current one, ends every session and begins a new one here.
#include "gateway/accounts/origin.h"
#include "gateway/accounts/password_policy.h"
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/submission.h"
#include "gateway/endpoints/visitor.h"
#include "gateway/http/client_address.h"
#include "gateway/http/json.h"
#include "gateway/log/log.h"

#include <algorithm>

namespace gatehouse::endpoints {
namespace {

constexpr std::string_view form = "password";

using Error = pages::PasswordChange::Error;

http::Response show_form(const Call& call, const Lookup& found, int status, Error error, Seconds retry_after = {}) {
    pages::PasswordChange content;
    content.csrf = form_token(call, form, to_stored_id(found.who.id));
    content.email = found.user().email;
    content.min_length = call.config().password_min_length;
    content.error = error;
    content.retry_after = retry_after;
    return page(status, pages::password_page(frame_of(call), content));
}

struct Refusal {
    int status;
    Error error;
    std::string_view code, message;
};

http::Response refuse_change(const Call& call, const Lookup& found, const Refusal& why, Seconds retry_after = {}) {
    auto response = prefers_json(call) ? http::json_error(why.status, why.code, why.message)
                                       : show_form(call, found, why.status, why.error, retry_after);
    if (why.status == 429 || why.status == 503) {
        response.header("Retry-After", std::to_string(std::max<std::int64_t>(2, retry_after.count())));
    }
    return response;
}

constexpr Refusal incomplete{400, Error::incomplete, "incomplete", "current_password and new_password are needed."};
constexpr Refusal wrong_current{401, Error::wrong_current, "wrong_password", "The current password is not right."};
constexpr Refusal unchanged{422, Error::unchanged, "password_unchanged", "The new password is the old one."};
constexpr Refusal throttled{429, Error::throttled, "too_many_attempts", "Too many attempts. Try again later."};
constexpr Refusal busy{503, Error::unavailable, "unavailable",
                       "The password could not be changed just now. Try again."};
constexpr Refusal forbidden{403, Error::expired_form, "forbidden",
                            "The form is too old or not ours. Open the page again."};
constexpr Refusal foreign{403, Error::forbidden_origin, "forbidden", "This request came from another site."};

std::optional<Refusal> judge_new(const Call& call, std::string_view fresh, std::string_view email) {
    const auto verdict = check_password(fresh, call.config().password_min_length, email);
    const auto code = to_string(verdict);
    switch (verdict) {
    case PasswordVerdict::ok: return std::nullopt;
    case PasswordVerdict::too_short: return Refusal{422, Error::too_short, code, "The new password is too short."};
    case PasswordVerdict::too_long: return Refusal{422, Error::too_long, code, "The new password is too long."};
    case PasswordVerdict::too_common:
    case PasswordVerdict::contains_identifier: break;
    case PasswordVerdict::not_utf8:
    case PasswordVerdict::has_nul: return incomplete;
    }
    return Refusal{422, Error::too_common, code, "The new password is easy to guess."};
}

/// The same password in the form that the older system knows. That it cannot be told keeps nobody from having a new
/// one here.
boost::asio::awaitable<void> tell_older(const Call& call, std::string user_id, Secret fresh) {
    const auto hash = co_await call.services.hasher.hash_for_older(std::move(fresh));
    bool told = false;
    if (hash) told = co_await call.services.takeover.tell_password(call.settings, std::move(user_id), *hash);
    if (!told) log::warning("password_not_told", {{"hint", "in the older system the old password still works"}});
}

/// nullopt: the password is changed. The proof is for the generation that was read before it.
boost::asio::awaitable<std::optional<Refusal>> change(const Call& call, const Lookup& found, Secret current,
                                                      Secret fresh, Deadline& until, UserChange& changed) {
    auto& services = call.services;
    auto account = co_await services.users.find(found.user().id, sql_deadline(call.config(), until));
    if (!account) co_return busy;
    const std::string hash = *account ? (*account)->password_hash : std::string{};
    std::optional<Pause> pause(until);
    const auto match = co_await services.hasher.verify(std::move(current), hash);
    if (!match) co_return busy;
    if (*match == PasswordMatch::no || !*account || (*account)->disabled) co_return wrong_current;
    Secret for_older{fresh.view()};
    const auto hashed = co_await services.hasher.hash(std::move(fresh));
    pause.reset();
    if (!hashed || until <= std::chrono::steady_clock::now()) co_return busy;
    const std::optional<std::int64_t> generation{(*account)->generation};
    auto outcome = co_await services.users.set_password(found.user().id, *hashed, generation, std::nullopt, wall_now(),
                                                        sql_deadline(call.config(), until));
    if (!outcome) co_return busy;
    if (!outcome->found) co_return wrong_current; // somebody else changed it in between
    changed = std::move(*outcome);
    if (services.takeover.writes_passwords(call.config())) {
        const Pause telling(until);
        co_await tell_older(call, found.user().id, std::move(for_older));
    }
    co_return std::nullopt;
}

/// Every session has ended, this one too; the person gets a new one. If that fails they sign in with the new password.
/// Role and rights are read anew: what the check knew of them may be older than the generation that they would be
/// published under.
boost::asio::awaitable<http::Response> start_again(const Call& call, const Lookup& found, std::int64_t generation,
                                                   bool everywhere, Deadline until) {
    const auto fresh = co_await call.services.users.find_in_context(found.user().id, call.context.name, call.now,
                                                                    sql_deadline(call.config(), until));
    const bool known = fresh && fresh->has_value() && (*fresh)->generation == generation;
    std::optional<Result<std::optional<Takeover::Begun>>> login;
    if (known) {
        NewLogin request{**fresh, call.context.name, make_origin(call.http.client_address(), call.http.user_agent()),
                         found.who.remember};
        auto begin = call.services.takeover.begin(call.settings, std::move(request), wall_now());
        login = co_await within(until, std::move(begin));
    }
    const bool in = login && *login && (*login)->has_value();
    if (in && !(**login)->login.token.empty()) preferences_for(call, (**login)->login.session);
    http::Response response;
    if (!everywhere) {
        response = not_confirmed(call);
    } else if (prefers_json(call)) {
        response = http::json_response(200, http::JsonObject{}.add("status", "password_changed").add("signed_in", in));
    } else {
        response = redirect(call.config().prefix + (in ? "/sessions" : "/login?notice=password_changed"));
    }
    const auto begun = in ? ***login : Takeover::Begun{};
    give_cookies(call, begun, response);
    if (begun.login.token.empty()) response.header("Set-Cookie", session_cookie(call).remove());
    if (begun.old_token.empty() && !old_token(call).empty()) response.header("Set-Cookie", old_cookie(call).remove());
    co_return response;
}

Refusal refusal_of(Submission::Trouble trouble) {
    return trouble == Submission::Trouble::origin ? foreign : forbidden;
}

} // namespace

boost::asio::awaitable<http::Response> password_page(const Call& call) {
    const auto found = co_await visitor(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    co_return show_form(call, found, 200, Error::none);
}

boost::asio::awaitable<http::Response> change_password(const Call& call) {
    const auto found = co_await visitor(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    const auto submission = read_submission(call, form, to_stored_id(found.who.id));
    if (submission.trouble == Submission::Trouble::body) co_return refuse(call, submission);
    if (!submission.ok()) co_return refuse_change(call, found, refusal_of(submission.trouble));
    Secret current{submission.fields->text("current_password")};
    Secret fresh{submission.fields->text("new_password")};
    if (current.empty() || fresh.empty()) co_return refuse_change(call, found, incomplete);
    if (const auto why = judge_new(call, fresh.view(), found.user().email)) co_return refuse_change(call, found, *why);
    // Both came in this request, from one person: there is no secret to protect in this comparison.
    if (current.view() == fresh.view()) co_return refuse_change(call, found, unchanged);

    const auto place = http::throttle_key(call.http.client_address());
    const std::string account = found.user().email.empty() ? found.user().id : found.user().email;
    const auto admission = co_await call.services.throttle.admit(account, place);
    if (!admission.allowed) co_return refuse_change(call, found, throttled, admission.retry_after);
    UserChange changed;
    auto until = call.until;
    const auto why = co_await change(call, found, std::move(current), std::move(fresh), until, changed);
    log::info("password_change", {{"outcome", why ? why->code : std::string_view("ok")},
                                  {"user", std::string_view(found.user().id)},
                                  {"client", call.http.client_address()},
                                  {"request", call.http.request_id()},
                                  {"mode", call.config().mode()},
                                  {"strategy", name_of(call.config().strategy)}});
    if (why) co_return refuse_change(call, found, *why);
    co_await call.services.throttle.succeeded(account, place);
    std::optional<Pause> confirming(until); // waiting for other nodes takes nothing from the new session's time
    const bool everywhere =
        co_await call.services.sessions.user_changed(found.user().id, changed.generation, std::move(changed.ended));
    co_await call.services.takeover.tell_others_ended(std::nullopt, found.user().id, old_visit(call, {}));
    confirming.reset();
    co_return co_await start_again(call, found, changed.generation, everywhere, until);
}

} // namespace gatehouse::endpoints
