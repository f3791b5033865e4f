# SPDX-License-Identifier: Apache-2.0
# Goal: whoever types what docs/migration.md says, and nothing else, goes to production-only and back and logs nobody out: with the
# rights that a real database has, where the older application's role owns its tables and ours has what the guide grants. Only the
# places are others than in a real installation.
import re

import pytest

import fcgi
from client import JSON, SECRETS, Browser
from guide import Guide, Machine
from legacy_site import STRATEGIES
from legacy_systems import Sessions
from servers import TOP, Stores
from stores import Postgres

GUIDE = Guide("migration.md")
FORWARDS = [
    r"1\. Say what the older system is",
    r"2\. mock-with-write-through",
    r"3\. gradual",
    r"4\. production-only",
]


@pytest.fixture(scope="module")
def server(root):
    """One of its own: in it the database and the roles have the names that the guide has for them."""
    started = Postgres(root / "pg-guide").start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def system(root, server):
    old = Sessions(root, server, "app")
    server.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC", (), "app")
    server.execute("GRANT ALL ON SCHEMA public TO app", (), "app")
    return old


@pytest.fixture(scope="module")
def site(make_site, server, redis_server, system):  # pylint: disable=unused-argument
    """As it is before the guide: nothing of the older system in the configuration, and its line for nginx in the site. What
    the tests set is patience alone: the machine may be busy."""
    ((_, bridge),) = GUIDE.fenced("nginx")
    edits = [("site.conf", r"^    location / \{", bridge + r"\g<0>")]
    return make_site(
        "migration-guide",
        Stores("development", server, redis_server, "gatehouse"),
        edits=edits,
        options={"legacy_timeout": "2s"},
    )


@pytest.fixture(scope="module")
def machine(site, server, tmp_path_factory):
    made = Machine(tmp_path_factory.mktemp("machine"), site)
    made.place_sudo(server)
    made.place_credentials()
    return made


class People:
    """Who signed in when, and the cookies that the browser has."""

    def __init__(self, site, system):
        self.site, self.system, self.all = site, system, []

    def status(self, cookies):
        answer = Browser(self.site).get("/app/", headers=JSON, cookies=cookies)
        sent = (
            {name.lower(): value for name, value in answer.json()["headers"]}
            if answer.status == 200
            else {}
        )
        return answer.status, sent.get("x-auth-user-id")

    def sign_in_there(self):
        user = self.system.add_user()
        token = self.system.login(user)
        SECRETS.add(token)
        self.all.append((user, f"{self.system.COOKIE}={token}", True))
        assert self.status(self.all[-1][1]) == (200, user.id)

    def sign_in_here(self, user, told):
        browser = Browser(self.site)
        assert browser.login(user).status == 303
        self.all.append(
            (user, "; ".join(f"{name}={value}" for name, value in browser.cookies.items()), told)
        )

    def log_out_there(self):
        """By the older application's own button: the guide's line for nginx makes it our logout."""
        user = self.system.add_user()
        token = self.system.login(user)
        SECRETS.add(token)
        browser = Browser(self.site)
        browser.cookies[self.system.COOKIE] = token
        assert browser.get("/app/", headers=JSON).status == 200
        body = '{"0":{"json":null,"meta":{"values":["undefined"]}}}'
        *_, answer = press_logout(browser, body, {"Content-Type": "application/json"})
        assert answer.status == 200 and answer.json() == {"status": "signed_out"}, answer
        assert self.status(f"{self.system.COOKIE}={token}")[0] == 401
        return token

    def check(self, strategy):
        for user, cookies, told in self.all:
            expected = (200, user.id) if told or strategy != "mock-only" else (401, None)
            assert self.status(cookies) == expected, f"{strategy}: {user}"


def press_logout(browser, body, headers, origin=None):
    """What a browser does: the POST to the application's address, and the same once more where it is sent on to."""
    page = {
        "Origin": origin or browser.site.origin,
        "Sec-Fetch-Site": "cross-site" if origin else "same-origin",
        **headers,
    }
    first = browser.request("POST", "/api/trpc/auth.logout?batch=1", body, page)
    assert first.status == 307 and first.header("Location") == "/auth/logout", first
    yield first
    yield browser.request("POST", "/auth/logout", body, page)


def state(site, strategy):
    ready = fcgi.ready(site.gateway.socket)
    assert ready["strategy"] == strategy and ready["stores"]["legacy"] == "up"
    shown = fcgi.ask(
        site.gateway.socket, fcgi.facts("/auth/metrics", GATE_LOCAL="yes")
    ).body.decode()
    assert re.search(f'^gatehouse_info{{.*strategy="{strategy}"}} 1$', shown, re.MULTILINE), shown


def test_the_guide(site, system, machine):
    people = People(site, system)
    logged_out = []
    for title, strategy in zip(FORWARDS, STRATEGIES):
        machine.follow(GUIDE.commands(title))
        state(site, strategy)
        people.check(strategy)
        if strategy != "production-only":
            people.sign_in_there()
            logged_out.append(people.log_out_there())
            assert not system.holder(logged_out[-1])
        user = system.add_user()
        if strategy == "production-only":
            machine.follow("gatehouse migrate users")
        people.sign_in_here(user, strategy != "production-only")
    # Back, by the guide's own steps.
    for part, strategy in zip(
        re.split(r"\n\n+", GUIDE.commands("Back to an earlier strategy").strip("\n")),
        STRATEGIES[2::-1],
    ):
        machine.follow(part)
        state(site, strategy)
        people.check(strategy)
        people.sign_in_there()
    machine.follow("gatehouse strategy set mock-with-write-through")
    people.check("mock-with-write-through")
    assert len({user.id for user, _, _ in people.all}) == len(people.all) == 10
    assert [people.status(f"{system.COOKIE}={token}")[0] for token in logged_out] == [401] * 3
    assert not [
        line for line in site.gateway.events("legacy_trouble") if "permission" in line["reason"]
    ]
    assert not site.gateway.events("legacy_not_told")


def test_every_command_of_ours_has_been_run():
    """What is indented elsewhere is SQL, which is the reader's to do, and the end of it all (test_migrate_takeover.py)."""
    run = "".join(GUIDE.commands(title) for title in [*FORWARDS, "Back to an earlier strategy"])
    indented = [line.strip() for line in GUIDE.text.splitlines() if line.startswith("    ")]
    assert {line for line in indented if line not in run} == {
        "ALTER TABLE users DROP COLUMN session_id;",
        "DROP TABLE sessions;",
        "gatehouse migrate forget-legacy --yes",
    }


@pytest.mark.parametrize("kind", ["tRPC", "form", "nothing", "text"])
def test_the_applications_own_logout_ends_the_session(site, kind):
    body, headers = {
        "tRPC": ('{"0":{"json":null}}', {"Content-Type": "application/json"}),
        "form": ("everywhere=1", {"Content-Type": "application/x-www-form-urlencoded"}),
        "nothing": ("", {}),
        "text": ("whatever", {"Content-Type": "text/plain;charset=UTF-8"}),
    }[kind]
    browser = site.browser()
    assert browser.login(site.user()).status == 303
    token = browser.token
    *_, refused = press_logout(browser, body, headers, origin="https://evil.example")
    assert refused.status == 403 and browser.token == token and browser.get("/app/").status == 200
    *_, done = press_logout(browser, body, headers)
    assert (done.status, browser.token) == (200 if kind == "tRPC" else 303, None), done
    assert browser.get("/app/", headers=JSON, cookies=f"{site.cookie}={token}").status == 401


def test_a_logout_of_which_the_browser_says_nothing(site):
    """An old one sends neither Origin nor Sec-Fetch-Site: only JSON is sure not to come from another site's form."""
    for body, kind, status in (
        ("", "", 415),
        ("x=1", "application/x-www-form-urlencoded", 403),
        ("x", "text/plain", 415),
        ('{"0":{}}', "application/json", 200),
    ):
        browser = site.browser()
        assert browser.login(site.user()).status == 303
        answer = browser.request(
            "POST", "/auth/logout", body, {"Content-Type": kind} if kind else {}
        )
        assert answer.status == status and (browser.token is None) is (status == 200), (
            kind,
            answer,
        )


def layout_names():
    """As the program takes them."""
    text = (TOP / "gateway/config/legacy.cpp").read_text(encoding="utf-8")
    return re.findall(r'Name\{"(\w+)"', text) + re.findall(r'std::string_view \w+ = "(\w+)";', text)


@pytest.mark.parametrize("document", ["docs/migration.md", "systemd/gatehouse.toml"])
def test_every_name_of_a_layout_is_documented(document):
    text = (TOP / document).read_text(encoding="utf-8")
    names = layout_names()
    assert {"user_password", "redis_prefix", "instants", "user_id_kind"} <= set(names)
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []
