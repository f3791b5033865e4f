# SPDX-License-Identifier: Apache-2.0
"""What happens to both stores: at the same time, by turns, or one after the other."""

import signal
import threading

from faults import fault
from path_faults import behaving
from sql_faults import start_again

APART = 0.4  # seconds between the ends of two stores, and between their returns
TURN = 0.01  # between two turns


@fault("the ways to both are down", "redis", "sql")
def both_down(world, _):
    with behaving(world, "redis", world.names, {"mode": "down"}), behaving(
        world, "sql", world.names, {"mode": "down"}
    ):
        yield


@fault("the ways to both answer late", "redis", "sql")
def both_late(world, _):
    with behaving(world, "redis", world.names, {"mode": "hold"}), behaving(
        world, "sql", world.names, {"mode": "hold"}
    ):
        yield


@fault("both stores by turns", "redis", "sql")
def by_turns(world, _):
    """When one is back the other one goes, some hundred times."""
    done, here = threading.Event(), ["redis", "sql"]

    def turn():
        while not done.wait(TURN):
            here.reverse()
            for name in world.names:
                world.door(here[0], name, "pass")
                world.door(here[1], name, "down")

    thread = threading.Thread(target=turn)
    thread.start()
    yield
    done.set()
    thread.join()
    for kind in here:
        for name in world.names:
            world.door(kind, name, "pass")


def both_killed(first, second):
    """PostgreSQL goes first: logouts are noted in Redis, which then loses the notes."""
    starts = {
        "redis": lambda world: world.redis.start(),
        "postgresql": lambda world: start_again(world.postgres),
    }

    @fault(f"both killed, {first} is back first", "redis", "sql")
    def body(world, _):
        pause = threading.Event()
        world.postgres.stop(signal.SIGKILL)
        pause.wait(APART)
        world.redis.stop(signal.SIGKILL)
        yield
        starts[first](world)
        pause.wait(APART)
        starts[second](world)


both_killed("redis", "postgresql")
both_killed("postgresql", "redis")
