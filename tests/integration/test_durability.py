# SPDX-License-Identifier: Apache-2.0
# Goal: `ready` names what the database does not promise, without being less ready for it, and the log says so once; a login that no
# standby has confirmed is not acknowledged where the operator wants it confirmed.
import json

import pytest

import fcgi
from processes import Process, wait_until
from servers import Gateway, Stores
from stores import Postgres

STANDBY = "pg_receivewal"  # not a whole standby, but it confirms what it has flushed
PASSWORD = "canary a long walk along the river"


@pytest.fixture(scope="module")
def postgres(root):
    server = Postgres(root / "durable", fsync="on").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def gateway(root, postgres):
    """Not running."""
    found = Gateway(root / "durability", Stores("development", postgres, None, "durability"))
    found.cli("migrate", "up")
    found.cli("user", "add", "ann@example.org", "--password-stdin", stdin=PASSWORD + "\n")
    yield found
    if found.running():
        found.stop()


@pytest.fixture
def settings(postgres):
    """Changes settings of the server; as before at the end."""
    changed = []

    def change(name, value):
        changed.append(name)
        postgres.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        postgres.execute("SELECT pg_reload_conf()")
        wait_until(lambda: postgres.execute(f"SHOW {name}") == [(value,)], f"{name} = {value}")

    yield change
    for name in changed:
        postgres.execute(f"ALTER SYSTEM RESET {name}")
    postgres.execute("SELECT pg_reload_conf()")


@pytest.fixture
def standby(root, postgres):
    """Starts one, and ends it."""
    directory = root / "wal"
    directory.mkdir(exist_ok=True)
    process = Process(
        [
            postgres.initdb.parent / STANDBY,
            "-D",
            directory,
            "-h",
            postgres.root,
            "-U",
            "postgres",
            "--synchronous",
        ],
        root / "standby.log",
    )
    yield process
    if process.running():
        process.stop()


def start(gateway, expected):
    """What is said at a start: by `ready` as soon as it is known, and in the log."""
    said = len(gateway.events("durability"))
    gateway.start()
    wait_until(lambda: ready(gateway)["warnings"] == expected, f"ready warns of {expected}")
    assert ready(gateway)["status"] == "ok"
    lines = gateway.events("durability")[said:]
    assert [line["warning"] for line in lines] == expected and all(line["hint"] for line in lines)
    return {line["warning"]: line["level"] for line in lines}


def ready(gateway):
    return fcgi.ready(gateway.socket)


def sign_in(gateway):
    body = json.dumps({"identifier": "ann@example.org", "password": PASSWORD})
    facts = {
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_ACCEPT": "application/json",
        "REQUEST_SCHEME": "http",
    }
    return fcgi.ask(gateway.socket, fcgi.facts("/auth/login", "POST", **facts), body).status


def test_a_server_of_its_own(gateway):
    """As many run it. Not worth an alarm."""
    assert start(gateway, ["no_synchronous_standby"]) == {"no_synchronous_standby": "info"}
    gateway.stop()


def test_commits_that_are_not_waited_for(gateway, settings):
    settings("synchronous_commit", "off")
    assert (
        start(gateway, ["synchronous_commit_off", "no_synchronous_standby"])[
            "synchronous_commit_off"
        ]
        == "warning"
    )
    gateway.stop()


def test_a_synchronous_standby(gateway, settings, standby, postgres):
    standby.start()
    settings("synchronous_standby_names", STANDBY)
    wait_until(
        lambda: postgres.execute("SELECT sync_state FROM pg_stat_replication") == [("sync",)],
        "the standby counts",
    )
    start(gateway, [])
    assert sign_in(gateway) == 200
    standby.stop()
    assert sign_in(gateway) == 503
    standby.start()
    wait_until(lambda: sign_in(gateway) == 200, "confirmed again")
    gateway.stop()


def test_a_file_has_nothing_to_be_warned_of(root):
    gateway = Gateway(root / "durability-file", Stores("mock"))
    gateway.cli("migrate", "up")
    start(gateway, [])
    gateway.stop()
