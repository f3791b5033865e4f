// SPDX-License-Identifier: Apache-2.0
// Signing in. Whatever the reason for a refusal, the answer, the work and the round trips are those of a wrong
// password.
#include "gateway/accounts/identifier.h"
#include "gateway/accounts/origin.h"
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/ending.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/submission.h"
#include "gateway/endpoints/visitor.h"
#include "gateway/http/client_address.h"
#include "gateway/http/form.h"
#include "gateway/http/json.h"
#include "gateway/http/redirect_target.h"
#include "gateway/log/log.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

namespace gatehouse::endpoints {
namespace {

constexpr std::string_view form = "login";
/// No account has this name, so looking it up costs what looking up a name costs and finds nothing.
constexpr std::string_view nobody = "?";

using Error = pages::Login::Error;

std::string safe_rd(const Call& call, std::string_view wanted) {
    return http::safe_target(wanted, call.context.default_target, call.config().prefix);
}

http::Response show_form(const Call& call, int status, pages::Login content) {
    const auto binding = pre_login(call);
    content.csrf = form_token(call, form, binding.value);
    auto response = page(status, pages::login_page(frame_of(call), content));
    if (binding.set_cookie) response.header("Set-Cookie", *binding.set_cookie);
    return response;
}

/// The form again, with what was typed and what is wrong; for a program the error shape.
http::Response again(const Call& call, const http::Fields& fields, int status, Error error, Seconds retry_after = {}) {
    struct Words {
        std::string_view code, message;
    };
    const auto words = [error]() -> Words {
        switch (error) {
        case Error::failed: return {"invalid_credentials", "Unknown account or wrong password."};
        case Error::incomplete: return {"incomplete", "identifier and password are needed."};
        case Error::throttled: return {"too_many_attempts", "Too many attempts. Try again later."};
        case Error::expired_form: return {"forbidden", "The form is too old or not ours. Open the page again."};
        case Error::forbidden_origin: return {"forbidden", "This request came from another site."};
        case Error::none:
        case Error::unavailable: break;
        }
        return {"unavailable", "Signing in is not possible just now. Try again shortly."};
    }();
    http::Response response;
    if (fields.is_json() || prefers_json(call)) {
        response = http::json_error(status, words.code, words.message);
    } else {
        pages::Login content;
        content.target = safe_rd(call, fields.text("rd"));
        content.identifier = std::string(fields.text("identifier"));
        content.remember = fields.flag("remember");
        content.error = error;
        content.retry_after = retry_after;
        response = show_form(call, status, std::move(content));
    }
    if (status == 429 || status == 503) {
        response.header("Retry-After", std::to_string(std::max<std::int64_t>(2, retry_after.count())));
    }
    return response;
}

http::Response refuse_login(const Call& call, const Submission& submission) {
    switch (submission.trouble) {
    case Submission::Trouble::origin: return again(call, *submission.fields, 403, Error::forbidden_origin);
    case Submission::Trouble::token:
    case Submission::Trouble::expired: return again(call, *submission.fields, 403, Error::expired_form);
    case Submission::Trouble::body:
    case Submission::Trouble::none: break;
    }
    return refuse(call, submission);
}

http::Response not_now(const Call& call, const http::Fields& fields) {
    call.services.tally.login(LoginOutcome::unavailable);
    return again(call, fields, 503, Error::unavailable);
}

void log_login(const Call& call, LoginOutcome outcome, std::string_view user, std::string_view session) {
    call.services.tally.login(outcome);
    log::info("login", {{"outcome", name_of(outcome)},
                        {"user", user},
                        {"session", session},
                        {"context", std::string_view(call.context.name)},
                        {"client", call.http.client_address()},
                        {"request", call.http.request_id()},
                        {"mode", call.config().mode()},
                        {"strategy", name_of(call.config().strategy)}});
}

/// Who the proof was for; nullopt in a Result: nobody, for a reason that only the log may know.
struct Proof {
    User user;
    std::string stored_hash;
    bool rehash = false;
};

boost::asio::awaitable<Result<std::optional<Proof>>> prove(const Call& call, std::string identifier, Secret password,
                                                           Deadline& until) {
    auto& takeover = call.services.takeover;
    auto account = co_await takeover.find_account(call.settings, std::move(identifier), call.context.name, call.now);
    if (!account) co_return account.error();
    const bool known = account->has_value();
    const std::string hash = known ? (*account)->password_hash : std::string{};
    std::optional<Pause> pause(until);
    const auto match = co_await call.services.hasher.verify(std::move(password), hash);
    pause.reset();
    if (!match) co_return match.error();
    // Asked for everybody, so that nobody's answer comes sooner.
    const std::string id = known ? (*account)->id : std::string("00000000-0000-0000-0000-000000000000");
    auto user = co_await call.services.users.find_in_context(id, call.context.name, call.now,
                                                             sql_deadline(call.config(), until));
    if (!user) co_return user.error();
    std::optional<LoginOutcome> refusal;
    if (!known || !user->has_value()) {
        refusal = LoginOutcome::unknown_account;
    } else if (*match == PasswordMatch::no) {
        refusal = LoginOutcome::wrong_password;
    } else if ((*account)->disabled || (*user)->disabled) {
        refusal = LoginOutcome::disabled;
    } else if (!may_enter(call, **user)) {
        refusal = LoginOutcome::not_for_this_context;
    }
    if (refusal) {
        log_login(call, *refusal, known ? std::string_view(id) : std::string_view{}, {});
        co_return std::optional<Proof>{};
    }
    Proof proof{std::move(**user), hash, *match == PasswordMatch::yes_rehash};
    // The password was checked against this generation, not against one that came since.
    proof.user.generation = (*account)->generation;
    co_return std::optional<Proof>{std::move(proof)};
}

/// The same password in today's form, after the answer: nobody waits for it, and if it fails the next login tries
/// again.
boost::asio::awaitable<void> rehash(Services& services, Millis patience, Proof proof, Secret password) {
    const auto fresh = co_await services.hasher.hash(std::move(password));
    if (fresh) co_await services.users.replace_hash(proof.user.id, proof.stored_hash, *fresh, deadline_in(patience));
}

http::Response welcome(const Call& call, const http::Fields& fields, const Takeover::Begun& begun, const User& user) {
    const auto target = safe_rd(call, fields.text("rd"));
    http::Response response;
    if (fields.is_json() || prefers_json(call)) {
        http::JsonObject who;
        who.add("id", user.id).add("email", user.email).add("role", user.role);
        response =
            http::json_response(200, http::JsonObject{}.add("status", "signed_in").add("user", who).add("rd", target));
    } else {
        response = redirect(target);
    }
    give_cookies(call, begun, response);
    return response;
}

/// Logging in replaces the session that this browser had. If that one cannot be ended now, it ends by itself.
boost::asio::awaitable<void> end_previous(const Call& call, Deadline until) {
    auto previous = presented_token(call);
    if (!previous.token.empty()) {
        auto end = end_ours(call.services, call.settings, std::move(previous.token), call.context.name);
        co_await within(until, std::move(end));
    }
    auto old = old_token(call);
    if (!old.empty()) {
        auto end = call.services.takeover.end(old_visit(call, std::move(old)));
        co_await within(until, std::move(end));
    }
}

boost::asio::awaitable<http::Response> enter(const Call& call, const http::Fields& fields, Proof proof,
                                             Deadline until) {
    NewLogin request{proof.user, call.context.name, make_origin(call.http.client_address(), call.http.user_agent()),
                     fields.flag("remember")};
    auto begin = call.services.takeover.begin(call.settings, std::move(request), wall_now());
    auto begun = co_await within(until, std::move(begin));
    if (!begun || !*begun) co_return not_now(call, fields);
    const auto& login = **begun;
    if (!login) {
        log_login(call, LoginOutcome::changed_meanwhile, proof.user.id, {});
        co_return again(call, fields, 401, Error::failed);
    }
    co_await end_previous(call, until);
    const Session& session = login->login.session;
    if (!login->login.token.empty()) preferences_for(call, session);
    log_login(call, LoginOutcome::ok, proof.user.id, session.handle);
    co_return welcome(call, fields, *login, proof.user);
}

} // namespace

boost::asio::awaitable<http::Response> login_page(const Call& call) {
    const auto wanted = http::query_value(call.http.query(), "rd").value_or("");
    const auto found = co_await visitor(call);
    if (found.verdict == Verdict::valid) co_return redirect(safe_rd(call, wanted));
    pages::Login content;
    content.target = safe_rd(call, wanted);
    const auto notice = http::query_value(call.http.query(), "notice").value_or("");
    if (notice == "signed_out") content.notice = pages::Login::Notice::signed_out;
    if (notice == "password_changed") content.notice = pages::Login::Notice::password_changed;
    auto response = show_form(call, 200, std::move(content));
    // A cookie that is certainly dead goes; one that nobody could judge stays.
    const bool dead = found.verdict == Verdict::invalid && found.reason != Reason::no_token;
    const bool ours_counts = call.services.takeover.reads_ours(call.config(), call.context.name);
    if (dead && ours_counts && !presented_token(call).token.empty()) {
        response.header("Set-Cookie", session_cookie(call).remove());
    }
    if (dead && !old_token(call).empty()) response.header("Set-Cookie", old_cookie(call).remove());
    co_return response;
}

boost::asio::awaitable<http::Response> login(const Call& call) {
    const auto submission = read_submission(call, form, sent_pre_login(call));
    if (!submission.ok()) co_return refuse_login(call, submission);
    const auto& fields = *submission.fields;
    const auto typed = fields.text("identifier");
    Secret password{fields.text("password")};
    if (typed.empty() || password.empty()) co_return again(call, fields, 400, Error::incomplete);

    const auto identifier = canonical_identifier(typed);
    const auto place = http::throttle_key(call.http.client_address());
    const std::string account = identifier.value_or(std::string(typed.substr(0, 254)));
    const auto admission = co_await call.services.throttle.admit(account, place);
    if (!admission.allowed) {
        log_login(call, LoginOutcome::throttled, {}, {});
        co_return again(call, fields, 429, Error::throttled, admission.retry_after);
    }
    Secret to_check{password.view()};
    auto until = call.until;
    auto proof = co_await prove(call, identifier.value_or(std::string(nobody)), std::move(to_check), until);
    if (!proof) {
        log::warning("login_unavailable",
                     {{"reason", std::string_view(proof.error().message())}, {"request", call.http.request_id()}});
        co_return not_now(call, fields);
    }
    if (!proof->has_value()) co_return again(call, fields, 401, Error::failed);
    co_await call.services.throttle.succeeded(account, place);
    if ((*proof)->rehash) {
        const auto executor = co_await boost::asio::this_coro::executor;
        auto later = rehash(call.services, call.config().database_timeout, **proof, std::move(password));
        boost::asio::co_spawn(executor, std::move(later), boost::asio::detached);
    }
    auto proven = std::move(**proof);
    co_return co_await enter(call, fields, std::move(proven), until);
}

} // namespace gatehouse::endpoints
