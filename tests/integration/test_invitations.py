# SPDX-License-Identifier: Apache-2.0
# Goal: an operator invites somebody, who makes an account with what the invitation gives; whoever lacks nothing but a proven address is
# led to the page that helps, and back; and what operators change of the ways to reach somebody counts at once.
import json
import re
import secrets
import signal

from client import JSON, SECRETS, signed_in
from inbox import LINK, ORIGIN, choose, follow
from servers import User
from test_accounts import confirm, new_address, owner_post
from test_by_mail import fresh_password, place  # pytest finds the fixture by its name

__all__ = ["place"]


def reload(gateway, **changed):
    seen = len(gateway.events("reload"))
    gateway.write_config(**changed)
    gateway.process.send_signal(signal.SIGHUP)
    assert gateway.wait_event("reload", seen + 1)["outcome"] == "ok"


def register(site, link, address):
    """Follows the link of an invitation; the new person, signed in."""
    newcomer = site.browser()
    page = follow(newcomer, link)
    assert page == "/auth/register/finish" and address in newcomer.get(page).text
    fresh = fresh_password()
    done = choose(newcomer, page, fresh)
    assert done.header("Location") == "/auth/login?notice=account_created"
    assert newcomer.get(page).status == 400  # it works once
    return signed_in(site, User(address, fresh))


GIVEN = ("--role", "editor", "--permission", "orders.read", "--permission", "orders.write")


def has_what_was_given(person, address):
    told = person.get("/auth/me", headers=JSON).json()["user"]
    assert (told["email"], told["role"], told["verified"]) == (address, "editor", True)
    assert told["permissions"] == ["orders.read", "orders.write"]


def test_an_invitation_by_mail(place):
    site, inbox = place
    address = new_address()
    said = site.gateway.cli("user", "invite", address.upper(), *GIVEN, "--language", "uk").stdout
    assert address in said and "token" not in said
    message = inbox.next(address)
    assert "запрошення" in message["Subject"]
    link = LINK.search(message.get_body(("plain",)).get_content())[1]
    has_what_was_given(register(site, link, address), address)
    assert site.gateway.events("registration")[-1]["invited"] is True
    again = site.gateway.cli("user", "invite", address, check=False)
    assert again.returncode == 65 and "has an account already" in again.stderr


def test_a_printed_invitation(place):
    site, inbox = place
    address = new_address()
    printed = site.gateway.cli("user", "invite", address, *GIVEN, "--print-link").stdout.strip()
    found = re.fullmatch(re.escape(ORIGIN) + r"/auth(/link\?token=([A-Za-z0-9_-]{64}))", printed)
    SECRETS.add(found[2])
    newer = site.gateway.cli("user", "invite", address, *GIVEN, "--print-link").stdout.strip()
    stale = site.browser()
    assert stale.get(follow(stale, found[1])).status == 400  # a newer one ends it
    has_what_was_given(register(site, newer.partition("/auth")[2], address), address)
    assert inbox.unread(address) == []


def test_only_the_invited_register(place):
    site, _ = place
    reload(site.gateway, **{"context.web.registration": "invited"})
    try:
        assert site.browser().get("/auth/register").status == 404
        assert "/auth/register" not in site.browser().get("/auth/login").text
        address = new_address()
        printed = site.gateway.cli("user", "invite", address, *GIVEN, "--print-link").stdout
        has_what_was_given(register(site, printed.strip().partition("/auth")[2], address), address)
        reload(site.gateway, **{"context.web.registration": "off"})
        refused = site.gateway.cli("user", "invite", new_address(), check=False)
        assert refused.returncode == 78 and "registration" in refused.stderr
    finally:
        reload(site.gateway, **{"context.web.registration": "open"})


def verify(inbox, browser, user, way):
    """From the page that asks for a proven address, by the link, and back to where the person wanted to go."""
    path = "/auth/account/verify"
    form = browser.form(way, path)
    assert browser.post(path, form.hidden).header("Location").startswith(path + "?sent=1&rd=")
    text = inbox.next(user.email).get_body(("plain",)).get_content()
    link = text[text.index("/link?") :].split()[0]
    return confirm(browser, follow(browser, link)).header("Location")


def test_a_program_is_told_that_only_a_proven_address_is_missing(place):
    site, inbox = place
    user, other = site.user("orders.write"), site.user()
    browser = signed_in(site, user)
    lacks_more = signed_in(site, other).get("/api/orders/x", headers=JSON)
    assert lacks_more.json()["error"]["code"] == "forbidden"
    told = browser.get("/api/orders/x?y=1", headers=JSON)
    assert told.status == 403 and told.json()["error"]["code"] == "address_not_verified"
    way = told.json()["error"]["verify"] + "?rd=%2Fapi%2Forders%2Fx%3Fy%3D1"
    assert verify(inbox, browser, user, way) == "/api/orders/x?y=1"
    assert browser.get("/api/orders/x?y=1", headers=JSON).status == 200


def test_a_context_that_needs_a_proven_address(place):
    site, inbox = place
    reload(site.gateway, **{"context.web.require_verified": True})
    try:
        user = site.user()
        browser = signed_in(site, user)
        way = browser.get("/app/x", headers={"Accept": "text/html"})
        assert browser.get("/auth/me").status == 200  # the pages of the account are there
        assert way.status == 302
        assert way.header("Location") == "/auth/account/verify?rd=%2Fapp%2Fx"
        assert verify(inbox, browser, user, way.header("Location")) == "/app/x"
        assert browser.get("/app/x").status == 200
        proven = signed_in(site, site.user(verified=True))
        assert proven.get("/app/").status == 200
    finally:
        reload(site.gateway, **{"context.web.require_verified": False})


def test_an_operator_changes_how_somebody_is_reached(place):
    site, _ = place
    user, other, address = site.user(), site.user(), new_address()
    browser, cli = signed_in(site, user), site.gateway.cli
    assert owner_post(browser, "email", user.password, email=new_address()).status == 303
    cli("user", "verify", user.email)
    assert browser.get("/auth/me", headers=JSON).json()["user"]["verified"] is True
    cli("user", "set-email", user.email, address)
    told = browser.get("/auth/me", headers=JSON).json()["user"]
    assert told["email"] == address and told["verified"] is False
    assert site.browser().login(User(address, user.password)).status == 303
    taken = cli("user", "set-email", address, other.email, check=False)
    assert taken.returncode == 65 and "another user" in taken.stderr
    number = f"+38050{secrets.randbelow(10**7):07}"
    cli("user", "set-phone", address, number)
    assert site.browser().login(User(number, user.password)).status == 303
    assert cli("user", "set-phone", other.email, number, check=False).returncode == 65
    cli("user", "set-phone", address, "--remove")
    assert site.browser().login(User(number, user.password)).status == 401
    assert cli("user", "set-phone", address, "nobody", check=False).returncode == 65


def test_the_sessions_of_everybody(place):
    site, _ = place
    one, other = site.user(), site.user()
    browsers = [signed_in(site, one), signed_in(site, other)]
    listed = json.loads(site.gateway.cli("session", "list", "--all", "--json").stdout)
    assert {one.email, other.email} <= {row["email"] for row in listed}
    lines = site.gateway.cli("session", "list", "--all").stdout
    assert one.email in lines and not any(browser.token in lines for browser in browsers)
    assert site.gateway.cli("session", "list", check=False).returncode == 64
