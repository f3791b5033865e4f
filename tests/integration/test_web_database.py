# SPDX-License-Identifier: Apache-2.0
# Goal: the web database decides nothing. On a server of its own, which hangs or is gone, it keeps nobody from a check, a login, a
# logout or a start; preferences are answered 503 meanwhile, `ready` says what is missing, and all is well again when it is back.
import json

import pytest

import fcgi
from canary import Canary
from client import JSON, signed_in
from processes import wait_until
from servers import Site, Stores
from stores import Postgres
from outage import ANSWER, RECOVERY, START, ask, cookie_of, credentials, out_of_order

PATH = "/auth/preferences"
AWAY = pytest.mark.parametrize("how", ["frozen", "stopped"])


@pytest.fixture(scope="module", name="canary")
def bird():
    with Canary() as canary:
        yield canary


@pytest.fixture(scope="module", name="web")
def second_server(root):
    server = Postgres(root / "web").start()
    yield server
    server.stop()


@pytest.fixture(scope="module", params=["postgresql", "postgresql+redis"], name="site")
def split_site(request, root, web):
    redis = request.getfixturevalue("redis_server") if "redis" in request.param else None
    name = "split_" + "".join(filter(str.isalpha, request.param))
    site = Site(
        root / name, name, Stores("development", request.getfixturevalue("postgres"), redis, name)
    )
    site.gateway.env["DATABASE_WEB_URL"] = web.create_database(name)
    yield site.start()
    site.stop()


def theme(site, cookie):
    reply = ask(site, cookie=cookie)
    assert reply.status == 204, reply
    return reply.header("X-Auth-Theme")


def ready(site):
    reply = ask(site, "/auth/ready")
    return reply.status, json.loads(reply.body)


def is_well(site):
    return ready(site)[1]["status"] == "ok"


def sign_in(site, canary, user):
    signed = canary.judge(ANSWER, "signing in", lambda: ask(site, "/auth/login", credentials(user)))
    assert signed.status == 200, signed
    return signed.header("Set-Cookie").split(";")[0]


def test_two_databases(site, web):
    """Preferences are in the one, people and sessions in the other."""
    browser = signed_in(site, site.user())
    assert browser.post_json(PATH, {"theme": "dark"}).status == 200
    name, count = site.stores.database, "SELECT count(*) FROM gatehouse.web_sessions"
    assert web.execute(count, database=name)[0][0] > 0
    assert web.execute("SELECT to_regclass('gatehouse.sessions')", database=name) == [(None,)]
    assert site.stores.postgres.execute(
        "SELECT to_regclass('gatehouse.web_sessions')", database=name
    ) == [(None,)]


@AWAY
def test_away(site, web, canary, how):
    known, fresh, late = site.user(), site.user(), site.user()
    browser = signed_in(site, known)
    cookie = cookie_of(browser)
    assert browser.post_json(PATH, {"theme": "dark"}).status == 200
    assert theme(site, cookie) == "dark"
    with out_of_order(web, how):
        new = sign_in(site, canary, fresh)
        for _ in range(20):
            assert canary.judge(ANSWER, "a check", lambda: theme(site, cookie)) == "dark"
            assert (
                canary.judge(ANSWER, "a check", lambda: theme(site, new)) is None
            )  # pylint: disable=cell-var-from-loop
        for fields in (None, {"theme": "light"}):
            refused = canary.judge(
                ANSWER, PATH, lambda: ask(site, PATH, fields, cookie)
            )  # pylint: disable=cell-var-from-loop
            assert (
                refused.status == 503
                and refused.header("Retry-After") == "2"
                and not refused.all("Set-Cookie")
            )
            assert "still signed in" in json.loads(refused.body)["error"]["message"]
        page = browser.get(PATH, headers={"Accept": "text/html"})
        assert (
            page.status == 503
            and page.header("Retry-After")
            and "text/html" in page.header("Content-Type")
        )
        for path in ("/auth/me", "/auth/sessions", "/auth/password/change", "/auth/login"):
            assert (
                canary.judge(ANSWER, path, lambda: ask(site, path, None, new)).status < 400
            )  # pylint: disable=cell-var-from-loop
        status, told = wait_until(
            lambda: (found := ready(site))[1]["stores"]["web"] == "down" and found, "ready knows"
        )
        assert (status, told["status"], told["stores"]["sql"]) == (200, "degraded", "up")
        site.gateway.cli("user", "grant", known.email, "orders.write")
        assert ask(site, "/auth/logout", {}, new).status == 200
        assert ask(site, cookie=new).status == 401
        last = sign_in(site, canary, late)
    canary.judge(
        RECOVERY * 2,
        "preferences work again",
        lambda: wait_until(
            lambda: ask(site, PATH, {"theme": "light"}, cookie).status == 200,
            "preferences can be changed",
            10,
        ),
    )
    assert theme(site, cookie) == "light"
    assert ask(site, PATH, {"theme": "dark"}, last).status == 200 and theme(site, last) == "dark"
    wait_until(lambda: is_well(site), "ready is ok again")


@AWAY
def test_start(site, web, canary, how):
    user = site.user()
    cookie = cookie_of(signed_in(site, user))
    assert ask(site, PATH, {"theme": "dark"}, cookie).status == 200
    site.gateway.stop()
    with out_of_order(web, how):
        canary.judge(START, "the start", site.gateway.start)
        assert ask(site, cookie=cookie).status == 204
        sign_in(site, canary, user)
        page = fcgi.ask(site.gateway.socket, fcgi.facts("/auth/me", HTTP_COOKIE=cookie))
        assert page.status == 200 and b"data-theme" not in page.body
    wait_until(lambda: theme(site, cookie) == "dark", "the theme is known")
    site.gateway.wait_event("schema_known")
    wait_until(lambda: is_well(site), "ready is ok")


def test_old_schema_of_the_other_is_found_out_all_the_same(site, web):
    """A web database that is away hides nothing of the one that decides."""
    gateway, name = site.gateway, site.stores.database
    gateway.stop()
    try:
        with out_of_order(web, "stopped"):
            site.stores.postgres.execute("ALTER SCHEMA gatehouse RENAME TO hidden", database=name)
            gateway.process = None
            done = gateway.cli("serve", check=False)
            assert done.returncode == 78 and "gatehouse migrate up" in done.stderr
    finally:
        site.stores.postgres.execute("ALTER SCHEMA hidden RENAME TO gatehouse", database=name)
        gateway.start()
    assert signed_in(site, site.user()).get("/auth/me", headers=JSON).status == 200
