// SPDX-License-Identifier: Apache-2.0
// Where a Redis server is and how to log in to that server, read from a URL. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse {

struct RedisAddress {
    std::string path; ///< path of a unix socket; then host is empty
    std::string host; ///< a name or a numeric address
    std::uint16_t port = 6379;
    std::string user; ///< empty: Redis' default user
    std::string password;
    int database = 0;
};

/// redis://[[user]:password@]host[:port][/db] or unix:/path[?db=N]; user and password percent-encoded.
/// Throws std::invalid_argument with a message for a person, which never holds the password.
RedisAddress parse_redis_url(std::string_view url);

} // namespace gatehouse
