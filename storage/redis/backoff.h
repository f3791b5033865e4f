// SPDX-License-Identifier: Apache-2.0
// How long to wait before the next attempt to connect. Pure; a Backoff belongs to one loop thread.
#pragma once

#include "storage/instant.h"

#include <cstddef>
#include <random>

namespace gatehouse {

/// The pause before the next attempt after `failures` failed attempts in a row. The first `quick` attempts follow at
/// once, 20 ms apart. Then the pause doubles from 100 ms to 500 ms, and `jitter` (0 … 1) takes away up to half of the
/// pause, so that many gateways do not reconnect in step. A server that is back is found within half a second.
Millis pause_before_attempt(std::size_t failures, std::size_t quick, double jitter) noexcept;

/// Counts the failures in a row.
class Backoff {
  public:
    /// `quick` has an upper limit, so that a server that stays away is not hammered.
    Backoff(std::size_t quick, std::uint32_t seed);

    /// The pause after a connection that was usable for this time (zero: never usable). A connection that lasts less
    /// than a second counts as a failed attempt, so that a server that closes our connections is not hammered either.
    Millis after(std::chrono::nanoseconds of_use);

  private:
    std::size_t quick_;
    std::size_t failures_ = 0;
    std::minstd_rand random_; ///< only for the jitter
};

} // namespace gatehouse
