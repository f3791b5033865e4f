# SPDX-License-Identifier: Apache-2.0
# Goal: what happens in the same moment on two gateways ends in one way for both: a session at the end of its idle time, the oldest of
# too many sessions, the last try that a throttle allows.
import concurrent.futures
import dataclasses
import random
import threading

import pytest

from clients import Client
from processes import wait_until
from world import IDLE, PASSWORD

KEPT, TRIES = 3, 20
GRACE = 2.0  # activity is written after a second at most, and read half a second later


@pytest.fixture(scope="module")
def world(make_world):
    return make_world(options={"max_sessions_per_user": KEPT, "login_failures_per_account": TRIES})


@pytest.fixture
def client(world):
    found = Client(world.sockets())
    yield found
    found.close()


def at_once(*works):
    with concurrent.futures.ThreadPoolExecutor(len(works)) as pool:
        return [started.result() for started in [pool.submit(work) for work in works]]


@dataclasses.dataclass
class Idler:
    """Uses a session, lets it be for a while, and then asks both gateways about it at the same time."""

    world: object
    session: object
    idle: float
    answers: list = dataclasses.field(default_factory=list)

    def run(self):
        clients = {name: Client(self.world.sockets()) for name in self.world.names}
        ask = lambda: at_once(
            *[lambda name=name: clients[name].check(self.session, name).result for name in clients]
        )  # noqa: E731
        assert ask() == [204, 204]
        pause = threading.Event()
        pause.wait(self.idle)
        self.answers = [ask(), ask(), ask()]
        pause.wait(0.5)
        self.answers += [ask(), ask()]
        for client in clients.values():
            client.close()
        return self


def test_the_end_of_the_idle_time(world):
    limit, count = IDLE["brief"], 48
    people, _ = world.populate(20, 40, random.Random(1))
    sessions = [one for person in people for one in person.sessions if one.context == "brief"][
        :count
    ]
    assert len(sessions) == count
    idlers = [
        Idler(world, session, limit - 0.1 + at * (GRACE + 0.2) / count)
        for at, session in enumerate(sessions)
    ]
    found = at_once(*[idler.run for idler in idlers])
    assert found[0].answers[0] == [204, 204] and found[-1].answers[0] == [401, 401]
    for idler in found:
        first, last = idler.answers[0], idler.answers[-1]
        assert {status for pair in idler.answers for status in pair} <= {204, 401}
        assert last == idler.answers[-2] and len(set(last)) == 1, (
            idler.idle,
            idler.answers,
        )  # they agree
        assert len(set(first)) == 2 or last == first, (
            idler.idle,
            idler.answers,
        )  # and stay with what they have said


def test_the_oldest_of_too_many_sessions(world, client):
    """It is being used while it has to give way."""
    person = world.populate(1, 0)[0][0]
    sessions, over, statuses = [], threading.Event(), []

    def sign_in():
        mine = Client(world.sockets())
        for at in range(8):
            event, fresh = mine.login(person, PASSWORD, world.names[at % 2])
            assert event.result == 200
            sessions.append(fresh)
        mine.close()

    def use():
        mine = Client(world.sockets())
        while not over.is_set():
            statuses.extend(
                mine.check(session, name).result
                for session in list(sessions)
                for name in world.names
            )
        mine.close()

    with concurrent.futures.ThreadPoolExecutor(2) as users:
        using = [users.submit(use) for _ in range(2)]
        at_once(sign_in, sign_in, sign_in)
        live = lambda name: [
            one for one in sessions if client.check(one, name).result == 204
        ]  # noqa: E731
        wait_until(
            lambda: [len(live(name)) for name in world.names] == [KEPT, KEPT],
            "only the latest are left",
        )
        over.set()
        for one in using:
            one.result()
    assert set(statuses) == {204, 401}
    assert live(world.names[0]) == live(world.names[1]) and len(live(world.names[0])) == KEPT


def test_the_last_tries_of_a_throttle(world):
    """Both gateways count together, however many try at the same time."""
    person = world.populate(1, 0)[0][0]

    def guess(at):
        mine = Client(world.sockets())
        result = mine.login(person, f"not the password {at}", world.names[at % 2])[0].result
        mine.close()
        return result

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        results = list(pool.map(guess, range(4 * TRIES)))
    assert set(results) == {401, 429} and 0 < results.count(401) <= TRIES
