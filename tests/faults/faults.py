# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, by name. Each fault is a context: it begins on entering and is over on leaving, with everything as before.

    @fault("name of it", "redis")          # what it hits: redis, sql; a node is told by what the function yields
    def function(world, rng): …; yield; …"""

import contextlib
import dataclasses
import typing

FAULTS = {}
TCP_FAULTS = {}   # only where the stores are reached over TCP


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    hits: tuple
    body: typing.Callable

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


def together(first, second):
    """Both at once; the second ends first."""
    def body(world, rng):
        with first.begin(world, rng) as one, second.begin(world, rng) as other:
            yield [*one, *other]
    return Fault(f"{first.name}, and {second.name}", (), body)


@fault("nothing")
def nothing(_world, _rng):
    yield
