# SPDX-License-Identifier: Apache-2.0
"""How much of a measured time is the machine's own: a busy one lets every process wait, the gateway too.

    with Canary() as canary:
        canary.judge(0.5, "a check", lambda: fcgi.ask(…))   # its result; it must come within 0.5 s of a machine that has time"""

import threading
import time

STEP = 0.005  # seconds between two looks at the clock
USUAL = 0.002  # seconds by which every thread wakes up late


class Canary:
    """A thread that wants to wake up every few milliseconds. What it is late by, everybody else may be, too."""

    def __init__(self):
        self.ticks = []  # (when it woke up, how late that was)
        self.end = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.end.set()
        self.thread.join()

    def watch(self):
        before = time.monotonic()
        while not self.end.wait(STEP):
            now = time.monotonic()
            self.ticks.append((now, max(0.0, now - before - STEP - USUAL)))
            before = now

    def late(self, begin):
        """Seconds that the machine has taken for others since `begin`."""
        return sum(late for woke, late in list(self.ticks) if woke > begin)

    def judge(self, limit, what, action):
        begin = time.monotonic()
        result = action()
        took, late = time.monotonic() - begin, self.late(begin)
        assert (
            took - late < limit
        ), f"{what}: {took:.3f} s ({late:.3f} of them the machine's), allowed are {limit}: {result}"
        return result
