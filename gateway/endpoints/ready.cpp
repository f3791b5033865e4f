// SPDX-License-Identifier: Apache-2.0
// Can the process do its work, and which store is missing? `down` (503) only if checks cannot be answered.
#include "gateway/endpoints/endpoint.h"
#include "gateway/http/json.h"

#include <algorithm>

namespace gatehouse {

std::string_view Readiness::status() const noexcept {
    if (std::any_of(stores.begin(), stores.end(), [](const auto& s) { return s.needed && !s.up; })) return "down";
    if (std::any_of(stores.begin(), stores.end(), [](const auto& s) { return !s.up; })) return "degraded";
    return "ok";
}

namespace endpoints {

boost::asio::awaitable<http::Response> ready(const Call& call) {
    const auto readiness = co_await call.services.readiness.probe();
    const auto status = readiness.status();
    http::JsonObject stores;
    for (const auto& store : readiness.stores)
        stores.add(store.name, store.up ? "up" : "down");
    http::JsonObject answer;
    answer.add("status", status).add("mode", call.config().mode()).add("strategy", name_of(call.config().strategy));
    answer.add("stores", stores);
    http::JsonArray warnings;
    for (const auto warning : readiness.warnings)
        warnings.add(warning);
    answer.add("warnings", warnings);
    for (const auto& number : readiness.numbers)
        answer.add(number.name, number.value);
    co_return http::json_response(status == "down" ? 503 : 200, answer);
}

} // namespace endpoints
} // namespace gatehouse
