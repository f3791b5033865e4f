// SPDX-License-Identifier: Apache-2.0
// The clock for "how long ago was that proven": monotonic like steady_clock, but it goes on while the machine is
// suspended. Whoever measures such an age by steady_clock wakes up after an hour and takes it for a moment.
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

/// How old a proof is. Never stored, never shared.
using Moment = BootClock::time_point;

} // namespace gatehouse
