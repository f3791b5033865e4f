# SPDX-License-Identifier: Apache-2.0
"""What it costs to note that a session is in use. A check does so at most once per touch_interval and session, which the other
figures leave out: how many checks do depends on how often each session is used."""

import signal

import steady
from targets import cpu_seconds

MINUTE = 60  # the gateway's default touch_interval


def reload(gateway, **changed):
    count = len(gateway.events("reload"))
    gateway.write_config(**changed)
    gateway.process.send_signal(signal.SIGHUP)
    assert gateway.wait_event("reload", count + 1)["outcome"] == "ok"


def cost(target, cookies):
    """µs of CPU of the gateway per check, and checks per second, each session being asked for once."""
    before = cpu_seconds(target.process.pid)
    seen = steady.ask_for_all(target, cookies)
    return (cpu_seconds(target.process.pid) - before) / seen["good"] * 1e6, seen["good"] / seen[
        "seconds"
    ]


def measure_touches(target, cookies, sessions):
    usual = target.gateway.options["touch_interval"]
    without, rate = cost(target, cookies)
    reload(target.gateway, touch_interval="1s")
    touching, _ = cost(target, cookies)
    reload(target.gateway, touch_interval=usual)
    print(
        f"\nA check that notes that its session is in use costs the gateway {touching - without:.1f} µs of CPU more ({touching:.1f} "
        f"instead of {without:.1f}). It does so once a minute:\nof {rate:.0f} checks/s over {sessions} sessions every "
        f"{max(1, rate * MINUTE / sessions):.0f}th, which makes {(touching - without) * sessions / MINUTE / rate:.1f} µs on average."
    )
