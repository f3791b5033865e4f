# SPDX-License-Identifier: Apache-2.0
"""Tries the rows of ends.py that share a world: everybody's sessions are looked at, something goes wrong, all of the ends happen while it
lasts, and every gateway is asked about every session until long after all is well again. checker.py judges each row by itself."""

import collections
import concurrent.futures
import dataclasses
import random
import threading

import canary
from checker import Checker
from excuses import Terms
from clients import Client, Operator
from ends import ACTS, LASTS, MISSES
from history import Event, Recorder, now
from lives import recorded, succeeded
from processes import wait_until
from world import WEB

# What gateways repeat or remember for a while after an end is over by then; so is every answer that was under way.
LONG_AFTER = 12.5
AT_ONCE = 6  # ends under way at the same time
BATCH = 16  # checks likewise
ROLES = ["actor", "watched", "watched", "unseen", "unasked"]  # the sessions of each person


@dataclasses.dataclass
class Scene:
    """A row at one gateway: a person whose `victims` are to be ended, by their session `actor` or by somebody else.

    watched   both gateways know it; they are asked about it all the time
    unseen    likewise, but of the two only the first one, and Redis, know it beforehand
    unasked   both know it; they are asked again when all is long over"""

    row: object
    world: object
    person: object
    node: str
    events: Recorder = dataclasses.field(default_factory=Recorder)
    done: list = dataclasses.field(
        default_factory=list
    )  # pairs of an event and the sessions that it was to end

    def __post_init__(self):
        self.actor, *self.victims = self.everything = self.person.sessions
        self.client = Client(self.world.sockets())
        self.client.events = self.events
        self.operator = Operator(self.world, self.events)

    def without_permission(self):
        return {**self.person.profile(), "permissions": ""}

    def named(self, *names):
        return [session for name, session in zip(ROLES, self.everything) if name in names]

    def act(self):
        self.done = ACTS[self.row.what, self.row.by](self)
        self.client.close()


def outcome(event):
    return "done" if succeeded(event) else "recorded" if recorded(event) else "failed"


class Group:
    """Rows of one world. `after`: how long to go on when all is well again. `until`: when the canary is to end."""

    def __init__(self, world, rows, seed, after=LONG_AFTER):
        self.world, self.rows, self.after, self.until = world, rows, after, float("inf")
        self.miss = MISSES[rows[0].miss]
        self.rng, self.over = random.Random(f"{seed}/{self.miss.name}"), threading.Event()
        self.scenes, self.events, self.checker = (
            [],
            [],
            Checker(Terms(idle_grace=3.0, deadlines={})),
        )

    def run(self):
        nodes = [
            (row, node)
            for row in self.rows
            for node in (self.world.names if row.by == "page" else self.world.names[:1])
        ]
        people, begun = self.world.populate(len(nodes), len(ROLES), self.rng, WEB)
        self.scenes = [
            Scene(row, self.world, person, node) for (row, node), person in zip(nodes, people)
        ]
        self.events += begun
        self.warm(["actor", "watched", "unasked"], self.world.names)
        self.warm(["unseen"], self.world.names[:1])
        with concurrent.futures.ThreadPoolExecutor() as pool:
            working = [pool.submit(self.watch), pool.submit(canary.watch, self)]
            try:
                self.events.append(self.inflict())
                self.over.wait(self.after)
            finally:
                self.over.set()
                self.until = now()
            self.events += [event for work in working for event in work.result()]
        for _ in range(2):
            self.events += self.look(ROLES, self.world.names)
        self.checker.feed(self.events + [event for scene in self.scenes for event in scene.events])
        return self

    def warm(self, names, nodes):
        """They all know these sessions; a busy machine may need more than one try. What was said before is of no interest."""
        wait_until(
            lambda: {event.result for event in self.look(names, nodes)} == {204},
            "everybody's session counts",
        )

    def inflict(self):
        start = now()
        with self.miss.begin(self.world, self.rng) as hits:
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                for scene in pool.map(Scene.act, self.rng.sample(self.scenes, len(self.scenes))):
                    assert scene is None
            self.over.wait(max(0.0, start + LASTS[self.miss.name] - now()))
        return Event("fault", start=start, end=now(), facts={"name": self.miss.name, "hits": hits})

    def sessions(self, names):
        return [session for scene in self.scenes for session in scene.named(*names)]

    def watch(self):
        client, sessions = Client(self.world.sockets()), self.sessions(
            ["actor", "watched", "unseen"]
        )
        while not self.over.is_set():
            for at in range(0, len(sessions), BATCH):
                for name in self.world.names:
                    client.check_all(sessions[at : at + BATCH], name)
            self.over.wait(0.02)
        client.close()
        return client.events

    def look(self, names, nodes):
        client, sessions = Client(self.world.sockets()), self.sessions(names)
        for at in range(0, len(sessions), BATCH):
            for name in nodes:
                client.check_all(sessions[at : at + BATCH], name)
        client.close()
        return client.events

    # What came of it.

    def of(self, row):
        return [scene for scene in self.scenes if scene.row == row]

    def violations(self, row):
        people = {scene.person.id for scene in self.of(row)}
        return [
            violation
            for violation in self.checker.violations
            if people & {event.user for event in violation.events}
        ]

    def last(self, session):
        """What each gateway said in the end."""
        said = collections.OrderedDict()
        for event in self.events:
            if event.op == "check" and event.session == session.id:
                said[event.node] = event
        return list(said.values())
