// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/by_mail.h"

#include "gateway/accounts/identifier.h"
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/new_password.h"
#include "gateway/endpoints/owner_form.h"
#include "gateway/endpoints/submission.h"
#include "gateway/http/client_address.h"
#include "gateway/http/form.h"
#include "gateway/http/json.h"
#include "gateway/http/percent.h"
#include "gateway/http/redirect_target.h"
#include "gateway/letters/composer.h"
#include "gateway/log/log.h"
#include "gateway/pages/device.h"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using pages::ByMail;

constexpr std::string_view choose_form = "choose_password";
constexpr std::string_view confirm_form = "confirm_link";
constexpr MailLimit per_account{3, Seconds{3600}};
constexpr MailLimit new_devices{3, Seconds{24 * 3600}};
constexpr Millis after_the_answer{5000}; ///< nobody waits

std::string_view form_of(ByMail what) {
    return what == ByMail::reset_password ? "forgot" : "register";
}

/// Which page a link leads to. An invitation comes after the page's usual purpose.
constexpr std::array<std::pair<Purpose, ByMail>, 6> links{{{Purpose::reset_password, ByMail::reset_password},
                                                           {Purpose::register_account, ByMail::register_account},
                                                           {Purpose::invitation, ByMail::register_account},
                                                           {Purpose::take_back_address, ByMail::take_back_address},
                                                           {Purpose::new_address, ByMail::new_address},
                                                           {Purpose::verify_address, ByMail::verify_address}}};

Purpose purpose_of(ByMail what) {
    return std::ranges::find(links, what, &std::pair<Purpose, ByMail>::second)->first;
}

http::Cookie link_cookie(const Call& call) {
    return {"gatehouse_link", call.config().secure_cookies};
}

http::Response show_form(const Call& call, int status, pages::AskForMail content) {
    const auto binding = pre_login(call);
    content.csrf = form_token(call, form_of(content.what), binding.value);
    auto response = page(status, pages::ask_for_mail_page(frame_of(call), content));
    if (binding.set_cookie) response.header("Set-Cookie", *binding.set_cookie);
    return response;
}

struct Trouble {
    int status;
    pages::AskForMail::Error error;
    std::string_view code, message;
};
using Error = pages::AskForMail::Error;
constexpr Trouble no_address{422, Error::no_address, "not_an_address", "identifier must be an e-mail address."};
constexpr Trouble throttled{429, Error::throttled, "too_many_attempts", "Too many attempts. Try again later."};
constexpr Trouble busy{503, Error::unavailable, "unavailable", "No mail can be sent just now. Try again shortly."};

Trouble trouble_of(Submission::Trouble trouble) {
    const auto error = trouble == Submission::Trouble::origin ? Error::forbidden_origin : Error::expired_form;
    return {403, error, "forbidden", message_of(trouble)};
}

http::Response again(const Call& call, ByMail what, std::string_view typed, const Trouble& why, Seconds wait = {}) {
    pages::AskForMail content{what, {}, std::string(typed), false, why.error, wait};
    auto response = prefers_json(call) ? http::json_error(why.status, why.code, why.message)
                                       : show_form(call, why.status, std::move(content));
    retry_after(response, wait);
    return response;
}

/// What is left of a request when it has been answered.
struct Wish {
    ByMail what{};
    SettingsPtr settings;
    std::string context;
    std::string address;
    std::string language;
    std::string client;
    std::string request;
};

void log_outcome(const Wish& wish, std::string_view outcome, std::string_view user) {
    log::info(wish.what == ByMail::reset_password ? "reset_asked" : "registration_asked",
              {{"outcome", outcome},
               {"user", user},
               {"context", std::string_view(wish.context)},
               {"client", std::string_view(wish.client)},
               {"request", std::string_view(wish.request)}});
}

awaitable<void> queue_link(MailQueue& queue, Wish wish, std::string_view kind, std::string user_id) {
    NewMail mail{random_uuid(), std::string(kind), user_id, wish.address, wish.language, wish.context, {}};
    const auto queued = co_await queue.enqueue(std::move(mail), per_account, wall_now(), deadline_in(after_the_answer));
    log_outcome(wish, !queued ? "unavailable" : *queued ? "ok" : "enough_for_now", user_id);
}

/// The account that the address leads to. An account of the older system becomes one here, as it would by a login.
awaitable<Result<std::optional<Account>>> account_of(Services& services, const Wish& wish) {
    const auto* const context = wish.settings->config->context(wish.context);
    const Visit visit{wish.settings, *context, {}, false, {}, {}, {}, wall_now()};
    auto found = co_await services.identities.find_account(visit, wish.address);
    if (!found) co_return found.error();
    auto account = found->account;
    if (!account || !account->id.empty()) co_return account;
    co_return co_await services.identities.bring_in(visit, *std::move(found));
}

awaitable<void> queue_reset(Services& services, Wish wish) {
    const auto account = co_await account_of(services, wish);
    if (!account) co_return log_outcome(wish, "unavailable", {});
    if (!*account) co_return log_outcome(wish, "unknown_account", {});
    const auto& [id, email] = std::tie((*account)->id, (*account)->email);
    if ((*account)->disabled) co_return log_outcome(wish, "disabled", id);
    if (email.empty()) co_return log_outcome(wish, "no_address", id);
    co_await queue_link(*services.mail, std::move(wish), mail_kind::reset_password, id);
}

awaitable<void> queue_notice(MailQueue& queue, NewMail mail) {
    const std::string user = mail.user_id, kind = mail.kind;
    // A program that logs in without keeping cookies is a new device each time.
    const MailLimit limit = kind == mail_kind::new_device ? new_devices : MailLimit{};
    const auto queued = co_await queue.enqueue(std::move(mail), limit, wall_now(), deadline_in(after_the_answer));
    if (!queued)
        log::warning("mail_not_queued", {{"kind", std::string_view(kind)},
                                         {"user", std::string_view(user)},
                                         {"reason", std::string_view(queued.error().message())}});
}

/// A path of the application, or nothing.
std::string target_of(const Call& call, std::string_view wanted) {
    return http::safe_target(wanted, {}, call.config().prefix);
}

http::Response show_choice(const Call& call, const OneTimeToken& token, ByMail what, int status,
                           pages::PasswordChange::Error error) {
    pages::ChoosePassword content;
    content.what = what;
    content.csrf = form_token(call, choose_form, token.id);
    content.email = token.address;
    content.min_length = call.config().password_min_length;
    content.error = error;
    return page(status, pages::choose_password_page(frame_of(call), content));
}

} // namespace

bool offers_reset(const Call& call) {
    return call.services.mail != nullptr && !call.context.url.empty();
}

bool offers_addresses(const Call& call) {
    return offers_reset(call) && owns_accounts(call);
}

bool offers_registration(const Call& call) {
    return offers_reset(call) && call.context.registration == "open" &&
           call.services.identities.own_tokens_count(call.config(), call.context.name);
}

http::Response ask_for_mail(const Call& call, ByMail what) {
    pages::AskForMail content;
    content.what = what;
    content.sent = http::query_value(call.http.query(), "sent") == "1";
    return show_form(call, 200, std::move(content));
}

awaitable<http::Response> queue_mail(const Call& call, ByMail what) {
    const auto submission = read_submission(call, form_of(what), sent_pre_login(call));
    if (submission.trouble == Submission::Trouble::body) co_return refuse(call, submission);
    const std::string typed(submission.fields->text("identifier"));
    if (!submission.ok()) co_return again(call, what, typed, trouble_of(submission.trouble));
    const auto address = canonical_email(typed);
    if (!address) co_return again(call, what, typed, no_address);

    // Counted under a name of its own, so that nobody locks another person out of the login by asking for mail.
    Throttle::Try attempt{"mail " + *address, http::throttle_key(call.http.client_address()), {}};
    const auto admission = co_await call.services.throttle.admit(std::move(attempt));
    if (!admission.allowed) co_return again(call, what, typed, throttled, admission.retry_after);
    // The same for every address: whether the database can be asked at all. What depends on the account comes later.
    const auto there = co_await call.services.users.find_by_email(*address, sql_deadline(call.config(), call.until));
    if (!there) co_return again(call, what, typed, busy);

    Wish wish{what,
              call.settings,
              call.context.name,
              *address,
              std::string(http::code_of(frame_of(call).language)),
              std::string(call.http.client_address()),
              std::string(call.http.request_id())};
    auto& services = call.services;
    auto later = what == ByMail::reset_password
                     ? queue_reset(services, std::move(wish))
                     : queue_link(*services.mail, std::move(wish), mail_kind::register_account, {});
    boost::asio::co_spawn(services.executor, std::move(later), boost::asio::detached);
    if (prefers_json(call)) co_return http::json_response(202, http::JsonObject{}.add("status", "accepted"));
    std::string target = call.config().prefix + std::string(pages::first_step(what)) + "?sent=1";
    const auto frame = frame_of(call);
    if (frame.in_query) target.append("&lang=").append(http::code_of(frame.language));
    co_return redirect(target);
}

awaitable<LinkVisit> link_visit(const Call& call, ByMail what, Deadline until) {
    return link_visit(call, purpose_of(what), until);
}

awaitable<LinkVisit> link_visit(const Call& call, Purpose purpose, Deadline until) {
    const auto cookie = link_cookie(call).find(call.http);
    LinkVisit visit;
    if (cookie.kind != http::CookieValue::Kind::one) co_return visit;
    if (!call.settings->tokens.minted_here(cookie.value, name_of(purpose))) co_return visit;
    auto id = stored_id(cookie.value);
    auto found = co_await call.services.one_time.find_token(std::move(id), purpose, call.now,
                                                            sql_deadline(call.config(), until));
    visit.unknown = !found;
    if (found) visit.token = *std::move(found);
    co_return visit;
}

http::Response no_link(const Call& call, const LinkVisit& visit, ByMail what) {
    if (visit.unknown) return unavailable(call);
    const bool can_ask = what != ByMail::register_account || offers_registration(call);
    auto response = prefers_json(call)
                        ? http::json_error(400, "dead_link", "The link was used, is too old, or is none of ours.")
                        : page(400, pages::dead_link_page(frame_of(call), what, can_ask));
    if (link_cookie(call).find(call.http).kind != http::CookieValue::Kind::absent)
        response.header("Set-Cookie", link_cookie(call).remove());
    return response;
}

http::Response choose_password(const Call& call, const OneTimeToken& token, ByMail what) {
    return show_choice(call, token, what, 200, pages::PasswordChange::Error::none);
}

http::Response refuse_choice(const Call& call, const OneTimeToken& token, ByMail what, const PasswordRefusal& why) {
    auto response = prefers_json(call) ? http::json_error(why.status, why.code, why.message)
                                       : show_choice(call, token, what, why.status, why.error);
    retry_after(response);
    return response;
}

awaitable<ChosenPassword> read_chosen_password(const Call& call, const OneTimeToken& token, ByMail what,
                                               Deadline& until) {
    const auto refused = [&](const PasswordRefusal& why) {
        ChosenPassword none;
        none.refusal = refuse_choice(call, token, what, why);
        return none;
    };
    const auto submission = read_submission(call, choose_form, token.id);
    if (submission.trouble == Submission::Trouble::body) {
        ChosenPassword none;
        none.refusal = refuse(call, submission);
        co_return none;
    }
    if (!submission.ok()) co_return refused(password_refusal_of(submission.trouble));
    ChosenPassword chosen;
    chosen.plain = Secret{submission.fields->text("new_password")};
    if (const auto why = judge_new_password(call, chosen.plain.view(), token.address)) co_return refused(*why);
    Secret to_hash{chosen.plain.view()};
    const Pause pause(until);
    auto hash = co_await call.services.hasher.hash(std::move(to_hash));
    if (!hash) co_return refused(password_busy);
    chosen.hash = *std::move(hash);
    co_return chosen;
}

http::Response link_used(const Call& call, std::string_view notice) {
    auto response = prefers_json(call) ? http::json_response(200, http::JsonObject{}.add("status", notice))
                                       : redirect(call.config().prefix + "/login?notice=" + std::string(notice));
    response.header("Set-Cookie", link_cookie(call).remove());
    return response;
}

http::Response ask_to_confirm(const Call& call, const OneTimeToken& token, ByMail what, int status,
                              pages::ConfirmLink::Error error) {
    pages::ConfirmLink content;
    content.what = what;
    content.csrf = form_token(call, confirm_form, token.id);
    content.address = token.address;
    content.target = target_of(call, http::query_value(call.http.query(), "rd").value_or(""));
    content.error = error;
    auto response = page(status, pages::confirm_link_page(frame_of(call), content));
    retry_after(response);
    return response;
}

std::optional<http::Response> refuse_confirmation(const Call& call, const OneTimeToken& token, ByMail what,
                                                  std::string& target) {
    const auto submission = read_submission(call, confirm_form, token.id);
    if (submission.trouble == Submission::Trouble::body) return refuse(call, submission);
    target = target_of(call, submission.fields->text("rd"));
    if (submission.ok()) return std::nullopt;
    if (prefers_json(call)) return http::json_error(403, "forbidden", message_of(submission.trouble));
    using ConfirmError = pages::ConfirmLink::Error;
    const bool origin = submission.trouble == Submission::Trouble::origin;
    return ask_to_confirm(call, token, what, 403, origin ? ConfirmError::forbidden_origin : ConfirmError::expired_form);
}

http::Response confirmation_unavailable(const Call& call, const OneTimeToken& token, ByMail what) {
    if (prefers_json(call)) return unavailable(call);
    return ask_to_confirm(call, token, what, 503, pages::ConfirmLink::Error::unavailable);
}

awaitable<http::Response> confirmed(const Call& call, std::string_view notice, std::string target) {
    auto response = link_used(call, notice);
    if (prefers_json(call)) co_return response;
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return response;
    std::string page = call.config().prefix + "/me?notice=" + std::string(notice);
    auto onward = redirect(target.empty() ? page : target);
    onward.header("Set-Cookie", link_cookie(call).remove());
    co_return onward;
}

NewMail mail_of(const Call& call, std::string_view kind, std::string user_id, std::string address, std::string facts) {
    return {random_uuid(),
            std::string(kind),
            std::move(user_id),
            std::move(address),
            std::string(http::code_of(frame_of(call).language)),
            call.context.name,
            std::move(facts)};
}

awaitable<Result<bool>> queue_link_for(const Call& call, std::string_view kind, std::string user_id,
                                       std::string address, std::string facts, Deadline until) {
    auto mail = mail_of(call, kind, std::move(user_id), std::move(address), std::move(facts));
    return call.services.mail->enqueue(std::move(mail), per_account, wall_now(), sql_deadline(call.config(), until));
}

void tell_of_new_device(const Call& call, const User& user) {
    http::JsonObject facts;
    facts.add("device", pages::device_name(call.http.user_agent())).add("address", call.http.client_address());
    notify_by_mail(call, mail_kind::new_device, user.id, user.email, facts.str());
}

void notify_by_mail(const Call& call, std::string_view kind, const std::string& user_id, const std::string& address,
                    std::string facts) {
    if (!offers_reset(call) || address.empty()) return;
    auto mail = mail_of(call, kind, user_id, address, std::move(facts));
    boost::asio::co_spawn(call.services.executor, queue_notice(*call.services.mail, std::move(mail)),
                          boost::asio::detached);
}

namespace endpoints {

/// Looking at the link uses nothing, whoever looks: a person, or a program that checks mail. The token leaves the
/// address at once, so that it is in no history and no Referer.
awaitable<http::Response> follow_link(const Call& call) {
    const auto token = http::query_value(call.http.query(), "token").value_or("");
    const auto target = target_of(call, http::query_value(call.http.query(), "rd").value_or(""));
    for (const auto& [purpose, what] : links) {
        if (!call.settings->tokens.minted_here(token, name_of(purpose))) continue;
        std::string page = call.config().prefix + std::string(pages::second_step(what));
        if (!target.empty()) {
            page += "?rd=";
            http::append_query_component(page, target);
        }
        auto response = redirect(page);
        response.header("Set-Cookie", link_cookie(call).set(token, Seconds(link_lives)));
        co_return response;
    }
    co_return no_link(call, {}, ByMail::reset_password);
}

} // namespace endpoints
} // namespace gatehouse
