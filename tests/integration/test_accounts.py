# SPDX-License-Identifier: Apache-2.0
# Goal: through the shipped site, the owner of an account gets all that is known of them, gives it another address, proves the one that
# it has, and deletes it for good; what somebody else has changed is taken back; an outage leaves nothing half done.
import concurrent.futures
import contextlib
import json
import secrets
import sqlite3

import pytest

from client import JSON, signed_in
from conftest import SETUPS
from inbox import ORIGIN, ask, choose, follow
from processes import wait_until
from servers import User
from test_by_mail import fresh_password, place  # pytest finds the fixture by its name

__all__ = ["place"]
WITH_BOTH = pytest.mark.parametrize("place", [SETUPS[2]], indirect=True)


def new_address():
    return f"new.{secrets.token_hex(4)}@example.org"


def owner_post(browser, name, password, **fields):
    """The form of the account page called `name`, filled in."""
    path = f"/auth/account/{name}"
    return browser.post(
        path, {**browser.form(path, path).hidden, "current_password": password, **fields}
    )


def confirm(browser, page):
    """Presses the button behind a link."""
    return browser.post(page.partition("?")[0], browser.form(page).hidden)


def move(site, inbox, user, browser, address):
    """Gives the account another address. The path of the link that takes it back."""
    asked = owner_post(browser, "email", user.password, email=address.upper())
    assert asked.status == 303 and asked.header("Location") == "/auth/account/email?sent=1"
    page = follow(site.browser(), link := inbox.link(address))
    reader = site.browser()
    follow(reader, link)
    assert page == "/auth/account/email/confirm" and address in reader.get(page).text
    done = confirm(reader, page)
    assert done.status == 303 and done.header("Location") == "/auth/login?notice=address_changed"
    return inbox.link(user.email)


def everything_in(site):
    """All rows of the database. SQLite's file has what was deleted for a while, in pages that are free."""
    if site.stores.postgres:
        return site.store_dump().decode(errors="replace")
    with contextlib.closing(
        sqlite3.connect(site.gateway.root / "state" / "gatehouse.db")
    ) as database:
        return "\n".join(database.iterdump())


def test_another_address_and_back(place):
    site, inbox = place
    user, address = site.user(), new_address()
    browser = signed_in(site, user)
    assert "/auth/account/email" in browser.get("/auth/me").text
    back = move(site, inbox, user, browser, address)
    assert browser.get("/auth/me", headers=JSON).json()["user"]["email"] == address
    assert browser.get("/auth/me", headers=JSON).json()["user"]["verified"] is True
    assert site.browser().login(user).status == 401
    assert site.browser().login(User(address, user.password)).status == 303
    # The password is changed too: the owner of the address of before gets in all the same.
    changed = browser.form("/auth/password/change", "/password/change")
    other = fresh_password()
    answer = browser.post(
        "/auth/password/change",
        {**changed.hidden, "current_password": user.password, "new_password": other},
    )
    assert answer.status == 303
    owner = site.browser()
    page = follow(owner, back)
    assert page == "/auth/account/email/undo" and user.email in owner.get(page).text
    fresh = fresh_password()
    assert choose(owner, page, fresh).header("Location") == "/auth/login?notice=password_changed"
    assert browser.get("/app/", headers=JSON).status == 401
    assert site.browser().login(User(address, other)).status == 401
    assert site.browser().login(User(user.email, fresh)).status == 303
    assert site.browser().get(page).status == 400 and owner.get(page).status == 400
    assert site.gateway.events("address_taken_back")[-1]["outcome"] == "ok"


def test_whose_address_it_is_shows_nowhere(place):
    site, inbox = place
    user, other = site.user(), site.user()
    browser = signed_in(site, user)
    free = owner_post(browser, "email", user.password, email=new_address())
    taken = owner_post(browser, "email", user.password, email=other.email)
    assert (free.status, free.header("Location")) == (taken.status, taken.header("Location"))
    notice = inbox.next(other.email)
    assert "you have an account already" in notice["Subject"] and "token=" not in notice.as_string()
    assert site.browser().login(other).status == 303 and site.browser().login(user).status == 303


def test_an_address_is_verified(place):
    site, inbox = place
    user = site.user()
    browser = signed_in(site, user)
    assert browser.get("/auth/me", headers=JSON).json()["user"]["verified"] is False
    path = "/auth/account/verify"
    form = browser.form(path + "?rd=%2Fapp%2F", path)
    asked = browser.post(path, form.hidden)
    assert asked.status == 303 and asked.header("Location") == path + "?sent=1&rd=%2Fapp%2F"
    text = inbox.next(user.email).get_body(("plain",)).get_content()
    link = text[text.index("/link?") :].split()[0]
    page = follow(browser, link)
    assert page == "/auth/account/verify/confirm?rd=%2Fapp%2F"
    assert browser.get("/auth/me", headers=JSON).json()["user"]["verified"] is False
    done = confirm(browser, page)
    assert done.status == 303 and done.header("Location") == "/app/"
    assert browser.get("/auth/me", headers=JSON).json()["user"]["verified"] is True
    assert "Your address is confirmed" in browser.get(path).text


def test_two_uses_of_a_link_at_the_same_time(place):
    site, inbox = place
    user, address = site.user(), new_address()
    assert owner_post(signed_in(site, user), "email", user.password, email=address).status == 303
    link = inbox.link(address)
    readers = [site.browser() for _ in range(4)]
    forms = [
        (reader, page, reader.form(page)) for reader in readers for page in [follow(reader, link)]
    ]
    with concurrent.futures.ThreadPoolExecutor(len(readers)) as pool:
        answers = list(pool.map(lambda one: one[0].post(one[1], one[2].hidden), forms))
    assert sorted(answer.status for answer in answers) == [303, 400, 400, 400]
    assert inbox.next(user.email)["Subject"].endswith("your e-mail address was changed")
    assert inbox.unread(user.email) == []  # one change, one mail
    assert site.browser().login(User(address, user.password)).status == 303


def test_a_phone_number_is_kept(place):
    site, _ = place
    user = site.user()
    browser = signed_in(site, user)
    number = "+380501234567"
    done = owner_post(browser, "phone", user.password, phone="+380 (50) 123-45-67")
    assert done.status == 303 and done.header("Location") == "/auth/me?notice=phone_changed"
    assert number in browser.get("/auth/account/phone").text
    assert site.browser().login(User(number, user.password)).status == 401
    assert owner_post(browser, "phone", user.password, phone="nobody").status == 422


def test_what_is_known_of_somebody(place):
    site, _ = place
    user = site.user("orders.read")
    browser, other = signed_in(site, user), signed_in(site, user)
    answer = browser.get("/auth/account/data")
    assert answer.status == 200 and answer.header("Cache-Control") == "private, no-store"
    assert answer.header("Content-Disposition") == 'attachment; filename="account.json"'
    data = answer.json()
    assert data["account"]["email"] == user.email and len(data["sessions"]) == 2
    assert {"context": "web", "permission": "orders.read", "expires_at": None} in data[
        "permissions"
    ]
    assert data["sessions"][0]["address"] in (browser.address, other.address)
    assert not any(token in answer.text for token in (browser.token, other.token, "argon2"))
    printed = json.loads(site.gateway.cli("user", "export", user.email).stdout)
    assert printed["account"] == data["account"] and printed["permissions"] == data["permissions"]
    assert site.gateway.cli("user", "export", "nobody@example.org", check=False).returncode == 65


def test_an_account_is_deleted(place):
    site, inbox = place
    user = site.user("orders.read")
    here, there = signed_in(site, user), signed_in(site, user)
    ask(site.browser(), "/auth/password/forgot", user.email)
    link = inbox.link(user.email)
    wrong = owner_post(here, "delete", "not the password")
    assert wrong.status == 401 and here.get("/app/").status == 200
    done = owner_post(here, "delete", user.password)
    assert done.status == 303 and done.header("Location") == "/auth/login?notice=account_deleted"
    assert here.token is None
    assert "Your account is deleted" in here.get("/auth/login?notice=account_deleted").text
    assert there.get("/app/", headers=JSON).status == 401
    assert site.browser().login(user).status == 401
    late = site.browser()
    assert late.get(follow(late, link)).status == 400
    assert site.gateway.cli("user", "export", user.email, check=False).returncode == 65
    assert user.email not in everything_in(site)
    assert site.gateway.events("account_deleted")[-1]["outcome"] == "ok"
    again = site.gateway.cli("user", "add", user.email, "--password-stdin", stdin=user.password)
    assert again.returncode == 0  # the address is free


@WITH_BOTH
def test_a_deleted_account_is_refused_from_redis_too(place, postgres):
    """The tombstones are there when the database is away."""
    site, _ = place
    user = site.user()
    here, there = signed_in(site, user), signed_in(site, user)
    assert there.get("/app/").status == 200
    assert owner_post(here, "delete", user.password).status == 303
    postgres.freeze()
    try:
        assert there.get("/app/", headers=JSON).status in (401, 503)
    finally:
        postgres.thaw()
    wait_until(lambda: there.get("/app/", headers=JSON).status == 401, "it is refused")


@WITH_BOTH
def test_an_outage_leaves_the_account_as_it_is(place, postgres, redis_server):
    site, inbox = place
    user, address = site.user(), new_address()
    browser, reader = signed_in(site, user), site.browser()
    assert owner_post(browser, "email", user.password, email=address).status == 303
    page = follow(reader, inbox.link(address))
    button = reader.form(page).hidden
    paths = [f"/auth/account/{name}" for name in ("delete", "email", "phone", "verify")]
    forms = {path: browser.form(path, path).hidden for path in paths}
    fields = {
        "current_password": user.password,
        "email": new_address(),
        "phone": "+380501234567",
    }
    postgres.freeze()
    try:
        for path in paths:
            answer = browser.post(path, {**forms[path], **fields})
            assert answer.status == 503 and answer.header("Retry-After"), (path, answer)
            assert "Nothing was changed" in answer.text and user.password not in answer.text
        assert reader.post(page, button).status == 503
        assert browser.get("/auth/account/data").status == 503
    finally:
        postgres.thaw()
    wait_until(lambda: reader.get(page).status == 200, "the link works again")
    assert browser.get("/app/").status == 200
    assert site.browser().login(user).status == 303  # nothing was changed
    redis_server.stop()
    try:
        assert confirm(reader, page).status == 303
        changed = User(address, user.password)
        gone = owner_post(browser, "delete", changed.password)
        assert gone.status in (303, 503), gone  # 503: recorded; another gateway may not know
        assert site.browser().login(changed).status == 401
    finally:
        redis_server.start()
    wait_until(lambda: site.browser().login(user).status == 401, "it is gone")


def test_forged_forms_change_nothing(place):
    site, inbox = place
    user, address = site.user(), new_address()
    browser = signed_in(site, user)
    owner_post(browser, "email", user.password, email=address)
    reader = site.browser()
    page = follow(reader, inbox.link(address))
    for who, path in (
        (browser, "/auth/account/email"),
        (browser, "/auth/account/verify"),
        (reader, page),
    ):
        token = who.form(path).hidden["csrf"]
        fields = {"email": address, "current_password": user.password}
        for csrf in ("", "A" * len(token), token[:-1], token + "A"):
            assert who.post(path, {**fields, "csrf": csrf}).status == 403
        for elsewhere in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": None, "Origin": "https://evil.example"},
        ):
            assert who.post(path, {**fields, "csrf": token}, elsewhere).status == 403
            assert who.post_json(path, fields, elsewhere).status == 403
    assert site.browser().login(user).status == 303
    assert confirm(reader, page).status == 303
    assert inbox.next(user.email)["Subject"].endswith("your e-mail address was changed")


def test_the_mails_are_in_the_language_of_the_page(place):
    site, inbox = place
    user, address = site.user(), new_address()
    browser = signed_in(site, user)
    path = "/auth/account/email"
    fields = {**browser.form(path, path).hidden, "current_password": user.password}
    in_ukrainian = {"Accept-Language": "uk"}
    assert browser.post(path, {**fields, "email": address}, in_ukrainian).status == 303
    message = inbox.next(address)
    assert "підтвердьте нову адресу" in message["Subject"]
    assert f"{ORIGIN}/auth/link?token=" in message.get_body(("plain",)).get_content()
