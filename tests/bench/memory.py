# SPDX-License-Identifier: Apache-2.0
"""The memory that live sessions take, in the gateway and in Redis."""

import pathlib
import re
import sys

import steady
from population import USERS, populate

AIM_GATEWAY, AIM_REDIS = 400, 500
MIB = 1 << 20
# Room for all of them. Nobody's activity is written meanwhile: that takes time and no memory.
ROOM = 4000


def resident(pid):
    return (
        int(re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())[1])
        * 1024
    )


class Meter:
    def __init__(self, target, redis):
        self.target, self.redis = target, redis.client

    def read(self):
        info = self.redis.info()
        return (
            resident(self.target.process.pid),
            info["used_memory"],
            info["total_commands_processed"],
        )

    def users(self):
        """What Redis needs for its records of users."""
        return sum(
            self.redis.memory_usage(key) or 0
            for key in self.redis.scan_iter("identity:user:*", count=10000)
        )


def options_for(sessions):
    return {
        "near_cache_entries": sessions + ROOM,
        "near_cache_bytes": (sessions + ROOM) * 1000,
        "touch_interval": "1h",
    }


def measure_memory(target, nginx, postgres, redis, sessions, cookies):
    """Prints what it finds; the figures: (what, number, aim)."""
    print(
        f"making {sessions} sessions of {min(USERS, sessions)} users", file=sys.stderr, flush=True
    )
    populate(target.gateway, postgres, sessions, cookies)
    target.start()
    nginx.start()
    target.sign_in()
    target.check()
    meter = Meter(target, redis)
    first = before = meter.read()
    print(f"\n{sessions} sessions of {min(USERS, sessions)} users, each asked for three times\n")
    print(f"{'':<8} {'checks/s':>9} {'Redis commands':>15} {'gateway':>12} {'Redis':>12}")
    for number in range(3):
        seen = steady.ask_for_all(target, cookies)
        after = meter.read()
        print(
            f"time {number + 1:<3} {seen['good'] / seen['seconds']:>9.0f} {after[2] - before[2]:>15} {after[0] / MIB:>8.0f} MiB "
            f"{after[1] / MIB:>8.0f} MiB",
            flush=True,
        )
        before = after
    yield "memory of the gateway per session", f"{(before[0] - first[0]) / sessions:.0f} B", f"≤ {AIM_GATEWAY} B"
    yield "memory of Redis per session, users apart", f"{(before[1] - first[1] - meter.users()) / sessions:.0f} B", f"≤ {AIM_REDIS} B"
