# SPDX-License-Identifier: Apache-2.0
# Goal: what an operator ends on the command line is ended: the next request is refused although Redis had the session, and it stays
# refused when Redis was away in between. If Redis could not be told, the command says so and does not claim success.
import base64
import contextlib
import hashlib
import json
import os
import pty
import subprocess

import pytest

from client import JSON, signed_in
from processes import wait_until
from servers import gatehouse_binary

WITH_BOTH = pytest.mark.parametrize("site", ["sqlite", "postgresql+redis"], indirect=True)
WITH_REDIS = pytest.mark.parametrize("site", ["postgresql+redis"], indirect=True)
EX_USAGE, EX_UNAVAILABLE = 64, 69


def one(browser):
    """`session revoke` with the name of the session."""
    sessions = browser.get("/auth/sessions", headers=JSON).json()["sessions"]
    return (
        "session",
        "revoke",
        browser.email,
        next(row["handle"] for row in sessions if row["current"]),
    )


def every(browser):
    return ("session", "revoke", browser.email, "--all")


def disable(browser):
    return ("user", "disable", browser.email)


def delete(browser):
    return ("user", "delete", browser.email, "--yes")


@pytest.fixture
def live(site):
    """A browser with a session that Redis has, if there is Redis, and that the gateway takes from there."""
    user = site.user()
    browser = signed_in(site, user)
    browser.email, browser.cookie = user.email, f"{site.cookie}={browser.token}"

    def source():
        assert browser.get("/app/").status == 200
        return site.gateway.events("verify")[-1]["source"]

    if site.stores.redis:
        wait_until(lambda: source() != "sql", "the session is answered from Redis")
    return browser


def is_dead(browser):
    answer = browser.get("/app/", headers=JSON, cookies=browser.cookie)
    assert answer.status in (200, 401, 503), answer
    return answer.status == 401


@contextlib.contextmanager
def redis_away(redis, how):
    """Frozen: it comes back with what it remembered. Stopped: it comes back empty."""
    (redis.freeze if how == "frozen" else redis.stop)()
    try:
        yield
    finally:
        (redis.thaw if how == "frozen" else redis.start)()


@WITH_BOTH
@pytest.mark.parametrize("words", [one, every, disable, delete])
def test_ended_at_once(site, live, words):
    done = site.gateway.cli(*words(live))
    assert is_dead(live)
    assert "Sessions ended: 1." in done.stdout
    assert [is_dead(live) for _ in range(20)] == [True] * 20


@WITH_REDIS
@pytest.mark.parametrize(
    "words, how", [(one, "frozen"), (disable, "frozen"), (every, "stopped"), (delete, "frozen")]
)
def test_ended_while_redis_is_away(site, live, words, how):
    """The command has done half of its work, and says which half. The gateway has missed Redis too, and asks SQL."""
    command = words(live)
    with redis_away(site.stores.redis, how):
        assert live.get("/app/").status == 200
        done = site.gateway.cli(*command, check=False)
        assert done.returncode == EX_UNAVAILABLE and not done.stdout, done
        for part in ("recorded in the database", "Redis could not be told", "repeat the command"):
            assert part in done.stderr, done.stderr
        assert is_dead(live)
    # Until the gateway believes Redis again, and after that.
    wait_until(
        lambda: is_dead(live) and last_word_on_redis(site) == "redis_trusted",
        "Redis is believed again",
    )
    assert [is_dead(live) for _ in range(20)] == [True] * 20


def last_word_on_redis(site):
    return [
        line["event"]
        for line in site.gateway.lines()
        if line["event"] in ("redis_in_doubt", "redis_trusted")
    ][-1]


@WITH_REDIS
@pytest.mark.parametrize("words", [one, disable])
def test_repeated_when_redis_is_back(site, live, words):
    """As the message says: Redis is told then, although there is nothing left to end."""
    command = words(live)
    with redis_away(site.stores.redis, "frozen"):
        assert site.gateway.cli(*command, check=False).returncode == EX_UNAVAILABLE
    site.gateway.cli(*command)
    stored = (
        base64.urlsafe_b64encode(hashlib.sha256(live.token.encode()).digest()).rstrip(b"=").decode()
    )
    assert (
        json.loads(site.stores.redis.client.get(f"identity:session:web:{stored}"))["kind"]
        == "ended"
    )
    assert is_dead(live)


@WITH_BOTH
def test_a_deleted_user_stays_deleted_across_a_restart(site, live):
    """Deleted while no gateway runs: Redis has the session of before, the database has nothing of it any more."""
    site.gateway.stop()
    try:
        done = site.gateway.cli(*delete(live))
        assert "is deleted. Sessions ended: 1." in done.stdout
    finally:
        site.gateway.start()
    assert [is_dead(live) for _ in range(20)] == [True] * 20
    if site.stores.redis:
        wait_until(
            lambda: is_dead(live) and last_word_on_redis(site) == "redis_trusted",
            "Redis is believed again",
        )
    assert [is_dead(live) for _ in range(20)] == [True] * 20
    assert live.email not in site.gateway.cli("user", "list").stdout


def at_a_terminal(gateway, answer, *words):
    """What it exits with if somebody at a terminal answers so."""
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [gatehouse_binary(), *words, "--config", gateway.config],
            env=gateway.env,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
        ) as command:
            os.write(ours, answer)
            command.communicate(timeout=60)
            return command.returncode
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_at_a_terminal_deleting_asks(site):
    user = site.user()
    exists = lambda: user.email in site.gateway.cli("user", "list").stdout
    for no in (b"n\n", b"\n", b"nonsense\n"):
        assert (
            at_a_terminal(site.gateway, no, "user", "delete", user.email) == EX_USAGE and exists()
        )
    assert at_a_terminal(site.gateway, b"y\n", "user", "delete", user.email) == 0 and not exists()
