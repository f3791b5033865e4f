// SPDX-License-Identifier: Apache-2.0
#include "storage/background.h"

#include <algorithm>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace gatehouse::background {
namespace {

constexpr int nicest = 19;

void set_policy(pid_t thread, int policy) {
    const sched_param none{};
    (void)sched_setscheduler(thread, policy, &none); // if refused, the policy stays as it is
}

} // namespace

/// On Linux the nice value belongs to the thread; a new thread inherits it from the thread that created it.
bool become_nicer() {
    const auto thread = static_cast<id_t>(gettid());
    const int nice = std::min(getpriority(PRIO_PROCESS, thread) + nicer_by, nicest);
    if (setpriority(PRIO_PROCESS, thread, nice) != 0) return false;
    // A thread that may lower its nice value by one may also return from the background, where no nice value counts.
    if (setpriority(PRIO_PROCESS, thread, nice - 1) != 0) return false;
    return setpriority(PRIO_PROCESS, thread, nice) == 0;
}

void go() {
    set_policy(0, SCHED_IDLE);
}

void call_back(pid_t thread) {
    set_policy(thread, SCHED_OTHER);
}

} // namespace gatehouse::background
