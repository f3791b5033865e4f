// SPDX-License-Identifier: Apache-2.0
// The clock for the age of a proof: monotonic like steady_clock, but it also counts the time in which the machine is
// suspended. By steady_clock, an hour of suspension would look like a moment.
#pragma once

#include <chrono>
#include <ctime>

namespace gatehouse {

struct BootClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;

    /// Costs as much as steady_clock: no system call.
    static time_point now() noexcept {
        timespec time{};
        ::clock_gettime(CLOCK_BOOTTIME, &time);
        return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
    }
};

/// The moment of a proof. Never stored, never shared.
using Moment = BootClock::time_point;

} // namespace gatehouse
