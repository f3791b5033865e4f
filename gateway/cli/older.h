// SPDX-License-Identifier: Apache-2.0
// What the commands tell the system that is being replaced: which sessions they have ended, and new passwords. Loop
// thread.
#pragma once

#include "gateway/accounts/secret.h"
#include "gateway/cli/command.h"
#include "gateway/stores.h"

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::cli {

/// For a command there is more time than for a request, and the older system's is not endless.
[[nodiscard]] ConfigPtr with_patience(const ConfigPtr& config);

/// What has ended: all sessions of the user, or one.
struct OlderNews {
    std::string user_id;
    std::optional<SessionKey> session;
    bool user_changed = false; ///< not only sessions: then gateways have something to read even if none ended
    std::string password_hash; ///< a new password, as the older system understands it; empty: none
};

/// The hash for OlderNews; empty if it has no passwords that are to change with ours.
boost::asio::awaitable<std::string> hash_for_older(Stores& stores, ConfigPtr config, Secret password);

/// publish_change, and then, whatever came of that, the older system is told if the strategy writes there. The exit
/// code: EX_UNAVAILABLE after a complaint if it could not be told. Throws as publish_change.
boost::asio::awaitable<int> publish_everywhere(Stores& stores, ConfigPtr config, OlderNews news,
                                               std::vector<EndedSession> ended);

} // namespace gatehouse::cli
