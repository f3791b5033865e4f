// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/ending.h"

#include "gateway/endpoints/visitor.h"
#include "gateway/sessions/token.h"

namespace gatehouse {

boost::asio::awaitable<EndOutcome> end_ours(Services& services, SettingsPtr settings, std::string token,
                                            std::string context) {
    const auto outcome = co_await services.sessions.end(token, context, wall_now());
    if (outcome != EndOutcome::done || !services.takeover.concerns(*settings->config, context, wall_now())) {
        co_return outcome;
    }
    SessionKey key{std::move(context), stored_id(token)};
    const bool told = co_await services.takeover.tell_ended(std::move(settings), std::move(key), wall_now());
    co_return told ? outcome : EndOutcome::unconfirmed;
}

void remove_cookies(const Call& call, http::Response& response) {
    response.header("Set-Cookie", session_cookie(call).remove());
    if (!old_token(call).empty()) response.header("Set-Cookie", old_cookie(call).remove());
}

} // namespace gatehouse
