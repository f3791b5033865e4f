// SPDX-License-Identifier: Apache-2.0
// Where to connect: the addresses of a name, looked up without blocking. Loop thread only.
#pragma once

#include "storage/redis/address.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse {

struct RedisTarget {
    std::string host; ///< numeric; empty: the unix socket
    std::uint16_t port = 0;
};

struct RedisTargets {
    std::vector<RedisTarget> found; ///< in the order in which to try them
    std::string trouble;            ///< why there are none, as text for people
};

/// Asks the resolver only if the host is a name. The resolver must live until this call has ended.
boost::asio::awaitable<RedisTargets> redis_targets(boost::asio::ip::tcp::resolver& resolver, RedisAddress address);

} // namespace gatehouse
