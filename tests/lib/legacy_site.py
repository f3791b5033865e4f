# SPDX-License-Identifier: Apache-2.0
"""A site whose gateway takes over from an older system."""

import contextlib
import signal
import sqlite3
import types

from client import JSON, SECRETS, Browser

STRATEGIES = ["mock-only", "mock-with-write-through", "gradual", "production-only"]
READING, TAKING = STRATEGIES[:3], STRATEGIES[1:3]


def steps(before, after):
    """The strategies on the way, one at a time."""
    here, there = STRATEGIES.index(before), STRATEGIES.index(after)
    return STRATEGIES[here + 1 : there + 1] if here < there else STRATEGIES[there:here][::-1]


def switch(gateway, strategy, **options):
    """A reload, and what came of it."""
    seen = len(gateway.events("reload"))
    gateway.write_config(strategy=strategy, **options)
    gateway.process.send_signal(signal.SIGHUP)
    assert gateway.wait_event("reload", seen + 1)["outcome"] == "ok"


class OldSite:
    """The shipped site and the older system that it replaces."""

    def __init__(self, site, system):
        self.site, self.system = site, system
        self.strategy = site.gateway.options["strategy"]

    def __getattr__(self, name):
        return getattr(self.site, name)

    def use(self, strategy, **options):
        for step in steps(self.strategy, strategy):
            switch(self.site.gateway, step)
        self.strategy = strategy
        if options:
            switch(self.site.gateway, strategy, **options)

    def browser(self, old=None, **more):
        """One that has this cookie of the older application."""
        browser = Browser(self, **more)
        if old:
            SECRETS.add(old)
            browser.cookies[self.system.COOKIE] = old
        return browser

    def by_old(self, token, **more):
        """What a page says to somebody who has this cookie alone."""
        return self.browser(token, **more).get("/app/", headers=JSON)

    def by_ours(self, token):
        return Browser(self).get("/app/", headers=JSON, cookies=f"{self.cookie}={token}")

    def own_id(self, user):
        """The user's id here: made of the older system's, if that is a number."""
        if "-" in user.id:
            return user.id
        return self.identity("SELECT id FROM {}users WHERE legacy_id = ?", user.id)[0][0]

    def identity(self, statement, *values):
        """A statement on the gateway's own database; {} is where its tables are."""
        if self.stores.postgres:
            return self.stores.postgres.execute(
                statement.format("gatehouse.").replace("?", "%s"), values, self.stores.database
            )
        with contextlib.closing(
            sqlite3.connect(
                self.gateway.root / "state" / "gatehouse.db", timeout=10, isolation_level=None
            )
        ) as database:
            return database.execute(statement.format(""), values).fetchall()

    def access(self, user):
        """Whose page it is, as the application is told."""
        return {
            "x-auth-user-id": self.own_id(user),
            "x-auth-context": "web",
            **({"x-auth-email": user.email} if user.email else {}),
        }


def told(answer):
    """The lines about the visitor that the application got."""
    assert answer.status == 200, answer
    return {
        name.lower(): value
        for name, value in answer.json()["headers"]
        if name.lower().startswith("x-auth-")
    }


def as_account(user):
    """As signed_in takes it."""
    return types.SimpleNamespace(email=user.identifier, password=user.password)


def listed(browser):
    answer = browser.get("/auth/sessions", headers=JSON)
    assert answer.status == 200, answer
    return answer.json()["sessions"]
