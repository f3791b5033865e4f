// SPDX-License-Identifier: Apache-2.0
// Tells Redis what SQL has just recorded, so that running gateways see it at once. Loop thread.
#pragma once

#include "gateway/cli/command.h"
#include "gateway/stores.h"

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

namespace gatehouse::cli {

/// Puts tombstones over the sessions and renews the user's record in every context. Does nothing without Redis.
/// Throws CommandError(69) if Redis could not be told; then the message says how long it may remember.
boost::asio::awaitable<void> publish_change(Stores& stores, ConfigPtr config, std::string user_id,
                                            std::vector<EndedSession> ended);

} // namespace gatehouse::cli
