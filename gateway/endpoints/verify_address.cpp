// SPDX-License-Identifier: Apache-2.0
// The owner of an account shows that its address is theirs: asks for a link, and follows it.
#include "gateway/accounts/identifier.h"
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/by_mail.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/owner_form.h"
#include "gateway/http/form.h"
#include "gateway/http/json.h"
#include "gateway/http/percent.h"
#include "gateway/http/redirect_target.h"
#include "gateway/letters/composer.h"
#include "gateway/log/log.h"

namespace gatehouse::endpoints {
namespace {

using boost::asio::awaitable;
using pages::OwnerForm;

constexpr auto form = OwnerForm::What::verify_address;
constexpr auto link = pages::ByMail::verify_address;
constexpr Seconds an_hour{3600};
constexpr PasswordRefusal enough{429, PasswordRefusal::Error::throttled, "too_many_attempts",
                                 "Too many attempts. Try again later."};

OwnerForm::State state_of(const User& user) {
    if (user.verified) return OwnerForm::State::verified;
    return canonical_email(user.email) ? OwnerForm::State::form : OwnerForm::State::no_address;
}

std::string with_target(std::string path, const std::string& target) {
    if (target.empty()) return path;
    path += path.find('?') == path.npos ? "?rd=" : "&rd=";
    http::append_query_component(path, target);
    return path;
}

void log_line(const Call& call, std::string_view event, std::string_view outcome, std::string_view user) {
    log::info(event, {{"outcome", outcome},
                      {"user", user},
                      {"client", call.http.client_address()},
                      {"request", call.http.request_id()}});
}

} // namespace

awaitable<http::Response> verification_page(const Call& call) {
    if (!offers_addresses(call)) co_return not_found(call);
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    OwnerForm content;
    content.what = form;
    content.target =
        http::safe_target(http::query_value(call.http.query(), "rd").value_or(""), {}, call.config().prefix);
    content.state = state_of(found.user());
    const bool sent = http::query_value(call.http.query(), "sent") == "1";
    if (sent && content.state == OwnerForm::State::form) content.state = OwnerForm::State::sent;
    co_return show_owner_form(call, found, std::move(content));
}

awaitable<http::Response> ask_verification(const Call& call) {
    if (!offers_addresses(call)) co_return not_found(call);
    auto post = co_await read_owner_post(call, form);
    if (post.refusal) co_return *std::move(post.refusal);
    const auto& user = post.found.user();
    const auto address = canonical_email(user.email);
    if (user.verified || !address)
        co_return owner_done(call, 200, user.verified ? "verified" : "no_address",
                             with_target("/account/verify", post.target));
    std::string facts;
    if (!post.target.empty()) facts = http::JsonObject{}.add("rd", post.target).str();
    auto queued =
        co_await queue_link_for(call, mail_kind::verify_address, user.id, *address, std::move(facts), call.until);
    log_line(call, "verification_asked", !queued ? "unavailable" : *queued ? "ok" : "enough_for_now", user.id);
    if (!queued) co_return refuse_owner(call, post.found, form, owner_busy);
    if (!*queued) co_return refuse_owner(call, post.found, form, enough, {}, an_hour);
    co_return owner_done(call, 202, "accepted", with_target("/account/verify?sent=1", post.target));
}

awaitable<http::Response> verify_address_page(const Call& call) {
    if (!offers_addresses(call)) co_return not_found(call);
    const auto visit = co_await link_visit(call, link, call.until);
    if (!visit.token) co_return no_link(call, visit, link);
    co_return ask_to_confirm(call, *visit.token, link);
}

awaitable<http::Response> verify_address(const Call& call) {
    if (!offers_addresses(call)) co_return not_found(call);
    const auto visit = co_await link_visit(call, link, call.until);
    if (!visit.token) co_return no_link(call, visit, link);
    std::string target;
    if (auto refusal = refuse_confirmation(call, *visit.token, link, target)) co_return *std::move(refusal);
    const auto& user = visit.token->user_id;
    const auto changed = co_await call.services.one_time.verify_address(visit.token->id, wall_now(),
                                                                        sql_deadline(call.config(), call.until));
    log_line(call, "address_verified", !changed ? "unavailable" : changed->found ? "ok" : "dead_link", user);
    if (!changed) co_return confirmation_unavailable(call, *visit.token, link);
    if (!changed->found) co_return no_link(call, {}, link);
    co_await call.services.identities.user_changed(user, changed->generation, {});
    co_return co_await confirmed(call, "address_verified", std::move(target));
}

} // namespace gatehouse::endpoints
