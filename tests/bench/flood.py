# SPDX-License-Identifier: Apache-2.0
"""How late checks are answered that come at a fixed rate, in quiet and during a flood of logins, taking turns."""

import collections
import json
import os
import pathlib
import re
import statistics

import steady
from population import USERS, email_of

ROUNDS, SECONDS = 3, 4
CONNECTIONS = 256  # a check that is due need not wait for one that is late
# The gateway's defaults: so many logins can be under way.
PASSWORD_THREADS, PASSWORD_QUEUE = min(max(1, os.cpu_count() // 2), 4), 64
AIM_MS = 5.0
MIB = 1 << 20


def write_logins(target, path):
    path.write_text(
        "".join(
            json.dumps({"identifier": email_of(number), "password": target.user.password}) + "\n"
            for number in range(USERS)
        )
    )
    return path


class Flood:
    """As many people who sign in as the gateway takes at a time, one after the other."""

    def __init__(self, target, logins):
        self.client = steady.start(
            target.port,
            "/auth/login",
            logins,
            "--post",
            seconds=SECONDS,
            connections=PASSWORD_THREADS + PASSWORD_QUEUE,
        )

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.seen = steady.result(self.client)


def ask_steadily(target, cookies, rate):
    return steady.ask(
        target.port, steady.PAGE, cookies, rate=rate, seconds=SECONDS, connections=CONNECTIONS
    )


def memory_peak(pid):
    return (
        int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())[1])
        * 1024
    )


def measure_flood(target, cookies, maximum, at_start):
    """Prints what it finds; the figures: (what, number, aim). `at_start`: memory of the gateway before anybody had asked."""
    rate = maximum / 2
    logins = write_logins(target, cookies.with_name("logins"))
    quiet, late, floods = [], [], []
    for _ in range(ROUNDS):
        quiet.append(ask_steadily(target, cookies, rate))
        with Flood(target, logins) as flood:
            late.append(ask_steadily(target, cookies, rate))
        floods.append(flood.seen)
    print_flood(rate, quiet, late, floods)
    difference = statistics.median(two["p99"] - one["p99"] for one, two in zip(quiet, late))
    yield "p99 in a flood of logins − p99 in quiet", f"{difference:.2f} ms", f"≤ {AIM_MS:.0f} ms"
    bound = target.gateway.options
    most = at_start + 128 * MIB + PASSWORD_THREADS * bound["argon2_memory_kib"] * 1024
    yield (
        "memory of the gateway at its peak",
        f"{memory_peak(target.process.pid) / MIB:.0f} MiB",
        f"≤ {most / MIB:.0f} MiB: at its start, near_cache_bytes, password_threads × argon2_memory_kib",
    )


def print_flood(rate, quiet, late, floods):
    logins = sum(flood["good"] for flood in floods) / sum(flood["seconds"] for flood in floods)
    print(
        f"\nchecks at a fixed rate of {rate:.0f}/s, half of the maximum, {ROUNDS} × {SECONDS} s each, medians; a latency counts from "
        f"the time at which the request was due.\nThe client, nginx, the gateway and its password threads share {os.cpu_count()} cores.\n"
    )
    print(
        f"{'ms':<34} {'p50':>8} {'p99':>8} {'p99.9':>8} {'worst':>8} {'answered':>9} {'refused':>8}"
    )
    for label, seen in (("in quiet", quiet), (f"in a flood of {logins:.0f} logins/s", late)):
        values = [
            statistics.median(one[name] for one in seen) for name in ("p50", "p99", "p999", "max")
        ]
        print(
            f"{label:<34} "
            + " ".join(f"{value:>8.2f}" for value in values)
            + f" {sum(one['good'] for one in seen):>9} {sum(one['sent'] - one['good'] for one in seen):>8}"
        )
    bad = collections.Counter()
    for flood in floods:
        bad.update(flood["bad"])
    if bad:
        print(
            "Logins that did not succeed: "
            + ", ".join(f"{count} × {status}" for status, count in sorted(bad.items()))
        )
