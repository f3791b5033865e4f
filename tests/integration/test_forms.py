# SPDX-License-Identifier: Apache-2.0
# Goal: every POST must come from one of our own pages, every address takes only its methods, and every answer of the gateway has the
# same strict headers. The routes are read from the gateway's own table, so that a new one is covered.
import gzip
import json
import re

import pytest

from client import JSON, forms, signed_in
from servers import TOP

TABLE = re.findall(r'Route\{"(\w+)", "([^"]+)"', (TOP / "gateway/routes.cpp").read_text())
METHODS = {
    path: {method for method, other in TABLE if other == path}
    for _, path in TABLE
    if path != "/verify"
}
# A site without a mail server does not offer these: test_by_mail and test_accounts have them.
BY_MAIL = {
    "/password/forgot",
    "/password/reset",
    "/register",
    "/register/finish",
    "/account/email",
    "/account/email/confirm",
    "/account/email/undo",
    "/account/verify",
    "/account/verify/confirm",
}
POSTS = sorted(
    path for path, methods in METHODS.items() if "POST" in methods and path not in BY_MAIL
)
LOCAL = ("/health", "/ready", "/metrics")


def may_ask(site, path):
    """A stranger at an address from which this path is answered. The address of the machine itself is shared by many tests, and
    nginx limits what one address may ask of the pages."""
    return site.browser(address="127.0.0.1" if path in LOCAL else None)


def test_table_was_found():
    assert {"/login", "/logout", "/sessions", "/sessions/revoke", "/password/change"} <= set(
        METHODS
    )


@pytest.mark.parametrize("path", sorted(METHODS))
def test_methods(site, path):
    allowed = METHODS[path] | ({"HEAD"} if "GET" in METHODS[path] else set())
    browser = may_ask(site, path)
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "FOO"):
        answer = browser.request(method, "/auth" + path, headers=JSON)
        assert (answer.status == 405) == (method not in allowed), (method, answer)
        if answer.status == 405:
            assert set(re.split(r",\s*", answer.header("Allow"))) == allowed
            assert method == "HEAD" or answer.json()["error"]["code"] == "method_not_allowed"
    assert browser.request("TRACE", "/auth" + path).status == 405


def test_style_sheet(site):
    """Pages name it by its content; a browser keeps it, and gets it compressed. The name of before goes on working."""
    stranger = site.browser()
    path = re.search(
        r'<link rel="stylesheet" href="(/auth/style-[0-9a-f]+\.css)">',
        stranger.get("/auth/login").text,
    )[1]
    sheet = stranger.get(path)
    assert sheet.status == 200 and sheet.header("Content-Type") == "text/css; charset=utf-8"
    assert sheet.all("Cache-Control") == ["public, max-age=31536000, immutable"]
    packed = stranger.get(path, headers={"Accept-Encoding": "gzip"})
    assert (
        packed.header("Content-Encoding") == "gzip" and packed.header("Vary") == "Accept-Encoding"
    )
    assert gzip.decompress(packed.body) == sheet.body and len(packed.body) < len(sheet.body) / 2
    old = stranger.get("/auth/style.css")
    assert old.body == sheet.body and old.all("Cache-Control") == ["no-store"]
    assert (
        stranger.get("/auth/login", headers={"Accept-Encoding": "gzip"}).header("Content-Encoding")
        is None
    )
    assert stranger.get("/auth/style-x.txt").status == 404
    assert (sheet.header("Strict-Transport-Security") is not None) == (site.scheme == "https")


def check_headers(answer, site):
    assert answer.header("Cache-Control") in ("no-store", "private, no-store"), answer
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert answer.header("Referrer-Policy") == "no-referrer"
    if "html" in (answer.header("Content-Type") or ""):
        policy = answer.header("Content-Security-Policy")
        assert (
            "default-src 'none'" in policy
            and "frame-ancestors 'none'" in policy
            and "unsafe" not in policy
        )
    assert answer.header("Server") == "nginx" and not answer.header("X-Powered-By")
    assert (answer.header("Strict-Transport-Security") is not None) == (site.scheme == "https")
    assert not any(
        name.lower().startswith(("access-control-", "x-accel-")) for name, _ in answer.headers
    )
    if answer.body:
        assert re.fullmatch(
            r"(text/html|text/css|text/javascript|application/json|text/plain; version=0\.0\.4); charset=utf-8|image/svg\+xml",
            answer.header("Content-Type"),
        )
    names = [name.lower() for name, _ in answer.headers if name.lower() != "set-cookie"]
    assert len(names) == len(set(names)), f"doubled headers: {names}"


def test_headers_of_every_answer(site, people):
    stranger, browser = site.browser(), signed_in(site, people["plain"])
    for who in (stranger, browser):
        for accept in ("text/html", "application/json"):
            for path in [*METHODS, "/nothing", "/login?rd=//evil.example"]:
                asking = may_ask(site, path) if path in LOCAL else who
                check_headers(
                    asking.get(
                        "/auth" + path, headers={"Accept": accept, "Origin": "https://evil.example"}
                    ),
                    site,
                )
    for path in POSTS:
        check_headers(stranger.post("/auth" + path, {}), site)
        check_headers(browser.post("/auth" + path, {"csrf": "x"}), site)


def test_pages_without_session(site):
    """Pages of an account lead a stranger to the login and tell a program 401."""
    for path in (
        "/me",
        "/sessions",
        "/password/change",
        "/account/data",
        "/account/delete",
        "/account/phone",
    ):
        assert site.browser().get("/auth" + path, headers=JSON).status == 401
        answer = site.browser().get("/auth" + path, headers={"Accept": "text/html"})
        assert answer.status in (302, 303) and answer.header("Location").startswith("/auth/login")


def filled(browser, path):
    """A POST to this path that would be accepted, but for its token: fields, and the token."""
    page = {
        "/login": "/auth/login",
        "/logout": "/auth/logout",
        "/password/change": "/auth/password/change",
        "/account/delete": "/auth/account/delete",
        "/account/phone": "/auth/account/phone",
    }.get(path, "/auth/sessions")
    # The forms of the list have one token. That of this device comes first; what ends is another one.
    on_page = [form for form in forms(browser.get(page)) if form.hidden.get("csrf")]
    form = next((form for form in on_page if form.action == "/auth" + path), on_page[0])
    return dict(form.hidden), form.hidden["csrf"]


def twice_signed_in(site):
    """Somebody with two sessions, so that every form is there."""
    user = site.user()
    signed_in(site, user)
    here = signed_in(site, user)
    here.user = user
    return here


@pytest.fixture
def browser(site):
    return twice_signed_in(site)


def more_fields(path, user):
    return {
        "/login": {"identifier": user.email, "password": user.password},
        "/password/change": {
            "current_password": user.password,
            "new_password": "another long one for " + user.email,
        },
        "/account/delete": {"current_password": user.password},
        "/account/phone": {"current_password": user.password, "phone": "+380501234567"},
    }.get(path, {})


# A logout that a page of the site itself has sent needs no token: the browser says so. Here one that says nothing.
SILENT = {"Origin": None, "Sec-Fetch-Site": None}


@pytest.mark.parametrize("path", POSTS)
def test_forged_tokens(site, browser, path):
    who, headers = browser, SILENT if path == "/logout" else None
    if path == "/login":
        who = site.browser()
        who.user = browser.user
    fields, token = filled(who, path)
    fields.update(more_fields(path, who.user))
    other = site.browser() if path == "/login" else twice_signed_in(site)
    _, foreign = filled(other, path)
    bad = {
        "none": None,
        "empty": "",
        "random": "A" * len(token),
        "cut": token[:-1],
        "longer": token + "A",
        "foreign": foreign,
        "changed": ("B" if token[0] == "A" else "A") + token[1:],
        "doubled": [token, token],
    }
    for label, value in bad.items():
        sent = {**fields, "csrf": value}
        if value is None:
            del sent["csrf"]
        answer = who.post(
            "/auth" + path,
            [(k, v) for k, one in sent.items() for v in (one if isinstance(one, list) else [one])]
            if isinstance(value, list)
            else sent,
            headers,
        )
        assert answer.status in ((400,) if label == "doubled" else (403,)), (label, answer)
        assert who.cookies.get(site.cookie) == (None if path == "/login" else who.token)
    assert (
        who.post(
            f"/auth{path}?csrf={token}", {k: v for k, v in fields.items() if k != "csrf"}, headers
        ).status
        == 403
    )
    # Nothing has happened: the session, and the other one, are still there.
    assert browser.get("/app/").status == 200
    assert len(sessions(browser)) == 2


def sessions(browser):
    return browser.get("/auth/sessions", headers=JSON).json()["sessions"]


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": None, "Origin": "null"},
    {"Sec-Fetch-Site": None, "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": None, "Origin": "http://{name}:1"},
    {"Sec-Fetch-Site": None, "Origin": "{other}://{host}"},
    {"Sec-Fetch-Site": None, "Origin": "{scheme}://{name}.evil.example"},
    {"Sec-Fetch-Site": None, "Origin": "{scheme}://x.{host}"},
    {"Sec-Fetch-Site": None, "Origin": "{scheme}://{name}.:{port}"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "{scheme}://{host}"},
]


@pytest.mark.parametrize("path", POSTS)
def test_posts_from_other_sites(site, browser, path):
    """A token alone is not enough if the browser says that the page was somebody else's."""
    who = browser
    if path == "/login":
        who = site.browser()
        who.user = browser.user
    words = {
        "name": site.name,
        "host": site.host,
        "port": site.port,
        "scheme": site.scheme,
        "other": "http" if site.scheme == "https" else "https",
    }
    for headers in FOREIGN:
        headers = {name: value and value.format(**words) for name, value in headers.items()}
        fields, _ = filled(who, path)
        fields.update(more_fields(path, who.user))
        assert who.post("/auth" + path, fields, headers).status == 403, headers
        assert (
            who.post_json("/auth" + path, more_fields(path, who.user), headers).status == 403
        ), headers
    assert browser.get("/app/").status == 200 and len(sessions(browser)) == 2


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/x-www-form-urlencoded; charset=utf-7",
        "application/json; charset=utf-16",
        "",
    ],
)
@pytest.mark.parametrize("path", POSTS)
def test_content_types(site, browser, path, kind):
    body = json.dumps({}) if "json" in kind else "a=b"
    origin = {} if path == "/logout" else {"Origin": site.origin}
    answer = browser.request("POST", "/auth" + path, body, {"Content-Type": kind, **origin})
    assert answer.status == 415, answer
    assert browser.get("/app/").status == 200


def test_body_limits(site):
    """16 KiB and not a byte more; never on disk."""
    browser = site.browser()
    form = browser.form("/auth/login")
    room = 16384 - len("csrf=" + form.hidden["csrf"]) - len("&identifier=a%40b.example&password=")
    fields = {"csrf": form.hidden["csrf"], "identifier": "a@b.example", "password": "x" * room}
    assert browser.post("/auth/login", fields).status in (400, 401)
    with site.nginx.expect("client intended to send too large body"):
        assert browser.post("/auth/login", {**fields, "password": "x" * (room + 1)}).status == 413
        assert (
            "too large body" in site.nginx.log_text()
        ), "the gateway refuses it, too, but nginx should not have read it"
    assert not [path for path in (site.nginx.root / "temp").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "null",
        '"x"',
        '{"identifier": {}}',
        '{"identifier":"a","identifier":"b"}',
        "{} {}",
        '{"a":' * 200 + "1" + "}" * 200,
        '{"identifier": 1, "password": 2}',
        "\ufeff{}",
        "{'a':1}",
        '{"a":1,}',
    ],
)
def test_bad_json(site, body):
    headers = {"Content-Type": "application/json", **JSON}
    answer = site.browser().request("POST", "/auth/login", body, headers)
    assert answer.status == 400 and set(answer.json()) == {"error"}, answer
