# SPDX-License-Identifier: Apache-2.0
# Goal: when a store does not answer, nobody is let in and nobody is signed out: 503 in time, the cookie stays, and all is as before
# within a second of its return.
import concurrent.futures
import contextlib
import signal
import time

import pytest

from client import JSON, signed_in
from processes import wait_until

WITHIN = 1.0    # seconds for an answer: the gateway's own bound is 500 ms, the rest is a busy machine's
RECOVERY = 1.5  # seconds to normal: the bound is 1 s
UNEXPECTED = "auth request unexpected status: 503"
WITH_DATABASE = pytest.mark.parametrize("site", ["postgresql", "postgresql+redis"], indirect=True)
WITH_REDIS = pytest.mark.parametrize("site", ["postgresql+redis"], indirect=True)


def timed(browser, path, **more):
    """The answer, which must come in time, whatever it is."""
    begin = time.monotonic()
    answer = browser.get(path, **more)
    took = time.monotonic() - begin
    assert took < WITHIN, f"{path}: {took:.3f} s for {answer.status}"
    return answer


@contextlib.contextmanager
def out_of_order(process, how):
    """SIGSTOP: connections stay and nobody answers. SIGKILL: nobody is there."""
    if how == "frozen":
        process.freeze()
    else:
        process.stop(signal.SIGINT if how == "stopped" else signal.SIGKILL)
    try:
        yield
    finally:
        if how == "frozen":
            process.thaw()
        else:
            process.start()


def recovers(browser, path="/app/"):
    begin = time.monotonic()
    wait_until(lambda: browser.get(path, headers=JSON).status == 200, f"{path} works again", RECOVERY + 5)
    took = time.monotonic() - begin
    assert took < RECOVERY, f"back to normal after {took:.2f} s"


@WITH_DATABASE
@pytest.mark.parametrize("how", ["frozen", "stopped"])
def test_database_away(site, people, how):
    """Without Redis nothing is known any more; with it the sessions that it holds go on."""
    database, browser, stranger = site.stores.postgres, signed_in(site, people["plain"]), site.browser()
    assert browser.get("/app/").status == 200
    token, form = browser.token, stranger.form("/auth/login")
    known = 200 if site.stores.redis else 503
    with site.nginx.expect(UNEXPECTED):
        with out_of_order(database, how):
            page = timed(browser, "/app/", headers={"Accept": "text/html"})
            assert page.status == known
            if known == 503:
                assert int(page.header("Retry-After")) >= 1 and page.header("Content-Type") == "text/html; charset=utf-8"
                assert timed(browser, "/app/", headers=JSON).json()["error"]["code"] == "unavailable"
            assert not page.all("Set-Cookie") and browser.token == token
            # Strangers and junk cost nothing, so nothing is missing for them.
            assert timed(stranger, "/app/").status == 302
            assert timed(stranger, "/app/", cookies=f"{site.cookie}={'A' * 64}").status == 302
            assert timed(stranger, "/auth/login").status == 200
            assert timed(stranger, "/").status == 200
            begin = time.monotonic()
            refused = stranger.post("/auth/login", {**form.hidden, "identifier": people["plain"].email,
                                                    "password": people["plain"].password})
            assert refused.status == 503 and refused.header("Retry-After") and time.monotonic() - begin < WITHIN
            assert stranger.token is None
            # More requests than there are connections to the database: none waits for the one before.
            with concurrent.futures.ThreadPoolExecutor(24) as pool:
                answers = list(pool.map(lambda _: timed(browser, "/app/"), range(48)))
            assert {answer.status for answer in answers} == {known}
        recovers(browser)
    assert browser.token == token
    assert site.browser().login(people["plain"]).status == 303


@WITH_REDIS
@pytest.mark.parametrize("how", ["frozen", "stopped"])
def test_redis_away(site, people, how):
    """Nobody notices: SQL answers."""
    cache, browser, old = site.stores.redis, signed_in(site, people["plain"]), signed_in(site, people["admin"])
    token = browser.token
    with out_of_order(cache, how):
        for _ in range(5):
            assert timed(browser, "/app/").status == 200
        fresh = site.browser()
        assert fresh.login(people["plain"]).status == 303
        assert timed(fresh, "/app/").status == 200
        assert browser.token == token
        ended = old.token
        left = old.logout()
        assert left.status in (303, 503), left
        if left.status == 303:
            assert timed(old, "/app/", cookies=f"{site.cookie}={ended}").status == 302
    # The old cookie does not come back with Redis.
    if left.status == 303:
        wait_until(lambda: site.browser(address="127.0.0.1").get("/auth/ready", headers=JSON).json()["status"] == "ok", "ready", 5)
        assert old.get("/app/", cookies=f"{site.cookie}={ended}").status == 302
    recovers(browser)
    recovers(fresh)


@WITH_REDIS
def test_redis_emptied(site, people):
    """A login survives the loss of everything in Redis, and does not become longer by it."""
    cache, browser = site.stores.redis, signed_in(site, people["plain"])
    assert browser.get("/app/").status == 200
    cache.client.flushall()
    assert browser.get("/app/").status == 200
    assert all(cache.client.pttl(key) > 0 for key in cache.client.scan_iter())


@WITH_REDIS
def test_both_away(site, people):
    cache, database, browser = site.stores.redis, site.stores.postgres, signed_in(site, people["plain"])
    form = browser.form("/auth/logout", "/logout")
    with site.nginx.expect(UNEXPECTED), out_of_order(cache, "frozen"), out_of_order(database, "frozen"):
        answer = timed(browser, "/app/")
        assert answer.status == 503 and not answer.all("Set-Cookie")
        # A sign-out that cannot be recorded says so, and keeps the cookie.
        begin = time.monotonic()
        left = browser.post("/auth/logout", form.hidden)
        assert left.status == 503 and browser.token and time.monotonic() - begin < 2 * WITHIN
    recovers(browser)
    assert browser.logout().status == 303


@WITH_DATABASE
def test_ready_tells(site):
    database, here = site.stores.postgres, site.browser(address="127.0.0.1")
    with out_of_order(database, "frozen"):
        degraded = wait_until(lambda: (found := here.get("/auth/ready", headers=JSON)).json()["status"] != "ok" and found, "not ok", 5)
        assert degraded.status == (200 if site.stores.redis else 503)
        assert degraded.json()["status"] == ("degraded" if site.stores.redis else "down")
        assert here.get("/auth/health").status == 200
    wait_until(lambda: here.get("/auth/ready", headers=JSON).json()["status"] == "ok", "ok again", 5)


def test_gateway_away(site, people):
    """Nobody is let in while the gateway is gone, and its sessions are there when it comes back."""
    browser = signed_in(site, people["plain"])
    token = browser.token
    with site.nginx.expect("gatehouse.sock.* failed|no live upstreams|auth request unexpected status: 502"):
        site.gateway.stop(signal.SIGKILL)
        try:
            for path, status in (("/app/", 503), ("/admin/", 503), ("/auth/login", 503), ("/", 200)):
                answer = timed(browser, path)
                assert answer.status == status and not answer.all("Set-Cookie"), (path, answer)
                assert (answer.header("Retry-After") is not None) == (status == 503)
        finally:
            site.gateway.start()
    assert browser.get("/app/").status == 200 and browser.token == token
