// SPDX-License-Identifier: Apache-2.0
// The address of the pages by itself leads to the account, or to the login.
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"

namespace gatehouse::endpoints {

boost::asio::awaitable<http::Response> start(const Call& call) {
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    co_return redirect(call.config().prefix + "/me");
}

} // namespace gatehouse::endpoints
