# SPDX-License-Identifier: Apache-2.0
# Goal: whatever stands in an old cookie, under a name that resembles it, or in the older system's own stores: it lets nobody in, it
# changes nothing there, and guessing comes to an end.
import base64
import concurrent.futures
import hashlib
import json
import pickle
import threading

import pytest

from client import JSON, SECRETS, raw, raw_answer
from legacy_site import READING, STRATEGIES, told
from processes import wait_until

VALUES = {
    "quote": "aaaaaaaaaaaaaaaa'OR'1'='1",
    "quotes": 'aaaaaaaaaaaaaaaa"--',
    "comment": "aaaaaaaaaaaaaaaa'--",
    "union": "aaaaaaaaaaaaaaaa'UNION/**/SELECT/**/1--",
    "percent": "%25%25%25%25%25%25%25%25%25",
    "format": "%s%s%s%n%n%n%x%x%x%p%p%p",
    "like": "%" * 32,
    "underscores": "_" * 64,
    "nul": "aaaaaaaaaaaaaaaa%00bbbb",
    "redis": "aaaaaaaaaaaaaaaa%0d%0aFLUSHALL%0d%0a",
    "star": "*" * 40,
    "long": "a" * 1025,
    "longer": "a" * 4096,
    "php": 'a:1:{s:7:"user_id"|i:1|}',
    "php object": 'O:8:"stdClass":1:{s:1:"x"|}',
    "pickle": "gASVKgAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOU",
    "marshal": "BAh7BkkiDHVzZXJfaWQGOgZFRmkB",
    "json": '{"user_id":1|"expires_at":9999999999999}',
    "none": "eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjoxfQ.",
    "path": "../../../../etc/passwd",
    "empty": "",
    "short": "a",
    "space": "aaaaaaaa aaaaaaaa",
    "utf-8": "é" * 20,
    "session": "session:aaaaaaaaaaaaaaaa",
}


@pytest.fixture
def token(old):
    """Of somebody who is logged in."""
    token = old.system.login(old.system.add_user())
    SECRETS.add(token)
    return token


def answers(old, cookie):
    return old.browser().get("/app/", headers=JSON, cookies=cookie)


@pytest.mark.parametrize("strategy", READING)
def test_lg03_no_value_lets_anybody_in_or_changes_anything(old, token, strategy):
    old.use(strategy)
    before = old.system.dump()
    statuses = {
        name: answers(old, f"{old.system.COOKIE}={value}".encode()).status
        for name, value in VALUES.items()
    }
    assert statuses == dict.fromkeys(VALUES, 401)
    assert old.system.dump() == before
    assert old.by_old(token).status == 200


@pytest.mark.parametrize("strategy", READING)
def test_lg03_a_live_token_with_something_to_it_is_another_one(old, token, strategy):
    """Signed, quoted, cut, in capitals: the older system would not have found it either."""
    old.use(strategy)
    for value in (
        f"s:{token}.c2lnbmF0dXJl",
        f"s%3A{token}.c2lnbmF0dXJl",
        f"s:{token}",
        f"{token}.",
        f'"{token}"',
        token[:-1],
        token + "a",
        token.swapcase(),
        f"session:{token}",
        f"{token}%20",
        f"%{ord(token[0]):02x}{token[1:]}",
        f"{token},{token}",
    ):
        assert answers(old, f"{old.system.COOKIE}={value}").status == 401, value
    assert old.by_old(token).status == 200


def test_lg03_a_nul_byte_is_no_request(old):
    old.use("gradual")
    token = old.system.login(
        old.system.add_user()
    )  # which nginx will log, with all of the line: so no secret
    request = b"GET /app/ HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\nConnection: close\r\nCookie: %s=%s\0\r\n\r\n"
    answer = raw_answer(
        raw(old, request % (old.host.encode(), old.system.COOKIE.encode(), token.encode()))
    )
    assert answer.status in (400, 401), answer


@pytest.mark.parametrize("strategy", READING)
def test_lg05_two_old_cookies_that_differ_are_none(old, token, strategy):
    old.use(strategy)
    other, name = old.system.login(old.system.add_user()), old.system.COOKIE
    for pair in ((token, other), (other, token), (token, "made-up-by-somebody-else")):
        assert answers(old, "; ".join(f"{name}={value}" for value in pair)).status == 401
    assert answers(old, f"{name}={token}; {name}={token}").status == 200


@pytest.mark.parametrize("strategy", READING)
def test_lg07_the_name_is_exact(old, token, strategy):
    old.use(strategy)
    name = old.system.COOKIE
    for other in (
        name.swapcase(),
        f"{name}.x",
        f"{name}[0]",
        f"{name}[]",
        f"x{name}",
        f"{name}x",
        f"$Version; {name} ",
        f"__Host-{name}",
        f"%{ord(name[0]):x}{name[1:]}",
    ):
        assert answers(old, f"{other}={token}").status == 401, other
    assert answers(old, f"a=b; {name}={token}; c=d").status == 200


def junk(word, number):
    return f"guess-{word}-number-{number:06}"


@pytest.mark.parametrize("strategy", READING)
def test_lg04_guessing_comes_to_an_end(old, token, strategy):
    """However many guesses are made at the same time: no more than the limit is looked up."""
    old.use(strategy)
    address, limit, many = (
        old.browser().address,
        old.gateway.options["legacy_misses_per_address"],
        100,
    )

    def guess(number):
        return old.by_old(junk(strategy, number), address=address).status

    assert old.by_old(token, address=address).status == 200
    with old.nginx.expect(
        "auth request unexpected status: 503"
    ), concurrent.futures.ThreadPoolExecutor(many) as pool:
        statuses = list(pool.map(guess, range(many)))
    assert set(statuses) == {401, 503} and statuses.count(401) <= limit, statuses
    if strategy == "gradual":
        assert old.by_old(token, address=address).status == 200, "who is in stays in"
    assert (
        old.by_old(old.system.login(old.system.add_user())).status == 200
    ), "others are not concerned"


@pytest.mark.parametrize("strategy", READING)
def test_lg04_a_neighbour_of_a_guesser_gets_in(old, strategy):
    """Behind the same address, with a token that was never used here, while the guessing goes on."""
    old.use(strategy)
    address, limit = old.browser().address, old.gateway.options["legacy_misses_per_address"]
    over, made = threading.Event(), []

    def go_on_guessing():
        while not over.is_set():
            made.append(old.by_old(junk("beside-" + strategy, len(made)), address=address).status)

    guesser = threading.Thread(target=go_on_guessing)
    with old.nginx.expect("auth request unexpected status: 503"):
        guesser.start()
        try:
            wait_until(lambda: len(made) > limit, "the limit is used up")
            neighbour = old.system.login(old.system.add_user())
            wait_until(
                lambda: old.by_old(neighbour, address=address).status == 200, "the neighbour is in"
            )
        finally:
            over.set()
            guesser.join()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_logouts_by_made_up_tokens_write_nothing(old, token, strategy):
    old.use(strategy)

    def written():
        return [
            old.identity(f"SELECT count(*) FROM {{}}{table}")
            for table in ("legacy_tokens", "changes")
        ]

    tokens = [junk("logout-" + strategy, number) for number in range(20)]
    rows, tables = written(), old.system.dump()
    statuses = [
        old.browser().post_json("/auth/logout", {}, cookies=f"{old.system.COOKIE}={cookie}").status
        for cookie in tokens
    ]
    assert statuses == [200] * 20, "whoever has no session is signed out"
    assert (written(), old.system.dump()) == (rows, tables)
    if old.stores.redis:
        keys = [
            "identity:session:web:"
            + base64.urlsafe_b64encode(hashlib.sha256(cookie.encode()).digest())
            .decode()
            .rstrip("=")
            for cookie in tokens
        ]
        assert old.stores.redis.client.exists(*keys) == 0, "no tombstone"


@pytest.mark.parametrize("strategy", READING)
def test_a_logout_by_a_token_that_was_never_used_here_is_final(old, strategy):
    old.use(strategy)
    token = old.system.login(old.system.add_user())
    SECRETS.add(token)
    assert (
        old.browser().post_json("/auth/logout", {}, cookies=f"{old.system.COOKIE}={token}").status
        == 200
    )
    for other in READING:
        old.use(other)
        assert old.by_old(token).status == 401
    if old.system.PRESET != "auth-token":  # which never takes a token away
        assert old.system.holder(token) is None, "told there"


@pytest.mark.parametrize("strategy", READING)
def test_a_logout_that_nobody_could_judge_is_not_called_one(old, strategy):
    """The older system is away, and we have never heard of the token: nothing is recorded, and nothing is claimed."""
    old.use(strategy)
    token = old.system.login(old.system.add_user())
    SECRETS.add(token)

    def log_out():
        return old.browser().post_json("/auth/logout", {}, cookies=f"{old.system.COOKIE}={token}")

    with old.system.away():
        answer = log_out()
        assert (
            answer.status == 503
            and answer.json()["error"]["code"] == "not_signed_out"
            and not answer.cookies()
        )
    wait_until(lambda: log_out().status == 200, "the older system is back")
    assert old.by_old(token).status == 401


@pytest.mark.systems(lambda system: system.PRESET == "redis")
@pytest.mark.parametrize("strategy", READING)
def test_lg03_what_stands_in_redis_is_read_by_nobody_but_us(old, strategy):
    old.use(strategy)
    user, good = old.system.add_user(), {"expires_at": 9999999999999}
    values = [
        b"",
        b"null",
        b"[]",
        b"1",
        b'"text"',
        b"{",
        json.dumps(good),
        json.dumps({**good, "user_id": None}),
        json.dumps({**good, "user_id": [user.id]}),
        json.dumps({**good, "user_id": {"$ne": ""}}),
        json.dumps({"user_id": user.id}),
        json.dumps({"user_id": user.id, "expires_at": "soon"}),
        json.dumps({"user_id": user.id, "expires_at": 1}),
        f'{{"user_id":"{user.id}","expires_at":9999999999999,"user_id":"x"}}',
        f'a:2:{{s:7:"user_id";s:36:"{user.id}";s:10:"expires_at";i:9999999999999;}}',
        pickle.dumps({**good, "user_id": user.id}),
        b'{"user_id":"' + b"a" * 1048576 + b'","expires_at":9999999999999}',
        b"[" * 100000,
        b'{"a":' * 100000,
        f"s:{json.dumps({**good, 'user_id': user.id})}.c2ln",
        json.dumps({**good, "user_id": "x' OR 1=1"}),
        json.dumps({**good, "user_id": "00000000-0000-0000-0000-000000000000"}),
    ]
    for number, value in enumerate(values):
        old.system.put(token := f"hostile-value-number-{number:04}-{strategy}", value)
        assert old.by_old(token).status == 401, value[:60]
    for number, command in enumerate(("lpush", "sadd")):
        token = f"hostile-kind-number-{number:04}-{strategy}"
        getattr(old.system.redis.client, command)(
            f"session:{token}", json.dumps({**good, "user_id": user.id})
        )
        assert old.by_old(token).status == 401, command
    old.system.put(
        token := f"a-good-value-among-them-{strategy}", json.dumps({**good, "user_id": user.id})
    )
    assert told(old.by_old(token))["x-auth-user-id"] == user.id


def test_old_tokens_are_in_no_log_and_in_no_store_of_ours(old):
    """All that browsers have had so far."""
    places = {
        "gateway.log": old.gateway.log.read_bytes(),
        "error.log": old.nginx.log.read_bytes(),
        "stores": old.store_dump(),
        "access.log": (old.nginx.root / "access.log").read_bytes(),
        "app.log": old.app.log.read_bytes(),
    }
    secrets = [secret.encode() for secret in SECRETS if len(secret) >= 20]
    assert secrets
    for place, content in places.items():
        assert not [secret[:8] for secret in secrets if secret in content], place
    assert not [line for line in old.gateway.lines() if line["event"] == "exception"]
