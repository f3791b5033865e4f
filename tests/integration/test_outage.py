# SPDX-License-Identifier: Apache-2.0
# Goal: when a store does not answer, nobody is let in and nobody is signed out: 503 in time, the cookie stays, and all is as before
# within a second of its return.

import concurrent.futures
import json
import signal
import types

import pytest

from canary import Canary
from client import JSON, signed_in
from outage import (
    ANSWER,
    RECOVERY,
    START,
    UNEXPECTED,
    WITH_DATABASE,
    WITH_REDIS,
    WRONG,
    ask,
    cookie_of,
    credentials,
    not_only_sql_answers,
    out_of_order,
    recovers,
    requests_of,
    sql_answers,
)
from processes import PATIENCE, wait_until
from servers import Gateway, User


@pytest.fixture(scope="module")
def canary():
    with Canary() as bird:
        yield bird


@WITH_DATABASE
@pytest.mark.parametrize("how", ["frozen", "stopped"])
def test_database_away(site, people, how):
    """Without Redis nothing is known for longer than a moment; with it the sessions that it holds go on."""
    database, browser, stranger = (
        site.stores.postgres,
        signed_in(site, people["plain"]),
        site.browser(),
    )
    assert browser.get("/app/").status == 200
    not_only_sql_answers(site, browser)
    token, form = browser.token, stranger.form("/auth/login")
    known = 200 if site.stores.redis else 503
    with site.nginx.expect(UNEXPECTED):
        with out_of_order(database, how):
            # What the gateway itself remembers may count for 900 ms after it has heard from the database last.
            page = wait_until(
                lambda: (found := browser.get("/app/", headers={"Accept": "text/html"})).status
                == known
                and found,
                f"{known}",
                2,
            )
            if known == 503:
                assert (
                    int(page.header("Retry-After")) >= 1
                    and page.header("Content-Type") == "text/html; charset=utf-8"
                )
                assert browser.get("/app/", headers=JSON).json()["error"]["code"] == "unavailable"
            assert not page.all("Set-Cookie") and browser.token == token
            # Strangers and junk cost nothing, so nothing is missing for them.
            assert stranger.get("/app/").status == 302
            assert stranger.get("/app/", cookies=f"{site.cookie}={'A' * 64}").status == 302
            assert stranger.get("/auth/login").status == 200
            assert stranger.get("/").status == 200
            refused = stranger.post("/auth/login", {**form.hidden, **credentials(people["plain"])})
            assert refused.status == 503 and refused.header("Retry-After")
            assert stranger.token is None
        wait_until(lambda: sql_answers(site), "SQL is asked again")
        assert browser.get("/app/").status == 200
    assert browser.token == token
    assert site.browser().login(people["plain"]).status == 303


@WITH_DATABASE
@pytest.mark.parametrize("how", ["frozen", "stopped"])
def test_answers_while_the_database_is_away(site, canary, how):
    """Every request is answered in time, and with the stores' return all is well."""
    user, bystander = site.user(), site.user()
    browser, lasting = signed_in(site, user), cookie_of(signed_in(site, bystander))
    not_only_sql_answers(site, browser)
    cookie = cookie_of(browser)
    with out_of_order(site.stores.postgres, how):
        for path, fields, cookies in requests_of(user, cookie):
            reply = canary.judge(
                ANSWER, path, lambda: ask(site, path, fields, cookies)
            )  # pylint: disable=cell-var-from-loop
            assert reply.status != 500 and (reply.status != 204 or cookies), (path, reply)
        # Signing out comes last. Redis is enough for it.
        assert reply.status == (200 if site.stores.redis else 503), reply
        # More requests than there are connections to the database: none waits for the one before.
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            replies = list(
                pool.map(
                    lambda _: canary.judge(ANSWER, "one of many", lambda: ask(site, cookie=cookie)),
                    range(48),
                )
            )
        assert {reply.status for reply in replies} <= ({401} if site.stores.redis else {204, 503})
    recovers(site, canary, lasting, bystander)


@WITH_REDIS
@pytest.mark.parametrize(
    "path, statuses",
    [
        ("/auth/verify", [204, 204]),
        ("/auth/login", [200, 200]),
        ("/auth/password/change", [200, 401]),
        ("/auth/logout", [200, 200]),
    ],
)
def test_answers_while_redis_is_frozen(site, canary, path, statuses):
    """The one that finds out that Redis is frozen, and those after it."""
    user = site.user()
    cookie = cookie_of(signed_in(site, user))
    here = site.browser(address="127.0.0.1")
    wait_until(
        lambda: here.get("/auth/ready", headers=JSON).json()["status"] == "ok",
        "the gateway is connected to both",
    )
    chosen = next(
        row
        for row in requests_of(user, cookie)
        if row[0] == path and (row[1] is not None or path == "/auth/verify")
    )
    with out_of_order(site.stores.redis, "frozen"):
        assert [
            canary.judge(ANSWER, path, lambda: ask(site, *chosen)).status for _ in range(2)
        ] == statuses


@WITH_REDIS
@pytest.mark.parametrize("how", ["frozen", "stopped"])
def test_redis_away(site, people, canary, how):
    """Nobody notices: SQL answers."""
    cache, browser, old = (
        site.stores.redis,
        signed_in(site, people["plain"]),
        signed_in(site, people["admin"]),
    )
    token = browser.token
    with out_of_order(cache, how):
        for _ in range(5):
            assert browser.get("/app/").status == 200
        fresh = site.browser()
        assert fresh.login(people["plain"]).status == 303
        assert fresh.get("/app/").status == 200
        assert browser.token == token
        ended = old.token
        left = old.logout()
        assert left.status in (303, 503), left
        if left.status == 303:
            assert old.get("/app/", cookies=f"{site.cookie}={ended}").status == 302
    recovers(site, canary, cookie_of(browser), people["plain"])
    recovers(site, canary, cookie_of(fresh), people["plain"])
    # The old cookie does not come back with Redis.
    if left.status == 303:
        here = site.browser(address="127.0.0.1")
        wait_until(
            lambda: here.get("/auth/ready", headers=JSON).json()["status"] == "ok",
            "ready",
            PATIENCE,
        )
        assert old.get("/app/", cookies=f"{site.cookie}={ended}").status == 302


@WITH_REDIS
@pytest.mark.parametrize(
    "loss", ["nothing more", "redis emptied", "gateway killed and redis emptied"]
)
def test_sign_out_while_the_database_is_away(site, loss):
    """It holds, although the database hears of it later, and although one of the two notes of it is lost."""
    user = site.user()
    browser, other = signed_in(site, user), signed_in(site, user)
    form, ended = browser.form("/auth/logout", "/logout"), browser.token
    refused = lambda: ask(site, cookie=f"{site.cookie}={ended}").status  # noqa: E731
    with site.nginx.expect(f"{UNEXPECTED}|gatehouse.sock.* failed"):
        with out_of_order(site.stores.postgres, "stopped"):
            # A disk that takes too long is a 503, and one tries again.
            wait_until(
                lambda: browser.post("/auth/logout", form.hidden).status == 303,
                "signed out",
                PATIENCE,
            )
            assert browser.token is None and refused() == 401
            if loss != "nothing more":
                if "killed" in loss:
                    site.gateway.stop(signal.SIGKILL)
                site.stores.redis.client.flushall()
                if "killed" in loss:
                    site.gateway.start()
                assert refused() in (401, 503)
        wait_until(
            lambda: ask(site, cookie=cookie_of(other)).status == 204,
            "the other session counts again",
            PATIENCE,
        )
        assert refused() == 401
    # Nothing but the database knows of it now.
    site.stores.redis.client.flushall()
    assert refused() == 401
    site.gateway.stop()
    site.gateway.start()
    wait_until(lambda: ask(site, cookie=cookie_of(other)).status == 204, "serving", PATIENCE)
    assert refused() == 401


@WITH_REDIS
def test_redis_emptied(site, people):
    """A login survives the loss of everything in Redis, and does not become longer by it."""
    cache, browser = site.stores.redis, signed_in(site, people["plain"])
    assert browser.get("/app/").status == 200
    cache.client.flushall()
    assert browser.get("/app/").status == 200
    assert all(cache.client.pttl(key) > 0 for key in cache.client.scan_iter())


@WITH_REDIS
def test_both_away(site, people, canary):
    cache, database, browser = (
        site.stores.redis,
        site.stores.postgres,
        signed_in(site, people["plain"]),
    )
    form, lasting = browser.form("/auth/logout", "/logout"), cookie_of(
        signed_in(site, people["plain"])
    )
    with site.nginx.expect(UNEXPECTED), out_of_order(cache, "frozen"), out_of_order(
        database, "frozen"
    ):
        # The first one finds out about both.
        first = canary.judge(
            ANSWER, "signing in", lambda: ask(site, "/auth/login", credentials(people["plain"]))
        )
        assert first.status == 503 and not first.all("Set-Cookie")
        # What the gateway remembers counts for 900 ms after it has heard from a store last.
        answer = wait_until(
            lambda: (found := browser.get("/app/")).status == 503 and found, "503", 2
        )
        assert not answer.all("Set-Cookie")
        # A sign-out that cannot be recorded says so, and keeps the cookie.
        left = browser.post("/auth/logout", form.hidden)
        assert left.status == 503 and browser.token
    recovers(site, canary, lasting, people["plain"])
    # What was sent to a server that did not answer may still have been done by it: either is right, a 503 is not.
    wait_until(lambda: browser.get("/app/").status in (200, 302), "the page works again")


@WITH_DATABASE
def test_ready_tells(site):
    database, here = site.stores.postgres, site.browser(address="127.0.0.1")
    with out_of_order(database, "frozen"):
        degraded = wait_until(
            lambda: (found := here.get("/auth/ready", headers=JSON)).json()["status"] != "ok"
            and found,
            "not ok",
            5,
        )
        assert degraded.status == (200 if site.stores.redis else 503)
        assert degraded.json()["status"] == ("degraded" if site.stores.redis else "down")
        assert here.get("/auth/health").status == 200
    wait_until(
        lambda: here.get("/auth/ready", headers=JSON).json()["status"] == "ok", "ok again", 5
    )


def test_gateway_away(site, people):
    """Nobody is let in while the gateway is gone, and its sessions are there when it comes back."""
    browser = signed_in(site, people["plain"])
    token = browser.token
    with site.nginx.expect(
        "gatehouse.sock.* failed|no live upstreams|auth request unexpected status: 502"
    ):
        site.gateway.stop(signal.SIGKILL)
        try:
            for path, status in (
                ("/app/", 503),
                ("/admin/", 503),
                ("/auth/login", 503),
                ("/", 200),
            ):
                answer = browser.get(path)
                assert answer.status == status and not answer.all("Set-Cookie"), (path, answer)
                assert (answer.header("Retry-After") is not None) == (status == 503)
        finally:
            site.gateway.start()
    assert browser.get("/app/").status == 200 and browser.token == token


@pytest.fixture(params=["postgresql", "postgresql+redis"])
def fresh(root, make_stores, request):
    """A gateway that has not been started, with a database of its own that is still empty."""
    name = f"fresh_{len(list(root.glob('fresh_*')))}"
    gateway = Gateway(root / name, make_stores(request.param, name))
    yield types.SimpleNamespace(gateway=gateway, scheme="https" if gateway.stores.redis else "http")
    if gateway.running():
        gateway.stop()


def test_start_while_the_database_is_frozen(fresh, canary):
    """Strangers are answered at once, everybody else as soon as the database answers."""
    gateway, user = fresh.gateway, User("ann@example.org", "canary a long walk by the sea")
    gateway.cli("migrate", "up")
    gateway.cli("user", "add", user.email, "--password-stdin", stdin=user.password + "\n")
    with out_of_order(gateway.stores.postgres, "frozen"):
        canary.judge(START, "the start", gateway.start)
        gateway.wait_event("schema_unknown")
        assert [
            canary.judge(
                ANSWER, path, lambda: ask(fresh, path)
            ).status  # pylint: disable=cell-var-from-loop
            for path in ("/auth/verify", "/auth/health")
        ] == [401, 200]
        assert (
            canary.judge(
                ANSWER, "signing in", lambda: ask(fresh, "/auth/login", credentials(user))
            ).status
            == 503
        )
    canary.judge(
        RECOVERY, "signing in again", lambda: wait_until(lambda: sql_answers(fresh), "SQL is asked")
    )
    signed = ask(fresh, "/auth/login", credentials(user))
    assert (
        signed.status == 200
        and ask(fresh, cookie=signed.header("Set-Cookie").split(";")[0]).status == 204
    )
    gateway.wait_event("schema_known")


def test_an_outage_locks_no_account(fresh):
    """Logins that are answered 503 are no failures of the person; those that are answered 401 still are."""
    gateway, user = fresh.gateway, User("ann@example.org", "canary a long walk by the sea")
    gateway.cli("migrate", "up")
    gateway.cli("user", "add", user.email, "--password-stdin", stdin=user.password + "\n")
    gateway.start()
    log_in = lambda password: ask(
        fresh, "/auth/login", {"identifier": user.email, "password": password}, address="192.0.2.1"
    ).status
    assert log_in(WRONG) == 401
    with out_of_order(gateway.stores.postgres, "frozen"):
        assert [log_in(user.password) for _ in range(11)] == [503] * 11
    wait_until(lambda: sql_answers(fresh), "SQL is asked")
    assert [log_in(WRONG) for _ in range(9)] == [401] * 9
    assert log_in(user.password) == 429


def test_start_on_a_frozen_database_that_does_not_fit(fresh):
    """It is found out as soon as it can be, and nobody is served on it any longer."""
    gateway = fresh.gateway
    with out_of_order(gateway.stores.postgres, "frozen"):
        gateway.start()
    assert gateway.process.wait(PATIENCE) == 78
    assert "gatehouse migrate up" in gateway.events("schema")[-1]["message"]


@pytest.mark.parametrize("how", ["frozen", "stopped"])
@pytest.mark.parametrize("fresh", ["postgresql+redis"], indirect=True)
def test_start_while_redis_is_away(fresh, canary, how):
    """SQL is enough from the first moment on."""
    gateway, user = fresh.gateway, User("ann@example.org", "canary a long walk by the sea")
    gateway.cli("migrate", "up")
    gateway.cli("user", "add", user.email, "--password-stdin", stdin=user.password + "\n")
    with out_of_order(gateway.stores.redis, how):
        canary.judge(START, "the start", gateway.start)
        signed = canary.judge(
            ANSWER, "signing in", lambda: ask(fresh, "/auth/login", credentials(user))
        )
        cookie = signed.header("Set-Cookie").split(";")[0]
        assert [
            canary.judge(ANSWER, "a check", lambda: ask(fresh, cookie=cookie)).status
            for _ in range(3)
        ] == [204] * 3
        assert json.loads(ask(fresh, "/auth/ready").body)["stores"] == {
            "sql": "up",
            "redis": "down",
            "web": "up",
        }
    wait_until(
        lambda: json.loads(ask(fresh, "/auth/ready").body)["status"] == "ok", "Redis is back"
    )
    assert ask(fresh, cookie=cookie).status == 204
