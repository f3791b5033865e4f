// SPDX-License-Identifier: Apache-2.0
// Ending the session that a browser has: under our token and under the older system's, here and over there. Loop
// thread.
#pragma once

#include "gateway/endpoints/endpoint.h"

#include <boost/asio/awaitable.hpp>
#include <string>

namespace gatehouse {

/// What our own token stands for. Also over there, where the session may have a name that this browser does not have.
/// Refers to nothing of the request.
boost::asio::awaitable<EndOutcome> end_ours(Services& services, SettingsPtr settings, std::string token,
                                            std::string context);

/// Takes the session cookies away from the browser: ours and, if it has one, the older system's.
void remove_cookies(const Call& call, http::Response& response);

} // namespace gatehouse
