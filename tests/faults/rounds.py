# SPDX-License-Identifier: Apache-2.0
"""One round: fresh people and sessions, clients at work, something goes wrong in the middle of it, and the checker judges all of it."""

import concurrent.futures
import dataclasses
import multiprocessing
import random
import threading

import canary
from checker import Checker
from excuses import Terms
from history import Event, now
from movers import BY_HAND, OPERATIONS, Mover, browse

FORK = multiprocessing.get_context("fork")
GRAVES = 300  # ended sessions that later rounds ask about, too


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is going on."""

    people: int = 48
    sessions: int = 8
    browsers: int = 2  # processes
    movers: int = 3  # threads of one process
    pause: float = 0.0005  # of a browser, between two checks
    before: float = 0.4  # seconds without the fault, with it, and again without
    during: float = 1.2
    after: float = 1.2


@dataclasses.dataclass
class Plan:
    """What all clients of a round share."""

    world: object
    sockets: dict
    sessions: list
    index: dict
    targets: object  # shared memory: which session each mover is at
    end: object  # shared memory: when all stop
    pause: float
    operations: dict

    @property
    def until(self):
        return self.end.value


class Broken(AssertionError):
    """A promise was not kept: the history that shows it."""


class Run:
    """Rounds in one world, judged together: a session that ended in one must not be back in a later one."""

    def __init__(self, world, seed, size=None, terms=None):
        self.world, self.seed, self.size = world, seed, size or Size()
        self.checker = Checker(terms or Terms(idle_grace=3.0))
        self.graves, self.rounds = [], 0
        self.operations = {**OPERATIONS, **(BY_HAND if world.has_feed else {})}

    def round(self, fault):
        """Raises Broken with everything that was wrong."""
        self.rounds += 1
        rng = random.Random(f"{self.seed}/{self.rounds}/{fault.name}")
        people, events = self.world.populate(self.size.people, self.size.sessions, rng)
        plan = self.plan(people)
        events += self.go(plan, people, fault, rng)
        self.world.wait_well()
        own = [session for person in people for session in person.sessions]
        events += self.world.audit([session for session in own if session.context != "brief"])
        violations = self.checker.feed(events)
        self.graves = (self.graves + rng.sample(own, min(60, len(own))))[-GRAVES:]
        if violations:
            raise Broken(
                "\n".join(
                    [
                        f"seed {self.seed}, round {self.rounds}, {fault.name}: {len(violations)} violations",
                        *(str(violation) for violation in violations[:5]),
                    ]
                )
            )

    def plan(self, people):
        sessions = [session for person in people for session in person.sessions] + self.graves
        size = self.size
        return Plan(
            self.world,
            self.world.sockets(),
            sessions,
            {session.id: at for at, session in enumerate(sessions)},
            FORK.RawArray("i", [-1] * size.movers),
            FORK.RawValue("d", float("inf")),
            size.pause,
            self.operations,
        )

    def go(self, plan, people, fault, rng):
        """Everybody at work, and the fault in between."""
        jobs = [(browse, plan, random.Random(rng.random())) for _ in range(self.size.browsers)]
        jobs += [(move, plan, people, self.size.movers, rng.random()), (canary.watch, plan)]
        workers = [Worker(*job) for job in jobs]
        try:
            events = [self.inflict(fault, rng)]
        finally:
            plan.end.value = now() + self.size.after
        for worker in workers:
            events += worker.result()
        return events

    def inflict(self, fault, rng):
        pause = threading.Event()
        pause.wait(self.size.before)
        start = now()
        with fault.begin(self.world, rng) as hits:
            pause.wait(self.size.during)
        return Event("fault", start=start, end=now(), facts={"name": fault.name, "hits": hits})


def move(plan, people, count, seed):
    rng = random.Random(seed)
    movers = [
        Mover(plan, number, people[number::count], random.Random(rng.random()))
        for number in range(count)
    ]
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return [event for events in pool.map(Mover.run, movers) for event in events]


class Worker:
    """A function in a process of its own; what it returns comes through a pipe."""

    def __init__(self, function, *arguments):
        self.receiver, sender = FORK.Pipe(duplex=False)
        self.process = FORK.Process(
            target=self.work, args=(sender, function, arguments), daemon=True
        )
        self.process.start()
        sender.close()

    @staticmethod
    def work(sender, function, arguments):
        try:
            sender.send([tuple(event) for event in function(*arguments)])
        except BaseException as error:
            sender.send(repr(error))
            raise

    def result(self):
        try:
            found = self.receiver.recv()
        except EOFError:
            found = "it ended without a word"
        self.process.join()
        if isinstance(found, str):
            raise RuntimeError(f"a client failed: {found}")
        return [Event(*fields) for fields in found]
