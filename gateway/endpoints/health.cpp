// SPDX-License-Identifier: Apache-2.0
// Is the process alive? Asks no store, so that a supervisor never kills the process because of a broken store.
#include "gateway/endpoints/endpoint.h"
#include "gateway/http/json.h"

namespace gatehouse::endpoints {

boost::asio::awaitable<http::Response> health(const Call& call) {
    co_return http::json_response(200, http::JsonObject{}.add("status", "ok").add("mode", call.config().mode()));
}

} // namespace gatehouse::endpoints
