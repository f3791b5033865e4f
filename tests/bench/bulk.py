# SPDX-License-Identifier: Apache-2.0
"""What it takes to take over the sessions of an older system in bulk: how many in a second, and how much memory."""

import pathlib
import re
import subprocess
import time

from legacy_cookies import people_of
from legacy_systems import Sessions
from processes import wait_until
from servers import Gateway, Stores, gatehouse_binary

AN_HOUR = 3600.0


class Run:
    """A command and what it said. `highest` is its memory."""

    def __init__(self, gateway, *words):
        self.name, self.highest, began = " ".join(words), 0, time.monotonic()
        command = [gatehouse_binary(), "migrate", *words, "--config", gateway.config]
        with subprocess.Popen(
            command, env=gateway.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            wait_until(lambda: self.has_ended(process), self.name, AN_HOUR)
            self.said = process.stdout.read()
        self.seconds = time.monotonic() - began

    def has_ended(self, process):
        found = re.search(
            r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{process.pid}/status").read_text()
        )
        self.highest = int(found[1]) if found else self.highest  # none when it has ended
        return process.poll() is not None


def measure_bulk(bench, sessions):
    """Prints what it finds. The last time nothing is left to take over."""
    system = Sessions(bench.root, bench.postgres, "bench_older")
    people_of(system, sessions)
    gateway = Gateway(
        bench.root / "bulk",
        Stores("development", bench.postgres, bench.redis, "bench_bulk"),
        {"strategy": "gradual", **system.options()},
    )
    gateway.cli("migrate", "up")
    print(
        f"\n{sessions} sessions of an older system, each of somebody else\n\n{'gatehouse migrate':<28} {'seconds':>8} {'sessions/s':>11} {'memory':>10}"
    )
    for words in (
        ("plan", "--to", "production-only"),
        ("sessions", "--dry-run"),
        ("sessions",),
        ("sessions",),
    ):
        run = Run(gateway, *words)
        print(
            f"{run.name:<28} {run.seconds:>8.1f} {sessions / run.seconds:>11.0f} {run.highest / 1024:>6.0f} MiB",
            flush=True,
        )
    assert "0 over here, 0 missing, 0 somebody else's" in run.said, run.said
