// SPDX-License-Identifier: Apache-2.0
// Takes over everything the older system has, in parts, a few at a time, while it is in use. What is here already is
// left alone, so it can be stopped at any moment and begun again. Runs on the command's loop.
#pragma once

#include "gateway/cli/with_stores.h"

#include <boost/asio/awaitable.hpp>
#include <cstdint>

namespace gatehouse::cli {

struct BulkOptions {
    bool dry_run = false;
    std::size_t at_once = 4; ///< connections that work on it
    std::size_t part = 500;
};

struct BulkCount {
    std::uint64_t seen = 0;
    std::uint64_t made = 0;    ///< taken over now; in a dry run: would be
    std::uint64_t there = 0;   ///< were here already
    std::uint64_t refused = 0; ///< are over, as far as we are concerned, or their user may not log in
    std::uint64_t failed = 0;  ///< somebody else has the address or the number; values that make no sense
};

boost::asio::awaitable<BulkCount> take_over_sessions(Stores& stores, ConfigPtr config, BulkOptions options);
boost::asio::awaitable<BulkCount> take_over_users(Stores& stores, ConfigPtr config, BulkOptions options);

} // namespace gatehouse::cli
