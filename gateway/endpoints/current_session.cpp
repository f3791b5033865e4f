// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/current_session.h"

#include "gateway/accounts/requirement.h"
#include "gateway/endpoints/cookies.h"
#include "gateway/endpoints/personal.h"
#include "gateway/http/percent.h"
#include "gateway/http/redirect_target.h"

#include <algorithm>

namespace gatehouse {

Visit visit_of(const Call& call) {
    const auto ours = session_cookie(call).find(call.http);
    Visit visit{call.settings, call.context, ours.value, ours.kind == http::CookieValue::Kind::conflict, {}, {}, {},
                call.now};
    const auto name = call.services.identities.older_cookie(call.config(), call.context.name, call.now);
    if (name.empty()) return visit;
    visit.address = call.http.client_address();
    visit.user_agent = call.http.user_agent();
    const auto older = http::find_cookie(call.http, name);
    const bool one = older.kind == http::CookieValue::Kind::one && could_be_older_token(older.value);
    if (one) visit.older_token = older.value;
    return visit;
}

void note_visitor(const Call& call, const Lookup& found) {
    if (!found.fresh_token.empty()) call.fresh_cookie = give_cookie(call, found.fresh_token, found.who.life);
    call.visitor = found.who.user;
}

boost::asio::awaitable<Lookup> current_session(const Call& call) {
    const auto visit = visit_of(call);
    auto recalled = call.services.identities.recall(visit);
    auto& found = recalled.found;
    if (!recalled.answers()) found = co_await call.services.identities.look_up(visit, recalled);
    note_visitor(call, *found);
    if (call.visitor) co_await PreferenceBook::arrival(preferences_of(call, *call.visitor));
    co_return *std::move(found);
}

bool may_enter(const Call& call, const User& user) {
    return std::ranges::all_of(call.context.require, [&](const std::string& word) {
        return evaluate_requirement(word, user, call.now) == RequirementVerdict::met;
    });
}

namespace {

std::string with_way_back(std::string url, const Config& config, std::string_view wanted) {
    if (wanted.empty() || wanted == "/") return url;
    // Drops a target that would not be followed. The longest target that is followed has 2 KiB and takes 6
    // KiB here: nginx reads all headers of an answer into one buffer, of 8 KiB in the nginx files that we ship.
    if (http::safe_target(wanted, {}, config.prefix).empty()) return url;
    url += "?rd=";
    http::append_query_component(url, wanted);
    return url;
}

} // namespace

std::string login_url(const Config& config, std::string_view wanted) {
    return with_way_back(config.prefix + "/login", config, wanted);
}

std::string verification_url(const Config& config, std::string_view wanted) {
    return with_way_back(config.prefix + "/account/verify", config, wanted);
}

} // namespace gatehouse
