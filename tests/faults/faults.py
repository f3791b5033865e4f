# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, by name. Each fault is a context: it begins on entering and is over on leaving, with everything as before.

    @fault("name of it", "redis")          # what it hits: redis, sql; a node is told by what the function yields
    def function(world, rng): …; yield; …"""

import contextlib
import dataclasses
import types
import typing

FAULTS = {}
TCP_FAULTS = {}  # only where the stores are reached over TCP


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    hits: tuple
    body: typing.Callable

    @property
    def place(self):
        """Where it happens: two faults in the same place would get into each other's way."""
        place = PLACES.get(self.body.__module__)
        return f"way to {self.hits[0]}" if place == "way" else place

    @property
    def one_way(self):
        """It happens on the way of one gateway to one store."""
        return self.name.startswith("one way ")

    @contextlib.contextmanager
    def begin(self, world, rng):
        """Yields what is hit."""
        with contextlib.contextmanager(self.body)(world, rng) as more:
            yield [*self.hits, *(more or ())]


def fault(name, *hits, among=FAULTS):
    def add(body):
        among[name] = Fault(name, hits, body)
        return body

    return add


PLACES = {
    "redis_faults": "redis",
    "sql_faults": "postgresql",
    "disk_faults": "postgresql",
    "path_faults": "way",
    "tcp_faults": "way",
    "both_faults": "both stores",
    "gateway_faults": "gateway",
}


def partners(first, faults):
    """What can happen at the same time."""
    if first.place is None:  # nothing happens
        return []
    other = [fault for fault in faults if fault.place not in (None, first.place)]
    return [
        fault
        for fault in other
        if "both stores" not in (first.place, fault.place)
        or "gateway" in (first.place, fault.place)
    ]


def apart(first, second):
    """On the ways of two gateways, one each."""

    def body(world, rng):
        here, there = (
            types.SimpleNamespace(names=[name], door=world.door)
            for name in rng.sample(world.names, 2)
        )
        with first.begin(here, rng) as one, second.begin(there, rng) as other:
            yield [*one, *other]

    return Fault(f"{first.name}, and elsewhere {second.name}", (), body)


def together(first, second):
    """Both at once; the second ends first."""

    def body(world, rng):
        with first.begin(world, rng) as one, second.begin(world, rng) as other:
            yield [*one, *other]

    return Fault(f"{first.name}, and {second.name}", (), body)


@fault("nothing")
def nothing(_world, _rng):
    yield
