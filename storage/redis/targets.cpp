// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/targets.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {

namespace asio = boost::asio;

asio::awaitable<RedisTargets> redis_targets(asio::ip::tcp::resolver& resolver, RedisAddress address) {
    RedisTargets targets;
    boost::system::error_code not_numeric;
    asio::ip::make_address(address.host, not_numeric);
    if (!address.path.empty() || !not_numeric) {
        targets.found.push_back({address.host, address.port});
        co_return targets;
    }
    const auto port = std::to_string(address.port);
    const auto [error, results] =
        co_await resolver.async_resolve(address.host, port, asio::as_tuple(asio::use_awaitable));
    if (error) targets.trouble = "cannot look up " + address.host + ": " + error.message();
    for (const auto& result : results)
        targets.found.push_back({result.endpoint().address().to_string(), result.endpoint().port()});
    co_return targets;
}

} // namespace gatehouse
