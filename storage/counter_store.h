// SPDX-License-Identifier: Apache-2.0
// Counters that all gateways share, for throttles. Loop thread; deadlines and errors as in session_cache.h.
#pragma once

#include "storage/instant.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>

namespace gatehouse {

struct Count {
    std::int64_t value = 0; ///< this call included
    Seconds resets_in{0};   ///< until the window ends
};

class CounterStore {
  public:
    virtual ~CounterStore() = default;

    /// Adds one and returns the count in the current window, atomically. A window starts with its first call.
    virtual boost::asio::awaitable<Result<Count>> increment(std::string name, Seconds window, Deadline deadline) = 0;

    /// Undoes one call of increment. A counter whose window has ended, or that stands at zero, is unchanged.
    virtual boost::asio::awaitable<Result<void>> take_back(std::string name, Deadline deadline) = 0;

    /// Deletes the counter (after a success).
    virtual boost::asio::awaitable<Result<void>> reset(std::string name, Deadline deadline) = 0;
};

} // namespace gatehouse
