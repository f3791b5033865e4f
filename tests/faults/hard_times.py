# SPDX-License-Identifier: Apache-2.0
"""Faults that leave a gateway little room for a mistake. Not in the catalogue: they are there to bring planted bugs to light."""

import contextlib
import threading

from faults import Fault
from path_faults import behaving


@contextlib.contextmanager
def meanwhile(work, pause):
    """Calls work() again and again, in a thread."""
    over = threading.Event()

    def repeat():
        while not over.wait(pause):
            work()
    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def forgetful(world, rng, share):
    """Sessions go, live or ended, but nothing else: as if Redis evicted them."""
    def forget():
        keys = list(world.redis.client.scan_iter(match="identity:session:*", count=2000))
        if keys:
            world.redis.client.delete(*rng.sample(keys, max(1, int(len(keys) * share))))
    return meanwhile(forget, pause=0.01)


def forgetting():
    """No outage, and no excuse for anything: SQL is there."""
    def body(world, rng):
        with forgetful(world, rng, 0.2):
            yield
    return Fault("redis forgets all the time", (), body)


def slow_and_forgetting(kind, delay, share=0.2):
    """What one gateway asks or says arrives late, but within every deadline."""
    def body(world, rng):
        with behaving(world, kind, [rng.choice(world.names)], {"mode": "slow", "delay": delay}), forgetful(world, rng, share):
            yield
    return Fault(f"one way to {kind} is slow, and redis forgets all the time", (kind,), body)


def late(kind, by):
    """Every other moment each answer comes, but too late."""
    def body(world, _):
        def keep():
            with behaving(world, kind, world.names, {"mode": "hold"}):
                threading.Event().wait(by)
        with meanwhile(keep, pause=by):
            yield
    return Fault(f"the way to {kind} answers late again and again", (kind,), body)


def cut_off():
    """One gateway hears of neither store; the others do, and all that they do counts."""
    def body(world, rng):
        names = [rng.choice(world.names)]
        with behaving(world, "redis", names, {"mode": "hold"}), behaving(world, "sql", names, {"mode": "hold"}):
            yield
    return Fault("one gateway is cut off", ("redis", "sql"), body)
