# SPDX-License-Identifier: Apache-2.0
# Goal: whoever follows docs/contexts.md, word for word, has one more application that is worth nothing in the first one. Only the
# places are others than in a real installation.
import re

import pytest

from client import JSON, signed_in
from context_door import Door
from guide import Guide, Machine
from servers import NAME, Stores

NEW = "admin.example.org"
GUIDE = Guide("contexts.md")


def with_sites(machine, site):
    """nginx is laid out as Debian does it."""
    config = site.nginx.root / "site.conf"
    text = config.read_text()
    assert f"server_name {NAME};" in text and NAME in GUIDE.text.replace("\\", "")
    (machine.root / "nginx/sites-available/app.conf").write_text(text)
    config.write_text(f"{text}\ninclude {machine.root}/nginx/sites-enabled/*;\n")
    return machine


@pytest.fixture(scope="module")
def site(make_site):
    return make_site("contexts-guide", Stores("mock"))


@pytest.fixture(scope="module")
def ann(site):
    return site.user()


@pytest.fixture(scope="module")
def admin(site, ann, tmp_path_factory):
    machine = with_sites(Machine(tmp_path_factory.mktemp("machine"), site), site)
    reloads = len(site.gateway.events("reload"))
    machine.follow(GUIDE.commands(r"1\. The context"))
    assert site.gateway.wait_event("reload", reloads + 1)["outcome"] == "ok"
    with site.nginx.reloaded():
        machine.follow(GUIDE.commands(r"2\. The site"))
    machine.follow(
        GUIDE.commands(r"3\. Roles and permissions").replace("ann@example.org", ann.email)
    )
    return Door(site, "admin", NEW)


def told(browser, cookies=None):
    """What the application hears of the visitor; empty if it is not asked."""
    answer = browser.get("/app/", headers=JSON, cookies=cookies)
    assert answer.status in (200, 401), answer
    sent = (
        {name.lower(): value for name, value in answer.json()["headers"]}
        if answer.status == 200
        else {}
    )
    return {
        name: sent[f"x-auth-{name}"]
        for name in ("context", "email", "role", "permissions")
        if f"x-auth-{name}" in sent
    }


def test_an_administrator_is_let_in(admin, ann):
    browser = admin.browser()
    answer = browser.login(ann)
    assert answer.status == 303 and answer.header("Location") == "/admin/"
    assert any(
        re.match(f"{admin.cookie}=.*SameSite=Strict", value) for value in answer.all("Set-Cookie")
    ), answer.headers
    assert told(browser) == {
        "context": "admin",
        "email": ann.email,
        "role": "admin",
        "permissions": "orders.write",
    }


def test_nobody_else_is(admin, site):
    other = site.user()
    assert admin.browser().login(other).status == 401
    assert site.browser().login(other).status == 303


def test_neither_is_worth_anything_in_the_other(admin, site, ann):
    at_admin, at_web = signed_in(admin, ann), signed_in(site, ann)
    for cookie in (site.cookie, admin.cookie):
        assert not told(site.browser(), f"{cookie}={at_admin.token}") and not told(
            admin.browser(), f"{cookie}={at_web.token}"
        )
    assert told(at_admin)["context"] == "admin" and told(at_web)["context"] == "web"
    assert not told(at_web).get("permissions")
