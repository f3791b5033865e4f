# SPDX-License-Identifier: Apache-2.0
# Goal: no gateway says yes after it has said no, whichever store was the one to answer; what Redis alone remembers is believed no longer
# than is configured; and a logout of which but one note could be made is not said to be certain.
import contextlib
import itertools
import re

import pytest

from checker import Checker
from clients import Client
from history import NOT_CONFIRMED, Event, now
from path_faults import behaving
from processes import wait_until
from world import WEB

ABSENCE = 2.0  # seconds; database_absence
SLACK = 1.5  # a feed that is read four times a second, deadlines, and a busy machine
DOWN, LATE = {"mode": "down"}, {"mode": "hold"}


@pytest.fixture(scope="module")
def world(make_world):
    return make_world(options={"database_absence": f"{ABSENCE:g}s"})


@pytest.fixture(scope="module")
def sockets(world):
    return world.sockets()


@pytest.fixture
def client(sockets):
    found = Client(sockets)
    yield found
    found.close()


@pytest.fixture
def sessions(world, client):
    """Of one person; every gateway knows them."""
    world.wait_well()
    found = world.populate(1, 24, contexts=WEB)[0][0].sessions
    # The test before this one may have put Redis in doubt: that is over some seconds later.
    wait_until(
        lambda: all(
            len(node.events("redis_trusted")) == len(node.events("redis_in_doubt")) > 0
            for node in world.nodes
        ),
        "every gateway believes Redis",
    )
    wait_until(lambda: answers(client, found, world.names) == {204}, "everybody's session counts")
    return found


def answers(client, sessions, names):
    return {event.result for name in names for event in client.check_all(sessions, name)}


def watched(client, sessions, names, seconds):
    """What they answer, asked all the time for so long."""
    until, found = now() + seconds, set()
    while now() < until:
        found |= answers(client, sessions, names)
    return found


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM gatehouse.sessions WHERE id = ANY(%s)",
        "UPDATE gatehouse.sessions SET revoked = true WHERE id = ANY(%s)",
        "UPDATE gatehouse.sessions SET expires_at = now() WHERE id = ANY(%s)",
        "UPDATE gatehouse.users SET disabled = true WHERE id IN"
        " (SELECT user_id FROM gatehouse.sessions WHERE id = ANY(%s))",
    ],
    ids=["delete", "revoke", "expire", "disable"],
)
def test_no_gateway_says_yes_after_no(world, client, statement):
    """SQL says no while Redis is late; then Redis answers, and still has the session."""
    first, second = world.names
    people, begun = world.populate(4, 24, contexts=WEB)
    client.events += begun
    for person in people:
        keys = [f"identity:session:web:{one.id}" for one in person.sessions]
        assert answers(client, person.sessions, [first]) == {204}
        with behaving(world, "redis", [second], LATE):
            start = now()
            world.sql(statement, ([one.id for one in person.sessions],))
            client.events.append(
                Event(
                    "admin_revoke",
                    user=person.id,
                    start=start,
                    end=now(),
                    result=200,
                    facts={"all": True, "direct": True},
                )
            )
            client.check_all(person.sessions, second)
        with world.redis.client.pipeline(transaction=False) as pipeline:
            for (
                key
            ) in keys:  # as for a session in use: whoever remembers something of it forgets it
                pipeline.expire(key, 3600)
            pipeline.execute()
        watched(client, person.sessions, [second], 0.5)
    second_thoughts = [str(one) for one in Checker().feed(client.events) if one.rule == "ended"]
    assert not second_thoughts, "\n".join(second_thoughts[:3])
    world.wait_well()


def test_without_any_database_redis_is_believed_for_so_long(world, client, sessions):
    """Then nobody knows, which is no 401; and at once all is as before when it is back."""
    begin = now()
    with behaving(world, "sql", world.names, DOWN):
        at = {}
        for result in itertools.takewhile(
            lambda _: now() < begin + ABSENCE + 2 * SLACK,
            iter(lambda: answers(client, sessions, world.names), None),
        ):
            for status in result:
                first, _ = at.get(status, (now(), 0.0))
                at[status] = first, now()
        assert set(at) == {204, 503}
        assert begin + ABSENCE - SLACK < at[204][1] < begin + ABSENCE + SLACK
        assert at[503][0] > begin + ABSENCE - SLACK
    wait_until(
        lambda: answers(client, sessions, world.names) == {204}, "the sessions count again", 3.0
    )
    assert watched(client, sessions, world.names, 1.0) == {204}


def test_ended_by_hand_while_no_gateway_reads_the_database(world, client, sessions):
    """Nobody hears of it: it is believed no longer than everything else that Redis remembers, and never again."""
    with behaving(world, "sql", world.names, DOWN):
        begin = now()
        world.sql(
            "DELETE FROM gatehouse.sessions WHERE id = ANY(%s)", ([one.id for one in sessions],)
        )
        wait_until(
            lambda: answers(client, sessions, world.names) == {503}, "nobody knows", ABSENCE + SLACK
        )
        assert now() < begin + ABSENCE + SLACK
    wait_until(lambda: answers(client, sessions, world.names) == {401}, "they have ended", 3.0)
    assert watched(client, sessions, world.names, 1.0) == {401}


def journal_of(node):
    return node.root / "state" / f"ended{re.sub('[/.]', '-', str(node.socket))}.journal"


@contextlib.contextmanager
def unwritable(path):
    """A directory is where the file should be."""
    path.unlink(missing_ok=True)
    path.mkdir()
    try:
        yield
    finally:
        path.rmdir()


def test_a_gateway_that_cannot_write_its_journal(world, client, sessions):
    """The logout counts everywhere, and is not said to be known to all: Redis alone has a note of it."""
    first, _ = world.names
    ended, journal = sessions[0], journal_of(world.node(first))
    with unwritable(journal), behaving(world, "sql", world.names, DOWN):
        event, reply = client.post("logout", first, "/auth/logout", ended, {})
        assert event.result == 503 and event.fact("code") == NOT_CONFIRMED, event
        assert "Max-Age=0" in reply.header("Set-Cookie")
        assert watched(client, [ended], world.names, 0.5) == {401}
    world.wait_well()
    assert watched(client, [ended], world.names, 1.0) == {401}
