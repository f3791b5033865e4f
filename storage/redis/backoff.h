// SPDX-License-Identifier: Apache-2.0
// How long to wait before the next attempt to connect. Pure.
#pragma once

#include "storage/instant.h"

#include <cstddef>

namespace gatehouse {

/// The pause before the attempt that follows `failures` failed ones in a row. The first `quick` follow at once, 20 ms
/// apart; then the pause doubles from 100 ms to 500 ms, of which `jitter` (0 … 1) takes away up to half, so that many
/// workers do not come back in step and a server that is back is found within half a second.
Millis pause_before_attempt(std::size_t failures, std::size_t quick, double jitter) noexcept;

} // namespace gatehouse
