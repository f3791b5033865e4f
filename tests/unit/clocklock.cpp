// SPDX-License-Identifier: Apache-2.0
// For the thread sanitizer of GCC 12, which does not see pthread_mutex_clocklock: what std::timed_mutex calls becomes a
// call that it sees.
#include <ctime>
#include <pthread.h>

namespace {

constexpr long second = 1'000'000'000;

long long nanoseconds(const timespec& time) {
    return static_cast<long long>(time.tv_sec) * second + time.tv_nsec;
}

} // namespace

extern "C" int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) noexcept {
    timespec now{};
    timespec wall{};
    clock_gettime(clock, &now);
    clock_gettime(CLOCK_REALTIME, &wall);
    const auto at = nanoseconds(wall) + nanoseconds(*until) - nanoseconds(now);
    wall = {.tv_sec = at / second, .tv_nsec = at % second};
    return pthread_mutex_timedlock(mutex, &wall);
}
