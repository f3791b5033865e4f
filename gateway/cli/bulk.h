// SPDX-License-Identifier: Apache-2.0
// Takes over all sessions of the older system, in parts, a few at a time, while both systems are in use. Sessions that
// are here already are left unchanged, so the command can be stopped at any moment and started again. Runs on the
// command's loop.
#pragma once

#include "gateway/cli/command.h"
#include "gateway/sessions/token.h"

#include <boost/asio/awaitable.hpp>
#include <cstdint>

namespace gatehouse {
class Stores;
}

namespace gatehouse::cli {

struct BulkOptions {
    bool dry_run = false;
    unsigned at_once = 4; ///< number of connections
    std::size_t part = 500;
    const TokenSeal* seal = nullptr; ///< null: tokens are not stored, so the older system cannot be asked about a token
                                     ///< that the browser no longer sends
};

struct BulkCount {
    std::uint64_t seen = 0;
    std::uint64_t made = 0;    ///< taken over now; in a dry run: would be taken over
    std::uint64_t there = 0;   ///< were here already
    std::uint64_t refused = 0; ///< ended here already, or their user may not log in
    std::uint64_t failed = 0;  ///< another user has the address or the number, or a value makes no sense
};

boost::asio::awaitable<BulkCount> take_over_sessions(Stores& stores, ConfigPtr config, BulkOptions options);
boost::asio::awaitable<BulkCount> take_over_users(Stores& stores, ConfigPtr config, BulkOptions options);

} // namespace gatehouse::cli
