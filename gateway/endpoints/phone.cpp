// SPDX-License-Identifier: Apache-2.0
// The phone number that a person states. It is kept and shown to them, and proves nothing: nobody signs in with it, and
// no application is told of it, because nothing shows that it is theirs.
#include "gateway/accounts/identifier.h"
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/owner_form.h"
#include "gateway/log/log.h"

namespace gatehouse::endpoints {
namespace {

using boost::asio::awaitable;
using pages::OwnerForm;

constexpr auto form = OwnerForm::What::phone;
constexpr ValueRefusal no_phone{OwnerForm::ValueError::no_phone, "not_a_phone_number",
                                "phone must be a phone number with its country code, or empty."};

/// nullopt: it is none. Empty: to be removed.
std::optional<std::string> canonical_phone(const std::string& typed) {
    if (typed.find_first_not_of(' ') == typed.npos) return std::string{};
    auto number = canonical_identifier(typed);
    return number && number->starts_with('+') ? number : std::nullopt;
}

} // namespace

awaitable<http::Response> phone_page(const Call& call) {
    if (!owns_accounts(call)) co_return not_found(call);
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    const auto account = co_await call.services.users.find(found.user().id, sql_deadline(call.config(), call.until));
    if (!account) co_return unavailable(call);
    OwnerForm content;
    content.what = form;
    if (*account) content.value = (*account)->claimed_phone;
    co_return show_owner_form(call, found, std::move(content));
}

awaitable<http::Response> change_phone(const Call& call) {
    if (!owns_accounts(call)) co_return not_found(call);
    auto post = co_await read_owner_post(call, form);
    if (post.refusal) co_return *std::move(post.refusal);
    auto number = canonical_phone(post.value);
    if (!number) co_return refuse_value(call, post, form, no_phone);
    auto until = call.until;
    const auto proof = co_await confirm_current_password(call, post.found, std::move(post.current), until);
    if (proof.refusal) co_return refuse_owner(call, post.found, form, *proof.refusal, post.value, proof.retry_after);
    Contact contact;
    contact.claimed_phone = std::move(number);
    const auto& id = proof.account->id;
    const auto changed = co_await call.services.users.set_contact(id, std::move(contact), wall_now(),
                                                                  sql_deadline(call.config(), until));
    log::info("phone_changed", {{"outcome", changed ? "ok" : "unavailable"},
                                {"user", std::string_view(id)},
                                {"client", call.http.client_address()},
                                {"request", call.http.request_id()}});
    if (!changed || !changed->found) co_return refuse_owner(call, post.found, form, owner_busy, post.value);
    co_await call.services.identities.user_changed(id, changed->generation, {});
    co_return owner_done(call, 200, "phone_changed", "/me?notice=phone_changed");
}

} // namespace gatehouse::endpoints
