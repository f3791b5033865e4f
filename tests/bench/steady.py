# SPDX-License-Identifier: Apache-2.0
"""The client that keeps to its timetable (steady.cpp)."""

import json
import subprocess

from targets import program

PAGE = "/app/index.html"


def start(port, path, lines, *flags, **options):
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    command = [
        program("bench_steady"),
        "--port",
        port,
        "--path",
        path,
        "--lines",
        lines,
        *flags,
        *words,
    ]
    return subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)


def result(client):
    """What it has seen; latencies in ms, `bad` by status."""
    said = client.communicate()[0]
    if client.returncode != 0:
        raise SystemExit(f"{' '.join(client.args)}: exit {client.returncode}")
    return json.loads(said)


def ask(*arguments, **options):
    return result(start(*arguments, **options))


def ask_for_all(target, cookies):
    """Each session once, as fast as it goes. On a busy machine the database may be late now and then: a 503."""
    seen = ask(target.port, PAGE, cookies, passes=1)
    unknown = seen["bad"].pop("503", 0)
    assert (
        not seen["bad"] and unknown <= seen["sent"] / 1000
    ), f"{target.label} refuses good sessions: {seen}, {unknown} × 503"
    return seen


def warm(target, cookies):
    """Until the gateway remembers them all: the first time it has them from SQL and puts them into Redis, which tells it that they
    have changed; the second time it may take them in; the third time it should have them."""
    for _ in range(3):
        ask_for_all(target, cookies)
