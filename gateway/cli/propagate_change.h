// SPDX-License-Identifier: Apache-2.0
// Tells Redis what a command has just recorded in the database, so that running gateways see the change at once.
// Without Redis, waits until the gateways have read the change in the database. Loop thread.
#pragma once

#include "gateway/cli/command.h"
#include "storage/records.h"

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

namespace gatehouse {
class Stores;
}

namespace gatehouse::cli {

/// Writes tombstones over the sessions and renews the user's record in every context. Without Redis, or if Redis does
/// not answer, every running gateway has read the change in the database when this returns. Throws CommandError(69) if
/// neither is certain; the message says what that means.
boost::asio::awaitable<void> propagate_change(Stores& stores, ConfigPtr config, std::string user_id,
                                              std::vector<EndedSession> ended);

} // namespace gatehouse::cli
