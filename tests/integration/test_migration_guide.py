# SPDX-License-Identifier: Apache-2.0
# Goal: whoever follows docs/migration.md, word for word, forwards and back, logs nobody out. Only the places are others than in a
# real installation.
import re

import pytest

import fcgi
from client import JSON, SECRETS, Browser
from guide import Guide, Machine
from legacy_systems import Sessions
from servers import Stores

GUIDE = Guide("migration.md")
STEPS = [r"1\. Say what the older system is", r"2\. mock-with-write-through", r"3\. gradual", r"4\. production-only", "Back"]
STRATEGIES = ["mock-only", "mock-with-write-through", "gradual", "production-only", "gradual"]


@pytest.fixture(scope="module")
def system(root, postgres):
    return Sessions(root, postgres, "guide_old")


@pytest.fixture(scope="module")
def site(make_site, postgres, redis_server, system):
    options = {"legacy_database_url": system.tables.url}
    return make_site("migration-guide", Stores("development", postgres, redis_server, "guide_new"), options=options)


def person(site, cookies):
    answer = Browser(site).get("/app/", headers=JSON, cookies=cookies)
    sent = {name.lower(): value for name, value in answer.json()["headers"]} if answer.status == 200 else {}
    return answer.status, sent.get("x-auth-user-id")


def test_the_guide(site, system, tmp_path_factory):
    machine = Machine(tmp_path_factory.mktemp("machine"), site)
    people = []  # who signed in when, and the cookies that this browser has
    for title, strategy in zip(STEPS, STRATEGIES):
        reloads = len(site.gateway.events("reload"))
        text = GUIDE.commands(title)
        machine.follow(text)
        if "systemctl reload" in text:
            assert site.gateway.wait_event("reload", reloads + 1)["outcome"] == "ok"
        ready = fcgi.ready(site.gateway.socket)
        assert ready["strategy"] == strategy and ready["stores"]["legacy"] == "up"
        shown = fcgi.ask(site.gateway.socket, fcgi.facts("/auth/metrics", GATE_LOCAL="yes")).body.decode()
        assert re.search(f'^gatehouse_info{{.*strategy="{strategy}"}} 1$', shown, re.MULTILINE), shown
        for user, cookies in people:
            assert person(site, cookies) == (200, user.id), f"{strategy}: somebody was logged out"
        if strategy != "production-only":
            # At the older application itself: the cookie that everybody has at the beginning.
            user = system.add_user()
            token = system.login(user)
            SECRETS.add(token)
            people.append((user, f"{system.COOKIE}={token}"))
            assert person(site, people[-1][1]) == (200, user.id)
        user = system.add_user()
        if strategy == "production-only":
            machine.follow("gatehouse migrate users")
        browser = Browser(site)
        assert browser.login(user).status == 303
        people.append((user, "; ".join(f"{name}={value}" for name, value in browser.cookies.items())))
    assert len({user.id for user, _ in people}) == 9


def test_every_command_of_ours_has_been_run():
    """What is indented elsewhere is SQL, which is the reader's to do, and the end of it all (test_migrate_takeover.py)."""
    run = "".join(GUIDE.commands(title) for title in STEPS)
    indented = [line.strip() for line in GUIDE.text.splitlines() if line.startswith("    ")]
    assert {line for line in indented if line not in run} == {
        "ALTER TABLE users DROP COLUMN session_id;", "DROP TABLE sessions;", "gatehouse migrate forget-legacy --yes"}
