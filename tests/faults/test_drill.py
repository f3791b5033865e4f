# SPDX-License-Identifier: Apache-2.0
# Goal: people of an older system log in, look and log out while the strategy goes through all four and back, gateways differ by one
# step meanwhile, Redis loses its data and a gateway is restarted: nobody who is logged in is refused, nobody who has logged out is
# accepted, by no cookie and under no strategy, and nothing fails outside the restart. On the way back to mock-only exactly those are
# refused that `migrate plan` had counted.
import collections

import pytest

from checker import Checker
from excuses import Terms
from drill import Drill
from legacy_site import STRATEGIES
from legacy_systems import SYSTEMS
from stores import Postgres, Redis

CLIENTS, STEPS, SEED = 8, 12, 1
SEEN = [
    "session-id",
    "auth-token",
    "auth-token-file",
    "redis",
    "sessions",
]  # of these the documents tell


@pytest.fixture(scope="module")
def place(short_root):
    """Servers that all drills share."""
    postgres, cache = Postgres(short_root / "pg").start(), Redis(short_root / "cache").start()
    yield short_root, postgres, cache
    cache.stop()
    postgres.stop()


def there_and_back(drill):
    """One gateway is a step ahead of the other, then both have taken it. In the end forwards once more: who was missing is back."""
    for strategy in STRATEGIES[1:]:
        drill.open = strategy != "production-only"
        if strategy == "production-only":
            drill.look_round()  # what nobody has used by now is not taken over
        take(drill, strategy)
    for strategy in STRATEGIES[-2:0:-1]:
        take(drill, strategy)
        drill.open = True
    back_to_the_first(drill)
    take(drill, STRATEGIES[1])


def take(drill, strategy):
    for node in drill.nodes:
        node.switch(strategy)
        drill.dwell(STEPS)
        if strategy == "gradual" and not drill.flushed:
            drill.flush()
    if strategy == "production-only":
        drill.restart(drill.nodes[0])
    drill.look_round()


def back_to_the_first(drill):
    """Whom this costs the session was counted before."""
    drill.spared = True
    with drill.paused():
        drill.counted = drill.plan(STRATEGIES[0])
        assert (
            is_number_of(drill.counted["kept"], drill.known_there(), drill) and not drill.missing()
        )
    take(drill, STRATEGIES[0])
    drill.spared = False
    drill.refused = drill.missing()


def is_number_of(number, names, drill):
    """Where an answer has left open whether a session was begun or ended, nobody can tell."""
    return len(names - drill.unsure()) <= number <= len(names | drill.unsure())


@pytest.mark.parametrize("name", SEEN)
def test_there_and_back_under_load(place, report, name):
    root, postgres, cache = place
    here = root / name
    here.mkdir()
    system = SYSTEMS[name](here, postgres, "old_" + name.replace("-", "_"))
    try:
        drill = Drill(here, postgres, cache, system, CLIENTS, SEED)
        with drill.running():
            drill.dwell(STEPS)
            there_and_back(drill)
    finally:
        system.stop()
    if drill.failure:
        raise drill.failure
    # How long an answer takes is not the question here.
    drill.checker = Checker(Terms(near=1.0, deadlines={}))
    wrong = drill.checker.feed(drill.events())
    counts = sum((client.counts for client in drill.clients), collections.Counter())
    report(
        f"migration of {name}: {counts['login']} logins, {counts['logout']} logouts, {counts['5xx']} answers 5xx; {len(drill.refused)} live sessions "
        f"that mock-only does not have, {drill.counted['lost']} were counted, {len(drill.unsure())} unsure",
        drill,
    )
    assert not wrong, "\n".join(map(str, wrong[:5]))
    assert is_number_of(
        drill.counted["lost"], drill.refused, drill
    ), "on the way back exactly what `migrate plan` had counted"
    alone = {client.kept["ours alone"].name for client in drill.clients}
    assert alone <= drill.refused, "whoever logged in under production-only"
    seen = {(event.op, event.fact("strategy"), event.result) for event in drill.events()}
    assert {
        ("check", strategy, answer) for strategy in STRATEGIES for answer in (204, 401)
    } <= seen, "each was asked, and said yes and no"
