// SPDX-License-Identifier: Apache-2.0
// The first commands on a new connection, and whether the replies make the connection usable. Pure.
#pragma once

#include "storage/redis/address.h"
#include "storage/redis/reply.h"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

struct RedisIdentity {
    std::string run_id;  ///< empty: the connection is not usable
    std::string trouble; ///< why not, for a person; never holds the password
};

/// Log in, choose the database, ask for the server's identity and whether it serves now. All are sent together.
std::vector<std::vector<std::string>> handshake_commands(const RedisAddress& address);

/// A replica, a server that still loads its data and one that refuses our login are not usable.
RedisIdentity judge_handshake(const std::vector<RedisReply>& replies);

/// An error reply in a form that may be shown: Redis repeats the arguments of an unknown command, and one of these
/// arguments may be the password.
std::string without_arguments(std::string_view error);

} // namespace gatehouse
