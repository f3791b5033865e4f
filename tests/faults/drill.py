# SPDX-License-Identifier: Apache-2.0
"""The migration under load: people of an older system log in, look, and log out, at two gateways behind nginx and in the older
application, while the strategy goes from one end to the other and back, one gateway after the other. What they saw is a history, which
checker.py judges. A session is a login here, whatever cookies its browser has had for it: ours, the old one, both."""

import collections
import concurrent.futures
import contextlib
import json
import random
import signal
import threading

from client import JSON, Browser
from legacy_site import STRATEGIES
from processes import wait_until
from servers import App, Gateway, Stores

import canary
from drill_nodes import Held, Node, own_id
from history import Event, Recorder, now


PEOPLE, LIVE = 4, 3  # of each client: so many users, of whom so many are logged in at the beginning


# Answers may be late here: the older application and two gateways write into one SQLite file.
PATIENT = {"legacy_timeout": "4s", "database_timeout": "5s"}


TOLD = {"x-auth-user-id": "who", "x-auth-context": "where"}


class Drill:
    """`clients` threads; everything they do is in `events`, by thread."""

    def __init__(self, root, postgres, redis, system, clients, seed):
        self.root, self.redis, self.system, self.seed = root, redis, system, seed
        self.operator, self.until, self.rounds = Recorder(), float("inf"), 2
        self.stop, self.tour, self.failure, self.flushed = threading.Event(), 0, None, False
        self.open = True  # the older application: whoever logs in there, and is not seen before production-only, is lost
        self.quiet = False  # nobody logs in or out
        self.spared = False  # nobody logs out of what the older system does not have
        stores = Stores("development", postgres, redis, f"new_{system.tables.name}")
        options = {
            "strategy": STRATEGIES[0],
            "legacy_accept_loss": True,
            "login_failures_per_account": 100000,
            "login_failures_per_address": 100000,
            "legacy_misses_per_address": 100000,
            "log_level": "info",
            **PATIENT,
            **system.options(),
        }
        self.app = App(root)
        first = Gateway(root / "n1", stores, options)
        second = Gateway(
            root / "n2", Stores("development"), {**options, "key_file": str(root / "n1/state/keys")}
        )
        second.env.update({name: first.env[name] for name in ("DATABASE_URL", "REDIS_URL")})
        self.gateways, self.nodes = [first, second], []
        self.clients = [
            Client(self, number, random.Random(seed * 1000 + number)) for number in range(clients)
        ]

    @contextlib.contextmanager
    def running(self):
        with contextlib.ExitStack() as ends:
            self.app.start()
            ends.callback(self.app.stop)
            self.gateways[0].cli("migrate", "up")
            for number, gateway in enumerate(self.gateways):
                ends.callback(gateway.stop)
                self.nodes.append(Node(f"n{number + 1}", gateway.start(), self.root, self.app))
                self.nodes[-1].nginx.start()
                ends.callback(self.nodes[-1].nginx.stop)
            threads = [threading.Thread(target=client.run, daemon=True) for client in self.clients]
            watcher = threading.Thread(
                target=lambda: self.operator.extend(canary.watch(self)), daemon=True
            )
            try:
                for thread in (*threads, watcher):
                    thread.start()
                yield self
            finally:
                self.until = 0.0
                self.stop.set()
                for thread in (*threads, watcher):
                    thread.join()

    def events(self):
        return [event for client in self.clients for event in client.events] + list(self.operator)

    def wait(self, condition, what):
        """In the meantime no client may have come to grief."""

        def look():
            if self.failure:
                raise self.failure
            return condition()

        wait_until(look, what, 60.0)

    def dwell(self, steps):
        """Every client has done so much more."""
        goals = [client.steps + steps for client in self.clients]
        self.wait(
            lambda: all(client.steps >= goal for client, goal in zip(self.clients, goals)),
            "the clients go on",
        )

    def look_round(self):
        """Every client has looked at all that it has, and at what it had, at both gateways."""
        self.tour += 1
        self.wait(
            lambda: all(client.toured == self.tour for client in self.clients),
            "the clients have looked at everything",
        )

    @contextlib.contextmanager
    def paused(self):
        """Nobody logs in or out meanwhile, and what is live has been used."""
        self.quiet = True
        self.look_round()
        yield
        self.quiet = False

    def plan(self, strategy):
        """What that step costs, as `migrate plan` counts it."""
        return json.loads(
            self.gateways[0].cli("migrate", "plan", "--to", strategy, "--json", check=False).stdout
        )

    def known_there(self):
        """Live ones that the older system has."""
        return {held.name for client in self.clients for held in client.live if held.old}

    def missing(self):
        return set().union(*(client.missing for client in self.clients))

    def unsure(self):
        return set().union(*(client.unsure for client in self.clients))

    @contextlib.contextmanager
    def fault(self, name, *hits):
        start = now()
        yield
        self.operator.append(
            Event("fault", start=start, end=now(), facts={"name": name, "hits": list(hits)})
        )

    def flush(self):
        """Not the older system's: what that loses has never been ours to keep."""
        with self.fault("Redis is empty", "redis"):
            self.redis.client.flushdb()
        self.flushed = True

    def possible(self):
        return set().union(*(node.strategies for node in self.nodes))

    def restart(self, node):
        with self.fault("restart", node.label):
            node.gateway.stop(signal.SIGTERM)
            node.gateway.start()


class Client:
    """One thread, with users of its own."""

    def __init__(self, drill, number, rng):
        self.drill, self.number, self.rng = drill, number, rng
        self.events, self.steps, self.toured, self.logins = Recorder(), 0, 0, 0
        self.counts = collections.Counter()
        self.live, self.over = [], []
        self.kept = {}  # live ones that nobody ends: from before, and from under production-only
        self.missing = set()  # live, and not in the older system
        self.unsure = (
            set()
        )  # begun or ended, and an answer leaves open whether it was: by us, or in the older system
        self.idle = [drill.system.add_user() for _ in range(PEOPLE)]

    def run(self):
        try:
            while not self.drill.stop.is_set():
                if self.toured != self.drill.tour or not self.steps:
                    self.look_round(self.drill.tour)
                self.step()
                self.steps += 1
        except Exception as error:  # pylint: disable=broad-except
            self.drill.failure = error

    def step(self):
        chance = self.rng.random()
        if self.drill.quiet:
            self.check(self.rng.choice(self.live + self.over[-40:]))
        elif chance < 0.12 and self.idle or not self.live:
            self.begin()
        elif chance < 0.24:
            self.end(self.rng.choice(self.live))
        elif chance < 0.27:
            self.end_there(self.rng.choice(self.live))
        elif chance < 0.37 and self.over:
            self.check(self.rng.choice(self.over[-40:]))
        else:
            self.check(self.rng.choice(self.live))

    def look_round(self, tour):
        if not self.steps:
            for _ in range(LIVE):
                self.begin_there()
        if self.drill.possible() == {"production-only"} and "ours alone" not in self.kept:
            if not self.idle:
                self.end(next(held for held in self.live if held not in self.kept.values()))
            self.begin_here(self.rng.choice(self.drill.nodes))
        for node in self.drill.nodes:
            for held in [*self.live, *self.rng.sample(self.over, min(4, len(self.over)))]:
                for way in held.ways():
                    self.check(held, node, way)
        self.toured = tour

    # What a person does.

    def begin(self):
        if self.rng.random() < 0.4 and self.drill.open:
            self.begin_there()
        else:
            self.begin_here(self.rng.choice(self.drill.nodes))

    def next_login(self):
        self.logins += 1
        return Held(
            f"c{self.number}-{self.logins}", self.idle.pop(self.rng.randrange(len(self.idle)))
        )

    def begin_there(self):
        """At the older application."""
        held, start = self.next_login(), now()
        held.old = self.drill.system.login(held.user)
        self.note("login", held, None, start, 200)
        if self.rng.random() < 0.3:  # two tabs, and two gateways that have never heard of it
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda node: self.check(held, node, "old"), self.drill.nodes))
        self.live.append(held)
        self.kept.setdefault("there", held)

    def begin_here(self, node):
        held, browser, before = self.next_login(), Browser(node), set(node.strategies)
        start = now()
        answer = browser.post_json(
            "/auth/login",
            {"identifier": held.user.identifier, "password": held.user.password, "remember": True},
        )
        held.ours, held.old = browser.token or "", browser.cookies.get(self.drill.system.COOKIE, "")
        self.note("login", held, node, start, answer.status)
        (self.live if answer.status == 200 else self.idle).append(
            held if answer.status == 200 else held.user
        )
        if answer.status == 200 and not held.old:
            self.kept.setdefault("ours alone", held)
            if "production-only" not in before | node.strategies:
                self.unsure.add(held.name)

    def end(self, held):
        node = self.rng.choice(self.drill.nodes)
        ways = [way for way in held.ways() if way != "ours" or "mock-only" not in node.strategies]
        if not ways or held in self.kept.values() or self.drill.spared and not held.old:
            return
        way = self.rng.choice(ways)
        browser = self.browser(held, node, way)
        start = now()
        answer = browser.post_json("/auth/logout", {})
        self.note("logout", held, node, start, answer.status, way=way)
        if answer.status == 200:
            self.over_now(held)
            self.check(held, node)
            self.check(held)

    def end_there(self, held):
        """At the older application: that counts here while it leads, and is known from then on. It must have marks for those that are
        over; else they may as well have made room, or been lost."""
        leading = {"mock-only", "mock-with-write-through"}
        if (
            self.drill.system.PRESET != "sessions"
            or not held.old
            or held in self.kept.values()
            or not self.drill.possible() <= leading
        ):
            return
        start = now()
        self.drill.system.logout(held.old)
        certain = 200 if self.drill.possible() <= leading else 503
        self.note("logout", held, None, start, certain)
        for node in self.drill.nodes:
            self.check(held, node, "old")
        self.over_now(held)

    def over_now(self, held):
        self.live.remove(held)
        self.unsure.discard(held.name)
        self.over.append(held)
        self.idle.append(held.user)

    def browser(self, held, node, way):
        browser = Browser(node)
        if way in ("ours", "both"):
            browser.cookies[node.cookie] = held.ours
        if way in ("old", "both"):
            browser.cookies[self.drill.system.COOKIE] = held.old
        return browser

    def check(self, held, node=None, way=None):
        node, way = node or self.rng.choice(self.drill.nodes), way or self.rng.choice(held.ways())
        before, browser = set(node.strategies), self.browser(held, node, way)
        start = now()
        answer = browser.get("/app/", headers=JSON)
        # The older system does not know of our cookies, nor of logins that were not told to it.
        blind = "mock-only" in before | node.strategies and (way == "ours" or not held.old)
        told = None
        if answer.status == 200:
            headers = {name.lower(): value for name, value in json.loads(answer.body)["headers"]}
            told = {fact: headers.get(name) for name, fact in TOLD.items()}
            held.ours = held.ours or answer.cookies().get(node.cookie, "")
        if answer.status == 401 and blind:
            if held in self.live and not held.old:
                self.missing.add(held.name)
            return
        self.note(
            "check", held, node, start, {200: 204}.get(answer.status, answer.status), told, way
        )

    def note(self, op, held, node, start, status, told=None, way=None):
        if status >= 500 and node:
            self.counts["5xx"] += 1
            if op != "check":
                self.unsure.add(held.name)
        facts = {
            "handle": "",
            "strategy": "/".join(sorted(node.strategies)) if node else "there",
            **(told or {}),
            **({"way": way} if way else {}),
        }
        self.counts[op] += 1
        self.events.append(
            Event(
                op,
                held.name,
                own_id(held.user),
                "web",
                node.label if node else "",
                start,
                now(),
                503 if status >= 500 else status,
                facts,
            )
        )
