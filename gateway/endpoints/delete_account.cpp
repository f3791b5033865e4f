// SPDX-License-Identifier: Apache-2.0
// The owner of an account deletes it: with the current password, for good, everywhere. The command `user delete` goes
// the same way (accounts/removal.h).
#include "gateway/accounts/removal.h"
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/cookies.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/owner_form.h"
#include "gateway/http/json.h"
#include "gateway/log/log.h"

namespace gatehouse::endpoints {
namespace {

using boost::asio::awaitable;

constexpr auto what = pages::OwnerForm::What::delete_account;

/// The older system, then the other gateways.
class News final : public RemovalNews {
  public:
    News(const Call& call, const Lookup& found) : call_(call), found_(found) {}

    awaitable<bool> about_to_remove(std::string user_id) override {
        auto own = found_.who.session().key;
        const auto visit = visit_of(call_);
        co_return co_await call_.services.identities.end_elsewhere(visit, std::move(user_id), std::move(own));
    }
    awaitable<bool> removed(std::string user_id, UserChange change) override {
        return call_.services.identities.user_changed(std::move(user_id), change.generation, std::move(change.ended));
    }

  private:
    const Call& call_;
    const Lookup& found_;
};

http::Response gone(const Call& call, Removal::Outcome outcome) {
    http::Response response;
    if (outcome == Removal::Outcome::unconfirmed) {
        response = not_confirmed(call, pages::Recorded::What::account_deleted);
    } else if (prefers_json(call)) {
        response = http::json_response(200, http::JsonObject{}.add("status", "account_deleted"));
    } else {
        response = redirect(call.config().prefix + "/login?notice=account_deleted");
    }
    remove_cookies(call, response);
    return response;
}

} // namespace

awaitable<http::Response> delete_account_page(const Call& call) {
    if (!owns_accounts(call)) co_return not_found(call);
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    pages::OwnerForm content;
    content.what = what;
    co_return show_owner_form(call, found, std::move(content));
}

awaitable<http::Response> delete_account(const Call& call) {
    if (!owns_accounts(call)) co_return not_found(call);
    auto post = co_await read_owner_post(call, what);
    if (post.refusal) co_return *std::move(post.refusal);
    auto until = call.until;
    const auto proof = co_await confirm_current_password(call, post.found, std::move(post.current), until);
    if (proof.refusal) co_return refuse_owner(call, post.found, what, *proof.refusal, {}, proof.retry_after);
    News news(call, post.found);
    RemovalPlaces places{call.services.users, call.services.preferences.stores()};
    std::function<Deadline()> deadline = [&] { return deadline_in(call.config().database_timeout); };
    const auto removal = co_await remove_account(std::move(places), news, proof.account->id, proof.account->generation,
                                                 std::move(deadline));
    log::info("account_deleted", {{"outcome", name_of(removal.outcome)},
                                  {"user", std::string_view(proof.account->id)},
                                  {"sessions", static_cast<std::int64_t>(removal.ended)},
                                  {"client", call.http.client_address()},
                                  {"request", call.http.request_id()}});
    const bool over = removal.outcome == Removal::Outcome::done || removal.outcome == Removal::Outcome::unconfirmed;
    if (!over) co_return refuse_owner(call, post.found, what, owner_busy);
    co_return gone(call, removal.outcome);
}

} // namespace gatehouse::endpoints
