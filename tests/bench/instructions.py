# SPDX-License-Identifier: Apache-2.0
"""Instructions of the gateway per request, counted by callgrind: a figure that does not depend on the machine's mood."""

import pathlib
import re
import subprocess
import time

from client import Browser
from processes import wait_until

LIFE = 12.0  # seconds under callgrind, from the first request on
FEW, MANY = 200, 1200

# What was counted last, per request: tests/integration/test_instructions.py wants no more than TOLERANCE times that. Whoever makes a
# check cheaper, or dearer for a good reason, writes down here what `./dev bench --only instructions` says.
STORED = {"near": 20900, "redis": 81600}
TOLERANCE = 1.05


def start(gateway):
    """Until it asks Redis, if it has one: what it finds there at its start it does not believe at once."""
    lives = len(gateway.events("redis_trusted"))
    gateway.start()
    if gateway.stores.redis:
        gateway.wait_event("redis_trusted", lives + 1, timeout=60)


def count_instructions(target, requests):
    """Instructions of one life of the gateway in which it answers so many requests. Every life is as long as the others, so
    that what it does by the clock cancels out."""
    gateway = target.gateway
    out = gateway.root / "callgrind.out"
    plain = gateway.command
    gateway.command = [
        "valgrind",
        "--tool=callgrind",
        f"--callgrind-out-file={out}",
        f"--log-file={out}.log",
        *plain,
    ]
    try:
        start(gateway)
        browser, end = Browser(target), time.monotonic() + LIFE
        for _ in range(requests):
            answer = browser.get("/app/index.html", cookies=target.cookie)
            assert answer.status == 200, answer
        wait_until(lambda: time.monotonic() >= end, "the end of this life", LIFE + 1)
        gateway.stop(timeout=60)
    finally:
        gateway.command = plain
    return int(re.search(r"Collected : (\d+)", pathlib.Path(f"{out}.log").read_text())[1])


def print_functions(target, count):
    """The functions in which the last counted life spent most; start-up is in there too."""
    out = target.gateway.root / "callgrind.out"
    said = subprocess.run(
        ["callgrind_annotate", "--auto=no", out], check=True, capture_output=True, text=True
    ).stdout
    for line in [line for line in said.splitlines() if re.match(r"\s*[\d,]+ \(", line)][
        1 : count + 1
    ]:
        print("    " + line[:150])


def instructions_per_request(target):
    target.gateway.stop()
    # Valgrind makes everything some fifty times slower: no answer is late because of that.
    target.gateway.write_config(redis_timeout="5s", database_timeout="10s")
    return (count_instructions(target, MANY) - count_instructions(target, FEW)) / (MANY - FEW)


def print_instructions(targets, functions):
    print("\ninstructions per request (callgrind)")
    for target in targets:
        if target.gateway is None:
            continue
        print(
            f"{target.label:<28} {instructions_per_request(target):>11.0f}   stored: {STORED.get(target.name, '-')}",
            flush=True,
        )
        print_functions(target, functions)
