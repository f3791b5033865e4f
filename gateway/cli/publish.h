// SPDX-License-Identifier: Apache-2.0
// Tells Redis what SQL has just recorded, so that running gateways see it at once; without Redis, waits until they have
// read it in the database. Loop thread.
#pragma once

#include "gateway/cli/command.h"
#include "gateway/stores.h"

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

namespace gatehouse::cli {

/// Puts tombstones over the sessions and renews the user's record in every context. If there is no Redis, or it could
/// not be told, every running gateway has read the change in the database when this returns. Throws CommandError(69) if
/// neither is certain; the message says what that means.
boost::asio::awaitable<void> publish_change(Stores& stores, ConfigPtr config, std::string user_id,
                                            std::vector<EndedSession> ended);

} // namespace gatehouse::cli
