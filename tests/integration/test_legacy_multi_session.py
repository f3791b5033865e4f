# SPDX-License-Identifier: Apache-2.0
# Goal: the multi-session plan's own tables and its three examples work with the preset alone: no passwords, tokens without an end,
# users.auth_token beside user_sessions. The application is told the number that it knows its people by, and their phone number.
import pytest

from client import JSON, SECRETS, Browser
from legacy_site import OldSite, told
from legacy_systems import AuthTokenFile
from servers import Stores

COOKIE = "auth_token"
OLD_TOKEN, NEW_TOKEN = "old_token_xyz123", "new_token_abc789"
PASSWORD = "canary a password for a phone"


class MultiSession(AuthTokenFile):
    SCRIPT = "multi_session.sqlite.sql"


@pytest.fixture
def plan(make_site, root):
    name = f"plan-{len(list(root.iterdir()))}"
    system = MultiSession(root, None, name)
    site = make_site(name, Stores("mock"), options={"strategy": "gradual", **system.options()})
    SECRETS.update((OLD_TOKEN, NEW_TOKEN))
    return OldSite(site, system)


def whose(site, token):
    who = told(site.by_old(token))
    return who.get("x-auth-legacy-id"), who.get("x-auth-phone")


def test_whoever_was_logged_in_stays_so(plan):
    assert whose(plan, OLD_TOKEN) == ("42", "+79001234567")


def test_a_login_over_there_is_one_here(plan):
    """Both places have the token then; a logout takes away the row alone, and still it is over here."""
    plan.system.tables.run(
        "INSERT INTO user_sessions (user_id, auth_token) VALUES (43, %s)", NEW_TOKEN
    )
    plan.system.tables.run("UPDATE users SET auth_token = %s WHERE id = 43", NEW_TOKEN)
    assert whose(plan, NEW_TOKEN) == ("43", "+79001234568")
    browser = plan.browser(NEW_TOKEN)
    assert browser.get("/app/", headers=JSON).status == 200 and browser.logout().status == 303
    assert plan.by_old(NEW_TOKEN).status == 401
    assert plan.system.tables.run("SELECT auth_token FROM users WHERE id = 43") == [
        (NEW_TOKEN,)
    ], "it is never touched"


def test_a_login_here_is_one_over_there(plan):
    """In both places, as the second example has it. What stood in the user's row alone is not lost."""
    assert plan.gateway.cli("migrate", "users").returncode == 0
    plan.gateway.cli("user", "passwd", "+79001234567", "--password-stdin", stdin=PASSWORD + "\n")
    browser = plan.browser()
    form = browser.form("/auth/login")
    fields = {**form.hidden, "identifier": "+7 (900) 123-45-67", "password": PASSWORD}
    plan.system.tables.run(
        "UPDATE users SET auth_token = %s WHERE id = 42", NEW_TOKEN
    )  # another login of before
    answer = browser.post("/auth/login", fields)
    assert answer.status == 303, answer
    token = answer.cookies()[COOKIE]
    assert plan.system.tables.run("SELECT auth_token FROM users WHERE id = 42") == [(token,)]
    assert plan.system.tables.run(
        "SELECT user_id FROM user_sessions WHERE auth_token = %s", token
    ) == [(42,)]
    assert whose(plan, token) == ("42", "+79001234567")


def test_the_headers_are_not_a_clients_to_set(plan):
    lies = {**JSON, "X-Auth-Legacy-Id": "1", "X-Auth-Phone": "+1", "X-Auth-User-Id": "1"}
    for path, old in (("/", None), ("/app/", OLD_TOKEN)):
        who = told(plan.browser(old).get(path, headers=lies))
        assert (who.get("x-auth-legacy-id"), who.get("x-auth-phone")) == (
            ("42", "+79001234567") if old else (None, None)
        )


def test_everything_in_bulk(plan):
    plan.system.tables.run(
        "INSERT INTO user_sessions (user_id, auth_token) VALUES (43, %s)", NEW_TOKEN
    )
    done = plan.gateway.cli("migrate", "sessions")
    assert (
        "Verified: 2 live there, 2 of these live here as the same user, 0 over here, 0 missing"
        in done.stdout
    )
    plan.use("production-only")
    assert whose(plan, OLD_TOKEN)[0] == "42" and whose(plan, NEW_TOKEN)[0] == "43"


def test_a_visitor_without_these_has_no_such_headers(site, people):
    browser = Browser(site)
    assert browser.login(people["plain"]).status == 303
    assert not {"x-auth-legacy-id", "x-auth-phone"} & set(told(browser.get("/app/", headers=JSON)))
