// SPDX-License-Identifier: Apache-2.0
// Another address for an account: asked for with the current password, confirmed by a link that goes to the new
// address, and told to the old one with a link that takes it back (reset_password.cpp). Whether somebody else has the
// address changes nothing in the answer. Accounts without an address get their first one so.
#include "gateway/accounts/identifier.h"
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/by_mail.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/known_device.h"
#include "gateway/endpoints/owner_form.h"
#include "gateway/http/client_address.h"
#include "gateway/http/form.h"
#include "gateway/letters/composer.h"
#include "gateway/log/log.h"

namespace gatehouse::endpoints {
namespace {

using boost::asio::awaitable;
using pages::OwnerForm;
using Error = PasswordRefusal::Error;

constexpr auto form = OwnerForm::What::new_address;
constexpr auto link = pages::ByMail::new_address;
constexpr Seconds an_hour{3600};
constexpr ValueRefusal no_address{OwnerForm::ValueError::no_address, "not_an_address", "email must be an address."};
constexpr ValueRefusal same{OwnerForm::ValueError::same_address, "address_unchanged", "This is the address already."};
constexpr PasswordRefusal enough{429, Error::throttled, "too_many_attempts", "Too many attempts. Try again later."};

void log_asked(const Call& call, std::string_view outcome, std::string_view user) {
    log::info("new_address_asked", {{"outcome", outcome},
                                    {"user", user},
                                    {"client", call.http.client_address()},
                                    {"request", call.http.request_id()}});
}

/// nullopt: the link is queued.
awaitable<std::optional<PasswordRefusal>> send_link(const Call& call, const Account& account, std::string address,
                                                    Deadline until) {
    auto queued = co_await queue_link_for(call, mail_kind::new_address, account.id, std::move(address), {}, until);
    log_asked(call, !queued ? "unavailable" : *queued ? "ok" : "enough_for_now", account.id);
    if (!queued) co_return owner_busy;
    if (!*queued) co_return enough;
    co_return std::nullopt;
}

void log_change(const Call& call, std::string_view outcome, std::string_view user) {
    log::info("address_changed", {{"outcome", outcome},
                                  {"user", user},
                                  {"client", call.http.client_address()},
                                  {"request", call.http.request_id()}});
}

/// Between the look and the change somebody else may have taken the address.
Result<AddressChange> settled(Result<AddressChange> changed) {
    if (!changed && changed.error() == StoreError::conflict)
        return AddressChange{AddressChange::Outcome::taken, {}, 0, {}};
    return changed;
}

} // namespace

awaitable<http::Response> new_address_page(const Call& call) {
    if (!offers_addresses(call)) co_return not_found(call);
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    OwnerForm content;
    content.what = form;
    if (http::query_value(call.http.query(), "sent") == "1") content.state = OwnerForm::State::sent;
    co_return show_owner_form(call, found, std::move(content));
}

awaitable<http::Response> ask_new_address(const Call& call) {
    if (!offers_addresses(call)) co_return not_found(call);
    auto post = co_await read_owner_post(call, form);
    if (post.refusal) co_return *std::move(post.refusal);
    const auto address = canonical_email(post.value);
    if (!address) co_return refuse_value(call, post, form, no_address);
    if (address == canonical_email(post.found.user().email)) co_return refuse_value(call, post, form, same);
    auto until = call.until;
    auto proof = co_await confirm_current_password(call, post.found, std::move(post.current), until);
    if (proof.refusal) co_return refuse_owner(call, post.found, form, *proof.refusal, post.value, proof.retry_after);
    // As for a forgotten password: nobody fills the mailbox of somebody else through many accounts.
    Throttle::Try attempt{"mail " + *address, http::throttle_key(call.http.client_address()), {}};
    const auto admission = co_await call.services.throttle.admit(std::move(attempt));
    if (!admission.allowed) co_return refuse_owner(call, post.found, form, enough, post.value, admission.retry_after);
    if (const auto why = co_await send_link(call, *proof.account, *address, until))
        co_return refuse_owner(call, post.found, form, *why, post.value, why->status == 429 ? an_hour : Seconds{});
    co_return owner_done(call, 202, "accepted", "/account/email?sent=1");
}

awaitable<http::Response> confirm_address_page(const Call& call) {
    if (!offers_addresses(call)) co_return not_found(call); // the address of before could not be told
    const auto visit = co_await link_visit(call, link, call.until);
    if (!visit.token) co_return no_link(call, visit, link);
    co_return ask_to_confirm(call, *visit.token, link);
}

awaitable<http::Response> confirm_address(const Call& call) {
    if (!offers_addresses(call)) co_return not_found(call); // the address of before could not be told
    const auto visit = co_await link_visit(call, link, call.until);
    if (!visit.token) co_return no_link(call, visit, link);
    std::string target;
    if (auto refusal = refuse_confirmation(call, *visit.token, link, target)) co_return *std::move(refusal);
    auto notice = mail_of(call, mail_kind::address_changed, {}, {}, {});
    auto changed = settled(co_await call.services.one_time.change_address(
        visit.token->id, std::move(notice), wall_now(), sql_deadline(call.config(), call.until)));
    using Outcome = AddressChange::Outcome;
    const auto outcome = !changed                                ? "unavailable"
                         : changed->outcome == Outcome::yes      ? "ok"
                         : changed->outcome == Outcome::no_token ? "dead_link"
                                                                 : "taken";
    log_change(call, outcome, visit.token->user_id);
    if (!changed) co_return confirmation_unavailable(call, *visit.token, link);
    if (changed->outcome == Outcome::no_token) co_return no_link(call, {}, link);
    const bool taken = changed->outcome == Outcome::taken;
    // A gateway that has not heard of it yet shows the former address for a moment: no session ends by it.
    if (!taken) co_await call.services.identities.user_changed(changed->user_id, changed->generation, {});
    auto response = co_await confirmed(call, taken ? "address_taken" : "address_changed");
    // As after a login: this browser belongs to the account, by the name that it has now.
    if (!taken) response.header("Set-Cookie", device_cookie(call, visit.token->address));
    co_return response;
}

} // namespace gatehouse::endpoints
