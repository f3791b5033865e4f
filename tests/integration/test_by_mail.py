# SPDX-License-Identifier: Apache-2.0
# Goal: whoever has forgotten a password gets back in by the link of a mail, and whoever is new gets an account, through the shipped site;
# the link works once and its token is nowhere but in the mail; an outage leaves nothing half done.
import concurrent.futures
import secrets
import signal

import pytest

from client import JSON, signed_in
from conftest import SETUPS
from inbox import LINK, ORIGIN, Inbox, ask, choose, follow
from processes import wait_until
from servers import User

PLACES = {}  # pytest forgets a parameter's fixture as soon as it sees the next one


@pytest.fixture(scope="module", params=[SETUPS[0], SETUPS[2]])
def place(request, make_site, make_stores, root):
    """A site that sends mail, and its mail."""
    if request.param in PLACES:
        return PLACES[request.param]
    name = "people-" + request.param.replace("+", "-")
    folder = root / f"{name}-mail"
    folder.mkdir(mode=0o700)
    options = {
        "mail_url": f"file://{folder}",
        "mail_from": "Acme <no-reply@example.org>",
        "context.web.url": ORIGIN,
        "context.web.registration": "open",
    }
    example = "example-tls.conf" if "redis" in request.param else "example.conf"
    stores = make_stores(request.param, "gate_people" + "".join(filter(str.isalpha, request.param)))
    site = make_site(name, stores, example=example, options=options)
    return PLACES.setdefault(request.param, (site, Inbox(folder)))


def fresh_password():
    return "canary " + secrets.token_urlsafe(18)


def test_a_forgotten_password(place):
    site, inbox = place
    user = site.user()
    devices = [signed_in(site, user) for _ in range(2)]
    browser = site.browser()
    assert "/auth/password/forgot" in browser.get("/auth/login").text
    answer = ask(browser, "/auth/password/forgot", user.email.upper())
    assert answer.status == 303 and answer.header("Location") == "/auth/password/forgot?sent=1"
    assert "a link is on its way" in browser.get("/auth/password/forgot?sent=1").text
    link = inbox.link(user.email)
    assert devices[0].get("/app/").status == 200  # asking changes nothing
    for _ in range(5):  # a program that looks at the links of mails
        assert site.browser().get("/auth" + link).status == 303
    page = follow(browser, link)
    assert page == "/auth/password/reset" and user.email in browser.get(page).text
    weak = choose(browser, page, "password1234567")
    assert weak.status == 422 and "password1234567" not in weak.text
    fresh = fresh_password()
    done = choose(browser, page, fresh)
    assert (
        done.status == 303
        and done.header("Location") == "/auth/login?notice=password_changed"
        and browser.token is None
    )
    assert [device.get("/app/", headers=JSON).status for device in devices] == [401, 401]
    assert site.browser().login(user).status == 401
    assert site.browser().login(User(user.email, fresh)).status == 303
    assert site.browser().get(page).status == 400 and browser.get(page).status == 400
    again = site.browser()
    assert follow(again, link) == page and again.get(page).status == 400
    notice = inbox.next(user.email)
    assert notice["To"].casefold() == user.email and "password was changed" in notice["Subject"]
    assert not LINK.search(notice.get_body(("plain",)).get_content() + " ")


def test_a_new_device(place):
    site, inbox = place
    user = site.user()
    browser = signed_in(site, user)
    browser.logout()
    assert browser.login(user).status == 303 and signed_in(site, user).address
    message = inbox.next(user.email, but="password")
    assert (
        "a new device" in message["Subject"]
        and f"{ORIGIN}/auth/sessions" in message.get_body(("plain",)).get_content()
    )
    assert site.gateway.events("mail_sent")[-1]["kind"] == "new_device"
    assert inbox.unread(user.email) == []  # neither the first login nor that of a known browser


def test_a_new_account(place):
    site, inbox = place
    browser, address = site.browser(), f"new.{secrets.token_hex(4)}@example.org"
    assert "/auth/register" in browser.get("/auth/login").text
    assert ask(browser, "/auth/register", address, headers={"Accept-Language": "uk"}).status == 303
    message_link = inbox.link(address)
    page = follow(browser, message_link)
    fresh = fresh_password()
    done = choose(browser, page, fresh)
    assert done.status == 303 and done.header("Location") == "/auth/login?notice=account_created"
    person = signed_in(site, User(address, fresh))
    told = person.get("/auth/me", headers=JSON).json()["user"]
    assert told["email"] == address and told["verified"] is True and told["role"] == "user"
    # Whoever registers an address that has an account gets the same answer, and its owner a mail without such a link.
    assert ask(site.browser(), "/auth/register", address).status == 303
    notice = inbox.next(address)
    assert "you have an account already" in notice["Subject"] and "token=" not in notice.as_string()
    assert person.get("/app/").status == 200


def test_the_mail_is_in_the_language_of_the_page(place):
    site, inbox = place
    user, browser = site.user(), site.browser()
    ask(browser, "/auth/password/forgot", user.email, headers={"Accept-Language": "uk, en;q=0.5"})
    message = inbox.next(user.email)
    assert (
        "новий пароль" in message["Subject"]
        and "Задати новий пароль" in message.get_body(("html",)).get_content()
    )


def test_the_host_of_a_link_is_the_configured_one(place):
    site, inbox = place
    user = site.user()
    names = ["X-Forwarded-Host", "X-Forwarded-Server", "Forwarded", "X-Original-URL", "X-Host"]
    ask(
        site.browser(),
        "/auth/password/forgot",
        user.email,
        headers={name: "evil.example" for name in names},
    )
    assert "evil" not in inbox.next(user.email).as_string()


def test_two_uses_at_the_same_time(place):
    site, inbox = place
    user = site.user()
    ask(site.browser(), "/auth/password/forgot", user.email)
    link = inbox.link(user.email)
    browsers = [site.browser() for _ in range(4)]
    forms = [(browser, browser.form(follow(browser, link))) for browser in browsers]
    passwords = [fresh_password() for _ in browsers]
    with concurrent.futures.ThreadPoolExecutor(len(browsers)) as pool:
        answers = list(
            pool.map(
                lambda one: one[0][0].post(
                    "/auth/password/reset", {**one[0][1].hidden, "new_password": one[1]}
                ),
                zip(forms, passwords),
            )
        )
    assert sorted(answer.status for answer in answers) == [303, 400, 400, 400]
    good = [site.browser().login(User(user.email, password)).status for password in passwords]
    assert sorted(good) == [303, 401, 401, 401] and good.index(303) == [
        one.status for one in answers
    ].index(303)
    assert "password was changed" in inbox.next(user.email)["Subject"]


def test_the_token_is_nowhere_but_in_the_mail(place):
    site, inbox = place
    user, browser = site.user(), site.browser()
    ask(browser, "/auth/password/forgot", user.email)
    link = inbox.link(user.email)
    choose(browser, follow(browser, link), fresh_password())
    inbox.next(user.email)
    token = link.partition("=")[2].encode()
    assert site.gateway.events("password_reset")[-1]["outcome"] == "ok"
    places = {
        "gateway.log": site.gateway.log.read_bytes(),
        "error.log": site.nginx.log.read_bytes(),
        "access.log": (site.nginx.root / "access.log").read_bytes(),
        "stores": site.store_dump(),
    }
    assert b"/auth/link" in places["access.log"]
    assert [place for place, content in places.items() if token in content] == []


def test_strangers_get_no_mail_and_owners_three_an_hour(place):
    site, inbox = place
    user = site.user()
    for number in range(5):
        assert ask(site.browser(), "/auth/password/forgot", user.email).status == 303
        if number < 3:
            last = inbox.link(user.email)
    strangers = (f"nobody.{secrets.token_hex(4)}@example.org", "x@y")
    for address in strangers:
        assert ask(site.browser(), "/auth/password/forgot", address).status == 303
    wait_until(
        lambda: [one["outcome"] for one in site.gateway.events("reset_asked")][-7:].count(
            "unknown_account"
        )
        == 2,
        "both are judged",
    )
    outcomes = [one["outcome"] for one in site.gateway.events("reset_asked")][-7:]
    assert sorted(outcomes) == sorted(["ok"] * 3 + ["enough_for_now"] * 2 + ["unknown_account"] * 2)
    assert not any(inbox.unread(address) for address in (user.email, *strangers))
    browser, asked = site.browser(), len(site.gateway.events("reset_asked"))
    assert browser.get(follow(browser, last)).status == 200
    for bad in ("a@b.test\r\nBcc: x@y.test", "nobody", "+380501234567", ""):
        assert ask(site.browser(), "/auth/password/forgot", bad).status in (400, 422)
    assert len(site.gateway.events("reset_asked")) == asked


@pytest.mark.parametrize("place", [SETUPS[2]], indirect=True)
def test_an_outage_leaves_nothing_half_done(place, postgres, redis_server):
    site, inbox = place
    user, browser = site.user(), site.browser()
    form = browser.form("/auth/password/forgot", "/auth/password/forgot")
    asked = {**form.hidden, "identifier": user.email}
    redis_server.stop()
    try:
        assert browser.post("/auth/password/forgot", asked).status == 303
        link = inbox.link(user.email)
        page = follow(browser, link)
        form = browser.form(page)
    finally:
        redis_server.start()
    fresh = fresh_password()
    postgres.freeze()
    try:
        for path, fields in (
            ("/auth/password/forgot", asked),
            (page, {**form.hidden, "new_password": fresh}),
        ):
            answer = browser.post(path, fields)
            assert answer.status == 503 and answer.header("Retry-After"), answer
            assert fresh not in answer.text
        assert browser.get(page).status == 503
        assert browser.get("/auth" + link).status == 303  # no store is asked
    finally:
        postgres.thaw()
    wait_until(lambda: browser.get(page).status == 200, "the link works again")
    assert site.browser().login(user).status == 303  # nothing was changed
    assert choose(browser, page, fresh).status == 303
    assert site.browser().login(User(user.email, fresh)).status == 303


def test_a_restart_between_the_steps(place):
    site, inbox = place
    user, browser = site.user(), site.browser()
    ask(browser, "/auth/password/forgot", user.email)
    page = follow(browser, inbox.link(user.email))
    site.gateway.stop(signal.SIGKILL)
    site.gateway.start()
    assert choose(browser, page, fresh_password()).status == 303


def test_forged_forms(place):
    """Of the two first steps, and behind a link: no token, or a page of another site."""
    site, inbox = place
    user, password = site.user(), fresh_password()
    browser = site.browser()
    ask(browser, "/auth/password/forgot", user.email)
    page = follow(browser, inbox.link(user.email))
    for path, fields in (
        ("/auth/password/forgot", {"identifier": user.email}),
        ("/auth/register", {"identifier": user.email}),
        (page, {"new_password": password}),
    ):
        token = browser.form(path).hidden["csrf"]
        for csrf in ("", "A" * len(token), token[:-1], token + "A"):
            assert browser.post(path, {**fields, "csrf": csrf}).status == 403
        for elsewhere in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": None, "Origin": "https://evil.example"},
        ):
            assert browser.post(path, {**fields, "csrf": token}, elsewhere).status == 403
            assert browser.post_json(path, fields, elsewhere).status == 403
        kind = {"Content-Type": "text/plain", "Origin": site.origin}
        assert browser.request("POST", path, "new_password=x", kind).status == 415
    assert site.browser().login(user).status == 303 and inbox.unread(user.email) == []
    assert choose(browser, page, password).status == 303


def test_what_is_not_configured_is_not_offered(site):
    for path in ("/auth/password/forgot", "/auth/register", "/auth/register/finish"):
        assert site.browser().get(path).status == 404
    assert "/auth/password/forgot" not in site.browser().get("/auth/login").text
