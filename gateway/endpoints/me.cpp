// SPDX-License-Identifier: Apache-2.0
// Who am I? The answer has the same facts as a check.
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/by_mail.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/owner_form.h"
#include "gateway/http/form.h"
#include "gateway/http/json.h"

namespace gatehouse::endpoints {
namespace {

/// Nearly everybody has it, and it means nothing to people.
constexpr std::string_view ordinary_role = "user";

std::vector<std::string> current_permissions(const User& user, Instant now) {
    std::vector<std::string> names;
    for (const auto& permission : user.permissions) {
        if (!permission.expires_at || *permission.expires_at > now) names.push_back(permission.name);
    }
    return names;
}

std::int64_t unix_seconds(Instant at) {
    return std::chrono::duration_cast<Seconds>(at.time_since_epoch()).count();
}

http::Response as_json(const Call& call, const Lookup& found) {
    http::JsonArray permissions;
    for (const auto& name : current_permissions(found.user(), call.now))
        permissions.add(name);
    http::JsonObject user;
    user.add("id", found.user().id).add("email", found.user().email).add("role", found.user().role);
    user.add("verified", found.user().verified).add("permissions", permissions);
    http::JsonObject session;
    session.add("handle", found.who.handle_text()).add("context", call.context.name);
    session.add("created_at", unix_seconds(found.who.life.created_at))
        .add("expires_at", unix_seconds(found.who.life.expires_at));
    return http::json_response(200, http::JsonObject{}.add("user", user).add("session", session));
}

pages::Account::Notice notice_of(std::string_view word) {
    using Notice = pages::Account::Notice;
    if (word == "address_changed") return Notice::address_changed;
    if (word == "address_taken") return Notice::address_taken;
    if (word == "address_verified") return Notice::address_verified;
    if (word == "phone_changed") return Notice::phone_changed;
    return Notice::none;
}

} // namespace

boost::asio::awaitable<http::Response> me(const Call& call) {
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    if (prefers_json(call)) co_return as_json(call, found);
    pages::Account content;
    content.email = found.user().email;
    if (found.user().role != ordinary_role) content.role = found.user().role;
    content.context = call.context.display_name;
    content.verified = found.user().verified;
    content.permissions = current_permissions(found.user(), call.now);
    content.owns_account = owns_accounts(call);
    content.offers_address = offers_addresses(call);
    content.notice = notice_of(http::query_value(call.http.query(), "notice").value_or(""));
    co_return page(200, pages::account_page(frame_of(call), content));
}

} // namespace gatehouse::endpoints
