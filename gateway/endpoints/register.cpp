// SPDX-License-Identifier: Apache-2.0
// A new account. The address is proven first: nothing is stored before the link of the mail is followed, so nobody can
// take an address, or set a password for it, that belongs to somebody else. Whoever was invited by an operator
// (`gatehouse user invite`) has such a link already.
#include "gateway/accounts/invitation.h"
#include "gateway/endpoints/answers.h"

#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/by_mail.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/known_device.h"
#include "gateway/log/log.h"

namespace gatehouse::endpoints {
namespace {

constexpr auto what = pages::ByMail::register_account;

bool takes_newcomers(const Call& call) {
    return call.context.registration != "off" &&
           call.services.identities.own_tokens_count(call.config(), call.context.name);
}

boost::asio::awaitable<LinkVisit> newcomer(const Call& call, Deadline until) {
    auto visit = co_await link_visit(call, Purpose::invitation, until);
    if (visit.token || visit.unknown || !offers_registration(call)) co_return visit;
    co_return co_await link_visit(call, what, until);
}

} // namespace

boost::asio::awaitable<http::Response> register_page(const Call& call) {
    co_return offers_registration(call) ? ask_for_mail(call, what) : not_found(call);
}

boost::asio::awaitable<http::Response> register_account(const Call& call) {
    if (!offers_registration(call)) co_return not_found(call);
    co_return co_await queue_mail(call, what);
}

boost::asio::awaitable<http::Response> registration_page(const Call& call) {
    if (!takes_newcomers(call)) co_return not_found(call);
    const auto visit = co_await newcomer(call, call.until);
    if (!visit.token) co_return no_link(call, visit, what);
    co_return choose_password(call, *visit.token, what);
}

boost::asio::awaitable<http::Response> finish_registration(const Call& call) {
    if (!takes_newcomers(call)) co_return not_found(call);
    auto until = call.until;
    const auto visit = co_await newcomer(call, until);
    if (!visit.token) co_return no_link(call, visit, what);
    auto chosen = co_await read_chosen_password(call, *visit.token, what, until);
    if (chosen.refusal) co_return *std::move(chosen.refusal);
    auto given = read_invitation(visit.token->grants);
    NewAccount account{random_uuid(), visit.token->address, std::move(chosen.hash), given.role, true, wall_now()};
    const std::string user_id = account.id;
    const auto made = co_await call.services.one_time.register_account(visit.token->id, visit.token->purpose,
                                                                       std::move(account), std::move(given.permissions),
                                                                       sql_deadline(call.config(), until));
    const bool yes = made && *made == Registered::yes;
    const auto outcome = !made                        ? LinkOutcome::unavailable
                         : yes                        ? LinkOutcome::ok
                         : *made == Registered::taken ? LinkOutcome::taken
                                                      : LinkOutcome::dead_link;
    call.services.request_metrics.registration(outcome);
    log::info("registration", {{"outcome", name_of(outcome)},
                               {"invited", visit.token->purpose == Purpose::invitation},
                               {"user", yes ? std::string_view(user_id) : std::string_view{}},
                               {"context", std::string_view(call.context.name)},
                               {"client", call.http.client_address()},
                               {"request", call.http.request_id()}});
    if (!made) co_return refuse_choice(call, *visit.token, what, password_busy);
    if (*made == Registered::no_token) co_return no_link(call, {}, what);
    auto response = link_used(call, yes ? "account_created" : "account_exists");
    response.header("Set-Cookie", device_cookie(call, visit.token->address));
    co_return response;
}

} // namespace gatehouse::endpoints
