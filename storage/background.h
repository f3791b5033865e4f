// SPDX-License-Identifier: Apache-2.0
// Threads that work only when nobody else wants the processor. They hold up nobody, not even for the slice that Linux
// would let a merely nicer thread finish (from 6.6 on some milliseconds whenever another one awakes). But where
// something else computes without a pause, such a thread does not move at all. So it goes there only if it may come
// back, which takes RLIMIT_NICE (LimitNICE= of systemd) or CAP_SYS_NICE; else it is nicer than before, and that is all.
#pragma once

#include <sys/types.h>

namespace gatehouse::background {

/// In any case. A tenth of a busy core is left to such a thread.
inline constexpr int nicer_by = 10;

/// The calling thread, once and for all. Returns whether it may go to the background.
bool become_nicer();

/// The calling thread.
void go();

/// Any thread of this process; one that is back already stays as it is.
void call_back(pid_t thread);

} // namespace gatehouse::background
