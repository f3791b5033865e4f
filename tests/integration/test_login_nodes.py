# SPDX-License-Identifier: Apache-2.0
# Goal: what a login leaves behind counts at every gateway: a form that is sent to two of them makes one session, a device that is
# known to one is known to all, and an account that is unlocked is unlocked everywhere.
import concurrent.futures
import json
import types
import urllib.parse

import pytest

import fcgi
from client import SECRETS, forms, Answer
from servers import Gateway, Stores

EMAIL, PASSWORD, WRONG = (
    "ann@example.org",
    "canary a long walk by the sea",
    "not the password of anybody",
)


@pytest.fixture(scope="module", params=["postgresql", "postgresql+redis"])
def nodes(root, make_stores, request):
    """Two gateways with the same stores and keys."""
    name = "pair_" + "".join(filter(str.isalpha, request.param))
    options = {"secure_cookies": True, "database_timeout": "5s"}  # the machine may be busy
    first = Gateway(root / name, make_stores(request.param, name), options)
    second = Gateway(
        root / f"{name}_2",
        Stores(first.stores.environment),
        {**options, "key_file": str(first.root / "state/keys")},
    )
    second.env.update({key: value for key, value in first.env.items() if key.endswith("_URL")})
    first.cli("migrate", "up")
    first.cli("user", "add", EMAIL, "--password-stdin", stdin=PASSWORD + "\n")
    first.start(), second.start()
    yield types.SimpleNamespace(
        first=first,
        second=second,
        both=(first, second),
        postgres=first.stores.postgres,
        database=name,
    )
    for gateway in (first, second):
        gateway.stop()


def post(gateway, body, kind, cookie="", address="192.0.2.1"):
    more = {"HTTP_COOKIE": cookie} if cookie else {}
    facts = fcgi.facts(
        "/auth/login",
        "POST",
        CONTENT_TYPE=kind,
        CONTENT_LENGTH=str(len(body)),
        REMOTE_ADDR=address,
        **more,
    )
    return fcgi.ask(gateway.socket, facts, body.encode())


def log_in(gateway, password=PASSWORD, **more):
    return post(
        gateway, json.dumps({"identifier": EMAIL, "password": password}), "application/json", **more
    )


def cookies_of(reply):
    pairs = dict(line.split(";")[0].split("=", 1) for line in reply.all("Set-Cookie"))
    SECRETS.update(pairs.values())
    return {name.removeprefix("__Host-"): f"{name}={value}" for name, value in pairs.items()}


def lock_out(nodes):
    """Thirty guesses from three places, at both gateways in turn; whoever is not known waits everywhere then."""
    for number in range(60):
        log_in(nodes.both[number % 2], WRONG, address=f"198.51.100.{number // 2 % 3}")
    assert [log_in(gateway).status for gateway in nodes.both] == [429, 429]


def unlock(nodes):
    told = [len(gateway.events("user_unlocked")) for gateway in nodes.both]
    nodes.first.cli("user", "unlock", EMAIL)
    for gateway, count in zip(nodes.both, told):
        gateway.wait_event("user_unlocked", count + 1)


def test_one_form_makes_one_session(nodes):
    """Two clicks, and nginx hands them to two gateways."""
    count = lambda: nodes.postgres.execute(
        "SELECT count(*) FROM gatehouse.sessions WHERE NOT revoked", database=nodes.database
    )[0][0]
    for _ in range(5):
        before = count()
        page = fcgi.ask(nodes.first.socket, fcgi.facts("/auth/login", HTTP_ACCEPT="text/html"))
        form = forms(Answer(page.status, [], page.body))[0].hidden
        body = urllib.parse.urlencode({**form, "identifier": EMAIL, "password": PASSWORD})
        binding = cookies_of(page)["gatehouse_csrf"]
        with concurrent.futures.ThreadPoolExecutor(4) as clicks:
            sent = [
                clicks.submit(post, gateway, body, "application/x-www-form-urlencoded", binding)
                for gateway in nodes.both * 2
            ]
        answers = [one.result() for one in sent]
        assert [answer.status for answer in answers] == [303] * 4
        assert len({cookies_of(answer)["gatehouse_web"] for answer in answers}) == 1
        assert count() == before + 1


def test_known_device_and_unlock(nodes):
    """A device is made at one gateway and counts at the other, which has been restarted; unlocking reaches both."""
    device = cookies_of(log_in(nodes.first))["gatehouse_device"]
    lock_out(nodes)
    assert log_in(nodes.second, cookie=device, address="203.0.113.5").status == 200
    assert nodes.second.stop() == 0
    nodes.second.start()
    lock_out(nodes)
    assert log_in(nodes.second, cookie=device).status == 200
    assert [log_in(gateway).status for gateway in nodes.both] == [429, 429]
    unlock(nodes)
    assert [log_in(gateway).status for gateway in nodes.both] == [200, 200]
