// SPDX-License-Identifier: Apache-2.0
// The two clocks. An Instant is stored and shared (wall clock, milliseconds since 1970, UTC); a Deadline is waited for
// (monotonic) and never stored. Pure code takes either as an argument and never asks a clock itself.
#pragma once

#include <chrono>

namespace gatehouse {

using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
using Instant = std::chrono::sys_time<Millis>;
using Deadline = std::chrono::steady_clock::time_point;

inline Instant wall_now() {
    return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}
inline Deadline deadline_in(Millis span) {
    return std::chrono::steady_clock::now() + span;
}

} // namespace gatehouse
