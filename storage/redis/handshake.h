// SPDX-License-Identifier: Apache-2.0
// What is said first on a new connection, and whether the answers make it usable. Pure.
#pragma once

#include "storage/redis/address.h"
#include "storage/redis/reply.h"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

struct RedisIdentity {
    std::string run_id;  ///< empty: not usable
    std::string trouble; ///< why not, for a person; never holds the password
};

/// Log in, choose the database, ask who the server is, and whether it serves now. All sent together.
std::vector<std::vector<std::string>> handshake_commands(const RedisAddress& address);

/// A replica, a server that still loads its data and one that does not know us are not usable.
RedisIdentity judge_handshake(const std::vector<RedisReply>& replies);

/// An error answer as it may be shown to a person: Redis repeats the arguments of a command that it does not know, and
/// one of them may be the password.
std::string without_arguments(std::string_view error);

} // namespace gatehouse
