// SPDX-License-Identifier: Apache-2.0
// Every URL in one table, and the way from a FastCGI request to its endpoint. Loop thread.
#pragma once

#include "gateway/endpoints/endpoint.h"

#include <boost/asio/awaitable.hpp>
#include <span>
#include <string_view>

namespace gatehouse {

struct Route {
    std::string_view method; ///< GET also answers HEAD
    std::string_view path;   ///< below the prefix
    Endpoint endpoint;
};

/// The table, for tests that must cover every route.
[[nodiscard]] std::span<const Route> routes() noexcept;

/// Finds the endpoint and runs it. A request with a fault in its facts (missing, doubled or truncated parameters,
/// unknown context) gets 500 before anything is looked up.
boost::asio::awaitable<http::Response> answer(const http::Request& request, SettingsPtr settings, Services& services);

} // namespace gatehouse
