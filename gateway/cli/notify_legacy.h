// SPDX-License-Identifier: Apache-2.0
// What the commands tell the older system: the sessions that they have ended, and new passwords. Loop thread.
#pragma once

#include "gateway/accounts/secret.h"
#include "gateway/cli/command.h"
#include "storage/records.h"

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {
class Stores;
}

namespace gatehouse::cli {

/// The configuration with longer timeouts: a command may wait longer than a request, also for the older system, but not
/// for ever.
[[nodiscard]] ConfigPtr with_patience(const ConfigPtr& config);

/// Whether the older system has an account of this user, whom a sign-in with it would bring back.
boost::asio::awaitable<bool> older_system_brings_back(Stores& stores, ConfigPtr config, std::string user_id);

/// What has ended: all sessions of the user, or one.
struct LegacyNotice {
    std::string user_id;
    std::optional<SessionKey> session;
    bool user_changed = false; ///< the feed has a change of the user even if no session ended
    std::string password_hash; ///< of a new password, in the older system's form; empty: no new password
};

/// The hash for LegacyNotice; empty if the older system's passwords are not to change.
boost::asio::awaitable<std::string> hash_for_legacy(Stores& stores, ConfigPtr config, Secret password);

/// Calls propagate_change. Then, whatever the result was, tells the older system if the strategy writes to it. Returns
/// the exit code: EX_UNAVAILABLE, after a message, if the older system could not be told. Throws as propagate_change
/// does.
boost::asio::awaitable<int> propagate_everywhere(Stores& stores, ConfigPtr config, LegacyNotice news,
                                                 std::vector<EndedSession> ended);

} // namespace gatehouse::cli
