// SPDX-License-Identifier: Apache-2.0
// Threads that run only when no other thread wants the processor. Such a thread delays nobody. A thread that is merely
// nicer does: Linux lets it finish its slice (from 6.6 on some milliseconds whenever another thread awakes). But while
// another program computes without a pause, a background thread makes no progress at all. So a thread goes to the
// background only if it may come back, which takes RLIMIT_NICE (LimitNICE= of systemd) or CAP_SYS_NICE; otherwise it
// only gets a higher nice value.
#pragma once

#include <sys/types.h>

namespace gatehouse::background {

/// The nice value that such a thread always gets. On a busy core it leaves the thread a tenth of the time.
inline constexpr int nicer_by = 10;

/// Makes the calling thread nicer for good. Returns whether it may go to the background.
bool become_nicer();

/// Moves the calling thread to the background.
void go();

/// Brings any thread of this process back from the background; one that is back already is unchanged.
void call_back(pid_t thread);

} // namespace gatehouse::background
