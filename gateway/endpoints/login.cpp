// SPDX-License-Identifier: Apache-2.0
// Signing in. Whatever the reason for a refusal, the answer, the work and the round trips are those of a wrong
// password.
#include "gateway/accounts/identifier.h"

#include "gateway/accounts/origin.h"
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/by_mail.h"
#include "gateway/endpoints/cookies.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/known_device.h"
#include "gateway/endpoints/personal.h"
#include "gateway/endpoints/submission.h"
#include "gateway/http/client_address.h"
#include "gateway/http/form.h"
#include "gateway/http/json.h"
#include "gateway/http/redirect_target.h"
#include "gateway/log/log.h"
#include "gateway/sessions/lifetime.h"
#include "storage/values.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace gatehouse::endpoints {
namespace {

constexpr std::string_view form = "login";
/// How often to retry when the user changes between the proof and the session.
constexpr int most_rounds = 3;
/// No account has this name: looking it up costs as much as looking up a name, and finds nothing.
constexpr std::string_view nobody = "?";

using Error = pages::Login::Error;

std::string safe_rd(const Call& call, std::string_view wanted) {
    return http::safe_target(wanted, call.context.default_target, call.config().prefix);
}

/// How long a session that stays signed in lasts without a visit. If only the older system has sessions, its lifetime
/// counts.
Seconds kept_for(const Call& call) {
    if (!call.services.identities.own_tokens_count(call.config(), call.context.name))
        return call.config().legacy.lifetime;
    return std::min(idle_time(call.context, true), call.context.absolute);
}

http::Response show_form(const Call& call, int status, pages::Login content) {
    const auto binding = pre_login(call);
    content.kept_for = kept_for(call);
    content.offers_reset = offers_reset(call);
    content.offers_registration = offers_registration(call);
    content.site = app_name(call);
    content.csrf = form_token(call, form, binding.value);
    auto response = page(status, pages::login_page(frame_of(call), content));
    if (binding.set_cookie) response.header("Set-Cookie", *binding.set_cookie);
    return response;
}

/// The form again, with the typed name and the error; for a program, JSON with the error.
http::Response again(const Call& call, const http::Fields& fields, int status, Error error, Seconds wait = {}) {
    struct Words {
        std::string_view code, message;
    };
    const auto words = [error]() -> Words {
        switch (error) {
        case Error::failed: return {"invalid_credentials", "Unknown account or wrong password."};
        case Error::incomplete: return {"incomplete", "identifier and password are needed."};
        case Error::throttled: return {"too_many_attempts", "Too many attempts. Try again later."};
        case Error::expired_form: return {"forbidden", message_of(Submission::Trouble::expired)};
        case Error::forbidden_origin: return {"forbidden", message_of(Submission::Trouble::origin)};
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
        content.retry_after = wait;
        response = show_form(call, status, std::move(content));
    }
    retry_after(response, wait);
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
    call.services.request_metrics.login(LoginOutcome::unavailable);
    return again(call, fields, 503, Error::unavailable);
}

void log_login(const Call& call, LoginOutcome outcome, std::string_view user, std::string_view session) {
    call.services.request_metrics.login(outcome);
    log::info("login", {{"outcome", name_of(outcome)},
                        {"user", user},
                        {"session", session},
                        {"context", std::string_view(call.context.name)},
                        {"client", call.http.client_address()},
                        {"request", call.http.request_id()},
                        {"mode", call.config().mode()},
                        {"strategy", name_of(call.config().strategy)}});
}

/// The user who was proven. nullopt in a Result: no user, for a reason that only the log may state.
struct Proof {
    User user;
    std::string stored_hash;
    bool rehash = false;
    bool has_been_here = false; ///< the account has logged in before
};

/// The hash that the password was compared with, and the account that is meant.
struct Matched {
    Identities::Candidate found;
    std::string hash;
    PasswordMatch match = PasswordMatch::no;
    std::optional<Account> account;
};

/// conflict: the stored password has changed meanwhile, although this password matched.
boost::asio::awaitable<Result<Matched>> match_once(const Call& call, std::string identifier, Secret password,
                                                   Deadline& until) {
    auto& identities = call.services.identities;
    const auto visit = visit_of(call);
    std::optional<Pause> pause;
    // Searching the older system's whole table of users has a time limit of its own.
    if (!identities.older_cookie(call.config(), call.context.name, call.now).empty()) pause.emplace(until);
    auto found = co_await identities.find_account(visit, std::move(identifier));
    if (!found) co_return found.error();
    Matched matched{*std::move(found), {}, PasswordMatch::no, {}};
    if (matched.found.account) matched.hash = matched.found.account->password_hash;
    if (!pause) pause.emplace(until);
    const auto match = co_await call.services.hasher.verify(std::move(password), matched.hash);
    pause.reset();
    if (!match) co_return match.error();
    matched.match = *match;
    matched.account = matched.found.account;
    if (*match == PasswordMatch::no) co_return matched;
    auto account = co_await identities.bring_in(visit, matched.found);
    if (!account) co_return account.error();
    matched.account = *std::move(account);
    co_return matched;
}

boost::asio::awaitable<Result<std::optional<Proof>>> prove(const Call& call, std::string identifier, Secret password,
                                                           Deadline& until) {
    Secret first{password.view()};
    auto matched = co_await match_once(call, identifier, std::move(first), until);
    // Another login of the same person has just stored a new hash of the password: compare with that hash.
    if (!matched && matched.error() == StoreError::conflict)
        matched = co_await match_once(call, std::move(identifier), std::move(password), until);
    if (!matched) co_return matched.error();
    auto& [found, hash, match, account] = *matched;
    const bool known = account.has_value();
    // Asked for every account, so that no account's answer comes sooner.
    const bool here = known && !account->id.empty();
    const std::string id = here ? account->id : std::string(lowest_uuid);
    auto user = co_await call.services.users.find_in_context(id, call.context.name, call.now,
                                                             sql_deadline(call.config(), until));
    if (!user) co_return user.error();
    std::optional<LoginOutcome> refusal;
    if (known && match == PasswordMatch::no) {
        refusal = LoginOutcome::wrong_password;
    } else if (!known || !user->has_value()) {
        refusal = LoginOutcome::unknown_account;
    } else if (account->disabled || (*user)->disabled) {
        refusal = LoginOutcome::disabled;
    } else if (!may_enter(call, **user)) {
        refusal = LoginOutcome::not_for_this_context;
    }
    if (refusal) {
        co_await call.services.identities.ask_the_rest(visit_of(call), std::move(found));
        log_login(call, *refusal, here ? std::string_view(id) : std::string_view{}, {});
        co_return std::optional<Proof>{};
    }
    Proof proof{std::move(**user), hash, match == PasswordMatch::yes_rehash, account->last_login_at.has_value()};
    // The password was checked against this generation, not against a later one.
    proof.user.generation = account->generation;
    co_return std::optional<Proof>{std::move(proof)};
}

/// The user has changed between the proof and the session. The proof still counts if it was for the password that is
/// stored now and the user may still enter; all other data are read again. nullopt: the proof no longer counts.
boost::asio::awaitable<Result<std::optional<User>>> read_again(const Call& call, const Proof& proof, Deadline until) {
    auto& users = call.services.users;
    auto account = co_await users.find(proof.user.id, sql_deadline(call.config(), until));
    if (!account) co_return account.error();
    auto user =
        co_await users.find_in_context(proof.user.id, call.context.name, call.now, sql_deadline(call.config(), until));
    if (!user) co_return user.error();
    const bool counts = *account && *user && (*account)->password_hash == proof.stored_hash && !(*account)->disabled &&
                        !(*user)->disabled && may_enter(call, **user);
    if (!counts) co_return std::optional<User>{};
    // The account was read first: a change after that read is found when the session is inserted.
    (*user)->generation = (*account)->generation;
    co_return std::move(*user);
}

/// Stores the same password in today's form, after the answer: nobody waits for this, and if it fails, the next login
/// tries again.
boost::asio::awaitable<void> rehash(Services& services, Millis patience, Proof proof, Secret password) {
    const auto fresh = co_await services.hasher.hash(std::move(password));
    if (fresh) co_await services.users.replace_hash(proof.user.id, proof.stored_hash, *fresh, deadline_in(patience));
}

http::Response welcome(const Call& call, const http::Fields& fields, const LoggedIn& login, const User& user) {
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
    give_cookies(call, login, response);
    return response;
}

/// A login replaces the session that this browser had. If that session cannot be ended now, it expires by itself.
boost::asio::awaitable<void> end_previous(const Call& call, Deadline until) {
    const auto visit = visit_of(call);
    if (visit.token.empty() && visit.older_token.empty()) co_return;
    auto end = call.services.identities.end(visit);
    co_await within(until, std::move(end));
}

/// A form makes one session, however often the form is sent (a double click) and whichever gateway gets it. Programs
/// send no form.
std::string once_for(const Call& call, const http::Fields& fields, const User& user) {
    if (fields.is_json()) return {};
    return std::string(fields.text("csrf")) + ' ' + sent_pre_login(call) + ' ' + user.id;
}

/// Begins the session. A user who has changed since the proof gets no session, unless the proof still counts. nullopt:
/// the proof no longer counts, or the user changes again and again.
boost::asio::awaitable<Result<std::optional<LoggedIn>>> begin_session(const Call& call, const http::Fields& fields,
                                                                      Proof& proof, Deadline until) {
    for (int round = 1;; ++round) {
        NewLogin request{proof.user,
                         call.context.name,
                         make_origin(call.http.client_address(), call.http.user_agent()),
                         fields.flag("remember"),
                         once_for(call, fields, proof.user),
                         call.settings};
        auto begin = call.services.identities.begin(std::move(request), wall_now());
        auto begun = co_await within(until, std::move(begin));
        if (!begun) co_return make_error_code(StoreError::timed_out);
        if (!*begun || **begun || round == most_rounds) co_return std::move(*begun);
        auto user = co_await read_again(call, proof, until);
        if (!user) co_return user.error();
        if (!*user) co_return std::optional<LoggedIn>{};
        proof.user = std::move(**user);
    }
}

boost::asio::awaitable<http::Response> enter(const Call& call, const http::Fields& fields, Proof proof,
                                             Deadline until) {
    const auto begun = co_await begin_session(call, fields, proof, until);
    if (!begun) co_return not_now(call, fields);
    if (!*begun) {
        log_login(call, LoginOutcome::changed_meanwhile, proof.user.id, {});
        co_return again(call, fields, 401, Error::failed);
    }
    // A form that is sent again after its answer has arrived gets the session that the browser already has: this
    // session must not be ended.
    const LoggedIn& login = **begun;
    if (login.token.empty() || visit_of(call).token != login.token) co_await end_previous(call, until);
    if (!login.token.empty()) preferences_for(call, login.session);
    log_login(call, LoginOutcome::ok, proof.user.id, login.session.handle);
    co_return welcome(call, fields, login, proof.user);
}

/// Whether the visitor's token was that of a session that is over. An invented token never was.
bool had_a_session(const Call& call, const Visit& visit, const Lookup& found) {
    if (found.verdict != Verdict::invalid) return false;
    switch (found.reason) {
    case Reason::revoked:
    case Reason::ended:
    case Reason::idle:
    case Reason::disabled:
    case Reason::displaced: return true;
    // Rows are purged a while after their end. The tag shows that the token was given to somebody.
    case Reason::absent: return call.settings->tokens.minted_here(visit.token, call.context.name);
    default: return false;
    }
}

/// A notice in the address tells of what the person has just done, and so takes precedence.
pages::Login::Notice notice_for(const Call& call, const Visit& visit, const Lookup& found) {
    const auto notice = http::query_value(call.http.query(), "notice").value_or("");
    if (notice == "signed_out") return pages::Login::Notice::signed_out;
    if (notice == "password_changed") return pages::Login::Notice::password_changed;
    if (notice == "account_created") return pages::Login::Notice::account_created;
    if (notice == "account_exists") return pages::Login::Notice::account_exists;
    if (notice == "account_deleted") return pages::Login::Notice::account_deleted;
    if (notice == "address_changed") return pages::Login::Notice::address_changed;
    if (notice == "address_taken") return pages::Login::Notice::address_taken;
    if (notice == "address_verified") return pages::Login::Notice::address_verified;
    return had_a_session(call, visit, found) ? pages::Login::Notice::session_ended : pages::Login::Notice::none;
}

} // namespace

boost::asio::awaitable<http::Response> login_page(const Call& call) {
    const auto wanted = http::query_value(call.http.query(), "rd").value_or("");
    const auto found = co_await current_session(call);
    if (found.verdict == Verdict::valid) co_return redirect(safe_rd(call, wanted));
    pages::Login content;
    content.target = safe_rd(call, wanted);
    const auto visit = visit_of(call);
    content.notice = notice_for(call, visit, found);
    auto response = show_form(call, 200, std::move(content));
    // Removes a cookie that is certainly invalid; keeps a cookie that no store could judge.
    const bool dead = found.verdict == Verdict::invalid && found.reason != Reason::no_token;
    const bool ours_counts = call.services.identities.own_tokens_count(call.config(), call.context.name);
    if (dead && ours_counts && !visit.token.empty()) response.header("Set-Cookie", session_cookie(call).remove());
    if (dead && !visit.older_token.empty()) response.header("Set-Cookie", older_cookie(call).remove());
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
    const std::string account = identifier.value_or(std::string(typed.substr(0, 254)));
    call.services.addresses.note(call.http.client_address(), account);
    Throttle::Try attempt{account, http::throttle_key(call.http.client_address()), known_device(call, account)};
    const bool is_new_device = attempt.device.empty();
    auto admission = co_await call.services.throttle.admit(std::move(attempt));
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
        co_await call.services.throttle.give_back(std::move(admission));
        co_return not_now(call, fields);
    }
    if (!proof->has_value()) co_return again(call, fields, 401, Error::failed);
    auto proven = **proof;
    auto response = co_await enter(call, fields, std::move(proven), until);
    if ((*proof)->rehash) { // not earlier, because a changed user is recognised by the stored hash
        auto later = rehash(call.services, call.config().database_timeout, **proof, std::move(password));
        boost::asio::co_spawn(call.services.executor, std::move(later), boost::asio::detached);
    }
    if (response.status() == 503) {
        co_await call.services.throttle.give_back(std::move(admission));
    } else if (response.status() != 401) {
        co_await call.services.throttle.succeeded(std::move(admission));
        response.header("Set-Cookie", device_cookie(call, account));
        if (is_new_device && (*proof)->has_been_here) tell_of_new_device(call, (*proof)->user);
    }
    co_return response;
}

} // namespace gatehouse::endpoints
