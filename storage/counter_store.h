// SPDX-License-Identifier: Apache-2.0
// Counters that many workers share, for throttles. Loop thread; deadlines and errors as in session_cache.h.
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

    /// Adds one and says how many there are in the current window, atomically. The window starts with its first call.
    virtual boost::asio::awaitable<Result<Count>> increment(std::string name, Seconds window, Deadline deadline) = 0;

    /// Forgets the counter (after a success).
    virtual boost::asio::awaitable<Result<void>> reset(std::string name, Deadline deadline) = 0;
};

} // namespace gatehouse
