// SPDX-License-Identifier: Apache-2.0
// How long to wait before the next attempt to connect. Pure; a Backoff belongs to one loop thread.
#pragma once

#include "storage/instant.h"

#include <cstddef>
#include <random>

namespace gatehouse {

/// The pause before the attempt that follows `failures` failed ones in a row. The first `quick` follow at once, 20 ms
/// apart; then the pause doubles from 100 ms to 500 ms, of which `jitter` (0 … 1) takes away up to half, so that many
/// workers do not come back in step and a server that is back is found within half a second.
Millis pause_before_attempt(std::size_t failures, std::size_t quick, double jitter) noexcept;

/// Counts the failures in a row.
class Backoff {
  public:
    /// However many quick attempts are asked for, a server that stays away is not hammered.
    Backoff(std::size_t quick, std::uint32_t seed);

    /// The pause after a connection that was of use for so long (zero: never). One that lasts less than a second is a
    /// failed attempt, so that a server that throws us out is not hammered either.
    Millis after(std::chrono::nanoseconds of_use);

  private:
    std::size_t quick_;
    std::size_t failures_ = 0;
    std::minstd_rand random_; ///< for jitter alone
};

} // namespace gatehouse
