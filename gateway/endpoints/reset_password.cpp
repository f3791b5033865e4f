// SPDX-License-Identifier: Apache-2.0
// A new password by a link. A forgotten password: asking for the link changes nothing on the account. The new password
// ends every session and every other link, and signs nobody in. And an address that somebody has changed: its link
// brings it back together with a new password, because whoever has changed it knows the old one.
#include "gateway/endpoints/answers.h"

#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/by_mail.h"
#include "gateway/endpoints/cookies.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/known_device.h"
#include "gateway/letters/composer.h"
#include "gateway/log/log.h"

namespace gatehouse::endpoints {
namespace {

using pages::ByMail;

void log_reset(const Call& call, ByMail what, LinkOutcome outcome, std::string_view user) {
    call.services.request_metrics.reset(outcome);
    log::info(what == ByMail::reset_password ? "password_reset" : "address_taken_back",
              {{"outcome", name_of(outcome)},
               {"user", user},
               {"client", call.http.client_address()},
               {"request", call.http.request_id()}});
}

boost::asio::awaitable<http::Response> choose_by_link(const Call& call, ByMail what) {
    const auto visit = co_await link_visit(call, what, call.until);
    if (!visit.token) co_return no_link(call, visit, what);
    co_return choose_password(call, *visit.token, what);
}

boost::asio::awaitable<http::Response> set_by_link(const Call& call, ByMail what) {
    auto until = call.until;
    const auto visit = co_await link_visit(call, what, until);
    if (!visit.token) co_return no_link(call, visit, what);
    const auto& token = *visit.token;
    auto chosen = co_await read_chosen_password(call, token, what, until);
    if (chosen.refusal) co_return *std::move(chosen.refusal);
    const bool takes_back = what == ByMail::take_back_address;
    NewPassword fresh{token.user_id, std::move(chosen.hash), {{}, token.id, takes_back}, std::move(chosen.plain)};
    const auto asking = visit_of(call);
    const auto changed =
        co_await call.services.identities.change_password(asking, std::move(fresh), sql_deadline(call.config(), until));
    const auto outcome = !changed           ? LinkOutcome::unavailable
                         : changed->changed ? LinkOutcome::ok
                                            : LinkOutcome::dead_link;
    log_reset(call, what, outcome, token.user_id);
    if (!changed) co_return refuse_choice(call, token, what, password_busy);
    if (!changed->changed) co_return no_link(call, {}, what); // another request has used the link meanwhile
    notify_by_mail(call, mail_kind::password_changed, token.user_id, token.address);
    auto response = changed->ended == EndOutcome::unconfirmed
                        ? not_confirmed(call, pages::Recorded::What::password_changed)
                        : link_used(call, "password_changed");
    if (!asking.token.empty() || !asking.older_token.empty()) remove_cookies(call, response);
    response.header("Set-Cookie", device_cookie(call, token.address)); // earlier failed logins do not count here
    co_return response;
}

} // namespace

boost::asio::awaitable<http::Response> forgot_page(const Call& call) {
    co_return offers_reset(call) ? ask_for_mail(call, ByMail::reset_password) : not_found(call);
}

boost::asio::awaitable<http::Response> forgot_password(const Call& call) {
    if (!offers_reset(call)) co_return not_found(call);
    co_return co_await queue_mail(call, ByMail::reset_password);
}

boost::asio::awaitable<http::Response> reset_page(const Call& call) {
    return choose_by_link(call, ByMail::reset_password);
}

boost::asio::awaitable<http::Response> reset_password(const Call& call) {
    return set_by_link(call, ByMail::reset_password);
}

boost::asio::awaitable<http::Response> take_back_page(const Call& call) {
    return choose_by_link(call, ByMail::take_back_address);
}

boost::asio::awaitable<http::Response> take_back_address(const Call& call) {
    return set_by_link(call, ByMail::take_back_address);
}

} // namespace gatehouse::endpoints
