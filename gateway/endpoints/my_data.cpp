// SPDX-License-Identifier: Apache-2.0
// What Gatehouse knows of the visitor, as a file.
#include "gateway/accounts/personal_data.h"
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/current_session.h"

namespace gatehouse::endpoints {

boost::asio::awaitable<http::Response> my_data(const Call& call) {
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    auto& services = call.services;
    const std::string user_id = found.user().id;
    auto sessions = co_await services.identities.list(user_id, call.now);
    if (!sessions) co_return unavailable(call);
    std::vector<DataPlace> places;
    for (const auto& context : call.config().contexts)
        places.push_back({context.name, &services.preferences.store_of(context.name)});
    const auto data = co_await personal_data(services.users, std::move(places), user_id, *std::move(sessions),
                                             sql_deadline(call.config(), call.until));
    if (!data || !*data) co_return unavailable(call);
    http::Response response(200);
    response.header("Content-Disposition", "attachment; filename=\"account.json\"")
        .header("Cache-Control", "private, no-store")
        .body("application/json; charset=utf-8", **data);
    co_return response;
}

} // namespace gatehouse::endpoints
