# SPDX-License-Identifier: Apache-2.0
# Goal: two contexts, made by configuration alone (the shipped site once more under another name, with another GATE_CONTEXT): a
# session of one is worth nothing in the other, neither disturbs the other's cookie, and only "end all the others" reaches both.
import re
import signal

import pytest

from client import JSON, forms, signed_in
from context_door import Door
from processes import wait_until
from servers import Stores

ADMIN = "admin.example.org"


@pytest.fixture(scope="module", params=["sqlite", "postgresql+redis"])
def doors(request, make_site):
    """The shipped site for `web`, and the same server block for `admin`."""
    stores = Stores("mock")
    if request.param != "sqlite":
        stores = Stores(
            "development",
            request.getfixturevalue("postgres"),
            request.getfixturevalue("redis_server"),
            "gate_contexts",
        )
    site = make_site(
        f"contexts-{request.param}", stores, options={"context.admin.require": ["role:admin"]}
    )
    config = site.nginx.root / "site.conf"
    shipped = config.read_text()
    server = shipped[shipped.rindex("\nserver {") :]
    other, changes = re.subn(
        "GATE_CONTEXT web;",
        "GATE_CONTEXT admin;",
        server.replace(f"server_name {site.name};", f"server_name {ADMIN};"),
    )
    assert changes >= 5 and ADMIN in other
    config.write_text(shipped + other)
    web, admin = Door(site, "web", site.name), Door(site, "admin", ADMIN)
    with site.nginx.reloaded():
        site.nginx.process.send_signal(signal.SIGHUP)
    return web, admin


@pytest.fixture
def boss(doors):
    return doors[0].user("orders.write", role="admin")


@pytest.fixture
def pair(doors, boss):
    """One person's browser at both sites, as if it sent all of its cookies to both (it does if only the port differs)."""
    web, admin = (door.browser() for door in doors)
    admin.cookies = web.cookies
    for browser in (web, admin):
        assert browser.login(boss).status == 303
    return web, admin


def sees(browser, cookies=None):
    """The context in which the application knows the visitor, or None."""
    answer = browser.get("/app/", headers=JSON, cookies=cookies)
    assert answer.status in (200, 401), answer
    sent = (
        {name.lower(): value for name, value in answer.json()["headers"]}
        if answer.status == 200
        else {}
    )
    return sent.get("x-auth-context")


def test_each_has_its_own(pair):
    assert [sees(browser) for browser in pair] == ["web", "admin"]
    assert len({browser.token for browser in pair}) == 2
    # Without the other's cookie it is the same.
    assert [sees(browser, f"{browser.site.cookie}={browser.token}") for browser in pair] == [
        "web",
        "admin",
    ]


@pytest.mark.parametrize("way", [(0, 1), (1, 0)], ids=["web-to-admin", "admin-to-web"])
def test_a_session_is_worth_nothing_in_the_other(pair, way):
    """Neither under its own name nor under the other's; and that costs no look-up."""
    origin, other = (pair[index] for index in way)
    gateway = origin.site.gateway
    for cookies in (f"{origin.site.cookie}={origin.token}", f"{other.site.cookie}={origin.token}"):
        assert sees(other, cookies) is None
        for path in ("/auth/me", "/auth/sessions"):
            assert other.get(path, headers=JSON, cookies=cookies).status == 401
    # The log is written by a thread of its own: the latest line may still be on its way.
    last = wait_until(
        lambda: (found := gateway.events("verify")[-1])["reason"] == "foreign_token" and found,
        "the refusal is logged",
    )
    assert not last["source"], last
    assert sees(origin) == origin.site.context


def test_signing_in_to_one_is_not_signing_in_to_the_other(doors, boss):
    web = signed_in(doors[0], boss)
    admin = doors[1].browser()
    admin.cookies = web.cookies
    assert sees(web) == "web" and sees(admin) is None
    assert admin.get("/app/").status == 302 and web.token, "the other's cookie is left alone"
    # And not everybody may: this context asks for a role.
    plain = doors[0].user()
    assert signed_in(doors[0], plain).token and doors[1].browser().login(plain).status == 401


@pytest.mark.parametrize("leaving", [0, 1], ids=["web", "admin"])
def test_signing_out_of_one_leaves_the_other(pair, leaving):
    gone, staying = pair[leaving], pair[1 - leaving]
    token, kept = gone.token, staying.token
    assert gone.logout().status == 303
    assert gone.token is None and staying.token == kept
    assert sees(staying) == staying.site.context
    assert sees(gone, f"{gone.site.cookie}={token}") is None


def test_ending_the_others_reaches_every_context(doors, pair, boss):
    elsewhere = [signed_in(door, boss) for door in doors]
    page = pair[0].get("/auth/sessions")
    listed = pair[0].get("/auth/sessions", headers=JSON).json()["sessions"]
    assert sorted(row["context"] for row in listed) == ["admin", "admin", "web", "web"]
    form = next(form for form in forms(page) if form.action.endswith("/revoke-others"))
    assert pair[0].post("/auth/sessions/revoke-others", form.hidden).status == 303
    assert sees(pair[0]) == "web"
    assert [sees(browser) for browser in (pair[1], *elsewhere)] == [None] * 3


def test_permissions_are_those_of_the_context(pair):
    """Granted in `web` alone."""

    def orders(browser):
        return browser.get("/api/orders/", headers=JSON).status

    boss = pair[0].get("/auth/me", headers=JSON).json()["user"]["email"]
    assert [orders(browser) for browser in pair] == [
        403,
        403,
    ], "the rule also asks for a verified address"
    permissions = [
        browser.get("/auth/me", headers=JSON).json()["user"]["permissions"] for browser in pair
    ]
    assert permissions == [["orders.write"], []]
    pair[0].site.gateway.cli("user", "grant", boss, "orders.read", "--context", "admin")
    permissions = [
        browser.get("/auth/me", headers=JSON).json()["user"]["permissions"] for browser in pair
    ]
    assert permissions == [["orders.write"], ["orders.read"]]
