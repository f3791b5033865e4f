# SPDX-License-Identifier: Apache-2.0
"""Notes when the machine had no time: a process like any other, which every few milliseconds has a little to compute. How much later
it is done than its own pause and its own computing take, is how long it waited for a processor; so would a gateway have."""

import threading
import time

from history import Recorder, now

PAUSE, WORK = 0.01, 0.001  # seconds
LATE = 0.015  # waiting less is everyday life, and within every slack


def work():
    begin = time.thread_time()
    while time.thread_time() - begin < WORK:
        sum(range(200))


def watch(plan):
    """The stalls up to the end of the plan."""
    events, pause = Recorder(), threading.Event()
    while (start := now()) < plan.until:
        computed = time.thread_time()
        pause.wait(PAUSE)
        work()
        waited = now() - start - PAUSE - (time.thread_time() - computed)
        if waited > LATE:
            events.note("stall", start, session="", waited=round(waited, 3))
    return events
