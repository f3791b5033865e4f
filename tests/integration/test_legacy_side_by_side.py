# SPDX-License-Identifier: Apache-2.0
# Goal: while an older application and the gateway run side by side on the same stores, a person who logs in at either is logged in
# at both, and logged out of either is logged out of both where the older one leads; at the gateway, always.
import contextlib
import http.client
import json
import os
import pathlib
import re

import pytest

from client import JSON, SECRETS, Browser
from legacy_site import TAKING, OldSite, told
from legacy_systems import Keys, SessionId, Sessions
from processes import Process
from servers import Stores
from stores import Redis

APP = pathlib.Path(__file__).resolve().parents[1] / "legacy" / "app"


class SessionsAndKeys(Sessions):
    """Rows of a table, and a copy of each in Redis."""

    def __init__(self, root, postgres, name):
        super().__init__(root, postgres, name)
        self.redis = Redis(pathlib.Path(root) / f"{name}-redis").start()

    def options(self):
        return {
            **super().options(),
            "legacy_redis_url": self.redis.url,
            "legacy_layout": ["redis_prefix = session:"],
        }

    stop = Keys.stop


class OldApplication(Process):
    """tests/legacy/app/ on the stores of a system."""

    def __init__(self, system, root):
        tables, redis = system.tables, getattr(system, "redis", None)
        command = [
            "node",
            APP / "server.js",
            "table" if redis else "row",
            *([redis.socket] if redis else []),
        ]
        super().__init__(
            command,
            pathlib.Path(root) / f"{tables.name}-app.log",
            env={
                **os.environ,
                "PGHOST": str(tables.postgres.root),
                "PGUSER": tables.name,
                "PGDATABASE": tables.name,
            },
        )

    def start(self):
        super().start()
        self.port = int(self.wait_ready(lambda: re.search(r"ready (\d+)\n", self.log_text()))[1])
        return self

    def ask(self, method, path, token=None, fields=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(
                method,
                path,
                json.dumps(fields) if fields else None,
                {"Cookie": f"sessionId={token}"} if token else {},
            )
            answer = connection.getresponse()
            found = re.match("sessionId=([^;]+);", answer.getheader("Set-Cookie") or "")
            return answer.status, json.loads(answer.read() or "{}"), found and found[1]

    def login(self, user):
        status, who, token = self.ask(
            "POST", "/login", fields={"email": user.email, "password": user.password}
        )
        assert status == 200 and who["id"] == user.id
        SECRETS.add(token)
        return token

    def knows(self, token):
        """Whom, or None."""
        status, who, _ = self.ask("GET", "/me", token)
        assert status in (200, 401)
        return who.get("id")

    def logout(self, token):
        assert self.ask("POST", "/logout", token)[0] == 200


@pytest.fixture(
    scope="module",
    params=[SessionId, SessionsAndKeys],
    ids=["users.session_id", "sessions and Redis"],
)
def pair(request, make_site, root, postgres, redis_server):
    """The gateway's site, and the older application."""
    name = "pair_" + request.param.__name__.lower()
    system = request.param(root, postgres, name)
    assert (
        APP / "node_modules"
    ).exists(), f"its packages are missing: npm ci --prefix {APP}, or ./dev test integration"
    application = OldApplication(system, root).start()
    stores = Stores("development", postgres, redis_server, f"new_{name}")
    site = OldSite(
        make_site(name, stores, options={"strategy": "gradual", **system.options()}), system
    )
    yield site, application
    application.stop()
    system.stop()


@pytest.mark.parametrize("strategy", TAKING)
def test_a_login_at_the_older_application_is_one_at_the_gateway(pair, strategy):
    site, application = pair
    site.use(strategy)
    user = site.system.add_user()
    token = application.login(user)
    browser = site.browser(token)
    assert site.access(user).items() <= told(browser.get("/app/", headers=JSON)).items()
    assert browser.token and application.knows(token) == user.id, "and remains one there"


@pytest.mark.parametrize("strategy", TAKING)
def test_a_login_at_the_gateway_is_one_at_the_older_application(pair, strategy):
    site, application = pair
    site.use(strategy)
    user, browser = site.system.add_user(), Browser(site)
    form = browser.form("/auth/login")
    assert (
        browser.post(
            "/auth/login", {**form.hidden, "identifier": user.email, "password": user.password}
        ).status
        == 303
    )
    assert application.knows(browser.cookies["sessionId"]) == user.id
    assert site.access(user).items() <= told(site.by_old(browser.cookies["sessionId"])).items()


@pytest.mark.parametrize("strategy", TAKING)
@pytest.mark.parametrize("began", ["here", "there"])
def test_a_logout_at_the_gateway_is_one_at_the_older_application(pair, strategy, began):
    site, application = pair
    site.use(strategy)
    user, browser = site.system.add_user(), Browser(site)
    if began == "there":
        browser = site.browser(application.login(user))
        assert browser.get("/app/", headers=JSON).status == 200
    else:
        form = browser.form("/auth/login")
        assert (
            browser.post(
                "/auth/login", {**form.hidden, "identifier": user.email, "password": user.password}
            ).status
            == 303
        )
    token = browser.cookies["sessionId"]
    assert application.knows(token) == user.id
    assert browser.logout().status == 303
    assert application.knows(token) is None and site.by_old(token).status == 401


def test_a_logout_at_the_older_application_is_one_at_the_gateway_while_that_leads(pair):
    site, application = pair
    site.use("mock-with-write-through")
    user = site.system.add_user()
    browser = site.browser(token := application.login(user))
    assert browser.get("/app/", headers=JSON).status == 200
    application.logout(token)
    ours = browser.token
    assert [browser.get("/app/", headers=JSON).status, site.by_old(token).status] == [401] * 2
    site.use("gradual")
    assert [site.by_ours(ours).status, site.by_old(token).status] == [401] * 2


@pytest.mark.parametrize("strategy", TAKING)
def test_a_session_that_either_has_ended_stays_out_when_the_other_has_not_heard(pair, strategy):
    """A copy in Redis, or a row out of a backup, is no way back in."""
    site, application = pair
    site.use(strategy)
    user = site.system.add_user()
    browser = site.browser(token := application.login(user))
    assert browser.get("/app/", headers=JSON).status == 200 and browser.logout().status == 303
    if site.system.ONE_EACH:
        site.system.tables.run("UPDATE users SET session_id = %s WHERE id = %s", token, user.id)
    else:
        site.system.tables.run("UPDATE sessions SET revoked = false WHERE id = %s", token)
    assert application.knows(token) == user.id and site.by_old(token).status == 401
