# SPDX-License-Identifier: Apache-2.0
"""Faults that leave a gateway little room for a mistake. Not in the catalogue: they are there to bring planted bugs to light."""

import threading

from faults import Fault
from path_faults import behaving


def slow(kind, delay):
    """What one gateway asks or is told arrives late, but within every deadline."""

    def body(world, rng):
        with behaving(world, kind, [rng.choice(world.names)], {"mode": "slow", "delay": delay}):
            yield

    return Fault(f"one way to {kind} is a little slow", (kind,), body)


def late(kind, by):
    """Every other moment each answer comes, but too late."""

    def body(world, _):
        over = threading.Event()

        def keep():
            while not over.wait(by):
                with behaving(world, kind, world.names, {"mode": "hold"}):
                    over.wait(by)

        thread = threading.Thread(target=keep)
        thread.start()
        yield
        over.set()
        thread.join()

    return Fault(f"the way to {kind} answers late again and again", (kind,), body)


def cut_off():
    """One gateway hears of neither store; the others do, and all that they do counts."""

    def body(world, rng):
        names = [rng.choice(world.names)]
        with behaving(world, "redis", names, {"mode": "hold"}), behaving(
            world, "sql", names, {"mode": "hold"}
        ):
            yield

    return Fault("one gateway is cut off", ("redis", "sql"), body)
