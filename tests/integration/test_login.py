# SPDX-License-Identifier: Apache-2.0
# Goal: a login says nothing about accounts, leads only to our own pages, counts tries by account and by the address that nginx
# sees, and takes nothing but one name and one password.
import re
import time

import pytest

import fcgi
from client import JSON, signed_in
from servers import Gateway, Stores, User

WRONG = "not the password of anybody"


def masked(answer, identifier):
    """An answer without what must differ: the form's token, the date, the request's id, and what was typed."""
    headers = [
        (name, re.sub(r"=[^;]+", "=…", value, count=1) if name.lower() == "set-cookie" else value)
        for name, value in answer.headers
        if name.lower() not in ("date",)
    ]
    text = re.sub(r'(name="csrf" value=")[^"]+', r"\1…", answer.text).replace(identifier, "…")
    return answer.status, headers, text


def attempt(site, identifier, password=WRONG, program=False):
    browser = site.browser()
    if program:
        return browser.post_json("/auth/login", {"identifier": identifier, "password": password})
    return browser.login(User(identifier, password))


@pytest.mark.parametrize("program", [False, True])
def test_failures_are_alike(site, program):
    user, disabled = site.user(), site.user()
    site.gateway.cli("user", "disable", disabled.email)
    name = lambda text: text.ljust(len(user.email) - len("@example.org"), "x") + "@example.org"
    cases = {
        "wrong password": (user.email, WRONG),
        "unknown": (name("nobody"), WRONG),
        "disabled": (disabled.email, disabled.password),
        "disabled and wrong": (disabled.email, WRONG),
    }
    answers = {
        label: masked(attempt(site, *case, program), case[0]) for label, case in cases.items()
    }
    assert len(disabled.email) == len(user.email), "the test needs names of one length"
    reference = answers.pop("wrong password")
    assert reference[0] == 401
    for label, answer in answers.items():
        assert answer == reference, label


ODD = [
    {},
    {"identifier": "", "password": ""},
    {"identifier": "{email}"},
    {"password": "{password}"},
    {"identifier": "{email}", "password": ""},
    {"identifier": ["{email}", "{email}"], "password": "{password}"},
    {"identifier": "{email}", "password": ["{password}", "{password}"]},
    {"identifier": "{email}", "password[]": "{password}"},
    {"identifier": "{email}\0", "password": "{password}"},
    {"identifier": "{email}", "password": "{password}\0"},
    {"identifier": "{email}' OR 1=1--", "password": "{password}"},
    {"identifier": "%", "password": "{password}"},
    {"identifier": "{email}", "password": " {password}"},
    {"identifier": "{email}", "password": "{password} "},
]


@pytest.mark.parametrize("fields", ODD, ids=range(len(ODD)))
def test_odd_fields(site, people, fields):
    user, browser = people["plain"], site.browser()
    filled = [
        (name, one.format(email=user.email, password=user.password))
        for name, value in fields.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    form = browser.form("/auth/login")
    answer = browser.post("/auth/login", [("csrf", form.hidden["csrf"]), *filled])
    assert answer.status in (400, 401, 422), answer
    assert browser.token is None


def test_query_is_no_form(site, people):
    user, browser = people["plain"], site.browser()
    with_query = browser.get(f"/auth/login?identifier={user.email}&password=canary")
    assert with_query.status == 200 and browser.token is None


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/%2f/evil.example",
        "/..//evil.example",
        "/auth/logout",
        "/a\r\nSet-Cookie: x=1",
        "evil.example",
        "/%5cevil.example",
        "///evil.example",
        "/\0",
        "/auth/login?rd=/app/",
    ],
)
def test_targets_of_others(site, people, target):
    """Checked where the page is shown and again where the form is taken."""
    browser = site.browser()
    form = browser.form("/auth/login")
    answer = browser.post(
        "/auth/login",
        {
            **form.hidden,
            "rd": target,
            "identifier": people["plain"].email,
            "password": people["plain"].password,
        },
    )
    assert (answer.status, answer.header("Location")) in ((303, "/"), (400, None)), answer
    assert "evil" not in (answer.header("Location") or "") and not answer.cookies().get("x")


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/app/",
        "/a/b?x=1&y=2",
        "/a?u=https://evil.example",
        "/a;b=c",
        "/a%2Fb",
        "/a?next=%2F%2Fevil",
    ],
)
def test_targets_of_ours(site, people, target):
    answer = site.browser().login(people["plain"], target)
    assert (answer.status, answer.header("Location")) == (303, target)


def test_login_replaces_the_session(site, people):
    """A new login gives a new token, and the one that the browser had before is ended, whoever's it was."""
    browser = signed_in(site, people["plain"])
    old = browser.token
    form = browser.get("/auth/login", cookies="").text
    assert old not in form
    stranger = site.browser()
    fields = stranger.form("/auth/login").hidden
    cookies = "; ".join(
        f"{name}={value}" for name, value in {**stranger.cookies, site.cookie: old}.items()
    )
    answer = stranger.post(
        "/auth/login",
        {**fields, "identifier": people["admin"].email, "password": people["admin"].password},
        cookies=cookies,
    )
    assert answer.status == 303 and answer.cookies()[site.cookie] != old
    assert stranger.get("/admin/").status == 200
    assert browser.get("/app/").status == 302


def test_chosen_token_is_not_adopted(site, people):
    browser = site.browser()
    chosen = "A" * 64
    form = browser.form("/auth/login")
    cookies = "; ".join(
        f"{name}={value}" for name, value in {**browser.cookies, site.cookie: chosen}.items()
    )
    answer = browser.post(
        "/auth/login",
        {**form.hidden, "identifier": people["plain"].email, "password": people["plain"].password},
        cookies=cookies,
    )
    assert answer.status == 303 and answer.cookies()[site.cookie] != chosen


def test_throttle_by_account(site):
    """After ten failures from one place even the right password waits; elsewhere it does not."""
    user, browser = site.user(), site.browser()
    statuses = [browser.login(User(user.email, WRONG)).status for _ in range(10)]
    assert statuses == [401] * 10
    for spelling in (user.email, user.email.upper(), f" {user.email} "):
        answer = browser.login(User(spelling, user.password))
        assert answer.status == 429 and 1 <= int(answer.header("Retry-After")) <= 900, spelling
    lies = {
        name: "203.0.113.77"
        for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "X-Client-IP")
    }
    program = browser.post_json(
        "/auth/login", {"identifier": user.email, "password": user.password}, lies
    )
    assert (
        program.status == 429
        and program.json()["error"]["code"] == "too_many_attempts"
        and program.header("Retry-After")
    )
    assert site.browser().login(user).status == 303


def test_throttle_by_address(site):
    """Fifty tries from one address, whatever the accounts; X-Forwarded-For gives no fresh start."""
    browser = site.browser()
    statuses = [
        browser.post_json(
            "/auth/login",
            {"identifier": f"nobody{number}@example.org", "password": WRONG},
            {"X-Forwarded-For": f"203.0.113.{number}"},
        ).status
        for number in range(52)
    ]
    assert statuses == [401] * 50 + [429] * 2
    # Pages are still shown there, and people elsewhere sign in.
    assert browser.get("/auth/login").status == 200
    assert site.browser().login(site.user()).status == 303


def lock_out(site, user):
    """Thirty guesses from three places: the account is refused wherever nobody has signed in to it."""
    for browser in (site.browser(), site.browser(), site.browser()):
        for _ in range(10):
            browser.post_json("/auth/login", {"identifier": user.email, "password": WRONG})
    assert site.browser().login(user).status == 429


def test_owner_on_a_known_device(site):
    """Strangers lock nobody out of a browser in which they have signed in before: after a logout, from another address, and after a
    restart of the gateway."""
    user = site.user()
    browser = signed_in(site, user)
    assert browser.logout().status == 303
    lock_out(site, user)
    browser.address = site.browser().address
    assert browser.login(user).status == 303
    assert site.browser().login(user).status == 429, "the owner's login sets nobody else free"
    browser.logout()
    assert site.gateway.stop() == 0
    site.gateway.start()
    lock_out(site, user)
    assert browser.login(user).status == 303
    assert browser.get("/app/").status == 200


def test_stolen_device(site):
    """Its cookie opens nothing, and gives ten guesses."""
    user = site.user()
    browser = signed_in(site, user)
    name = next(name for name in browser.cookies if name.endswith("gatehouse_device"))
    lock_out(site, user)
    thief = site.browser()
    thief.cookies = {name: browser.cookies[name]}
    assert thief.get("/app/").status == 302
    assert thief.get("/app/", cookies=f"{site.cookie}={browser.cookies[name]}").status == 302
    guesses = [
        thief.post_json("/auth/login", {"identifier": user.email, "password": WRONG}).status
        for _ in range(12)
    ]
    assert guesses == [401] * 10 + [429] * 2
    assert (
        thief.post_json("/auth/login", {"identifier": user.email, "password": user.password}).status
        == 429
    )


def test_unlock(site):
    """The operator lets somebody in again who is locked out, wherever the counters are: in the memory of the gateway, in Redis."""
    user, other, home = site.user(), site.user(), site.browser()
    for locked in (user, other):
        for _ in range(10):
            home.post_json("/auth/login", {"identifier": locked.email, "password": WRONG})
        lock_out(site, locked)
    told = len(site.gateway.events("user_unlocked"))
    assert "unlocked" in site.gateway.cli("user", "unlock", user.email.upper()).stdout
    site.gateway.wait_event("user_unlocked", told + 1)
    assert home.login(user).status == 303 and site.browser().login(user).status == 303
    assert site.browser().login(other).status == 429


def test_names_are_compared_alike(site):
    """Case and spaces around the address do not make another account."""
    user = site.user()
    for spelling in (user.email.upper(), f"  {user.email} ", user.email.title()):
        assert site.browser().login(User(spelling, user.password)).status == 303, spelling


def test_ready_and_health(site):
    """For the machine itself; everybody else is refused by nginx."""
    here = site.browser(address="127.0.0.1")
    assert here.get("/auth/health").status == 200
    ready = here.get("/auth/ready", headers=JSON)
    assert (
        ready.status == 200
        and ready.json()["status"] == "ok"
        and ready.json()["mode"] == site.stores.environment
    )
    with site.nginx.expect("access forbidden by rule"):
        for path in ("/auth/health", "/auth/ready"):
            assert (
                site.browser()
                .get(path, headers={"User-Agent": "kube-probe/1.0", "X-Forwarded-For": "127.0.0.1"})
                .status
                == 403
            )


def test_bcrypt_work_for_everybody(root):
    """With bcrypt hashes around, an account that does not exist costs what one with such a hash costs."""
    gateway = Gateway(root / "bcrypt", Stores("mock"), options={"equal_bcrypt_cost": 12}).start()
    body = '{"identifier": "nobody@example.org", "password": "not the password of anybody"}'
    facts = fcgi.facts(
        "/auth/login", "POST", CONTENT_TYPE="application/json", CONTENT_LENGTH=str(len(body))
    )
    begin = time.monotonic()
    assert fcgi.ask(gateway.socket, facts, body).status == 401
    took = time.monotonic() - begin
    assert gateway.stop() == 0
    assert (
        took > 0.1
    ), "2^12 rounds of bcrypt take longer, and argon2id as the tests have it takes 5 ms"


def test_ready_warns_if_everybody_comes_from_one_private_address(site):
    """As behind a proxy that nginx was not told of. It is a warning: the gateway is as ready as before."""
    warnings = lambda: fcgi.ready(site.gateway.socket)["warnings"]
    status = fcgi.ready(site.gateway.socket)["status"]
    attempt(site, "somebody@example.org")  # from an address of its own
    assert "one_client_address" not in warnings()
    proxy = site.browser(address="127.9.8.7")
    for number in range(20):
        answer = proxy.post_json(
            "/auth/login",
            {"identifier": f"person{number % 5}.{site.label}@example.org", "password": WRONG},
        )
        assert answer.status == 401
    assert "one_client_address" in warnings()
    assert fcgi.ready(site.gateway.socket)["status"] == status
    assert site.gateway.wait_event("one_client_address")["hint"]
    attempt(site, "somebody@example.org")
    assert "one_client_address" not in warnings()
