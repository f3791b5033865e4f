# SPDX-License-Identifier: Apache-2.0
# Goal: however the address of a page is written, the decision is that of the location that nginx serves it from; malformed and
# ambiguous requests, and requests for hosts that are not ours, open nothing.
import urllib.parse

import pytest

from client import raw, raw_answer, signed_in

PROTECTED, OPEN, REDIRECT, BAD = "protected", "open", "redirect", "bad request"
FORMS = [
    ("/admin", REDIRECT),
    ("/admin/", PROTECTED),
    ("/ADMIN/", OPEN),
    ("//admin/", PROTECTED),
    ("/./admin/", PROTECTED),
    ("/pub/../admin/", PROTECTED),
    ("/pub/%2e%2e/admin/", PROTECTED),
    ("/pub/%2e%2e%2fadmin/", PROTECTED),
    ("/pub/..%2fadmin/", PROTECTED),
    ("/%61dmin/", PROTECTED),
    ("/%2561dmin/", OPEN),
    ("/admin%2f", PROTECTED),
    ("/admin%2ff.txt", PROTECTED),
    ("/admin;x=1/", OPEN),
    ("/pub/..;/admin/", OPEN),
    ("/admin/.", PROTECTED),
    ("/admin/..", OPEN),
    ("/admin%00", BAD),
    ("/admin%20/", OPEN),
    ("/admin\\", OPEN),
    ("/pub\\..\\admin\\", OPEN),
    ("/pub/%5c..%5cadmin", OPEN),
    ("/admin?", REDIRECT),
    ("/pub/?/../admin/", OPEN),
    ("/pub/#/../admin/", OPEN),
    ("/pub/%23/../admin/", OPEN),
    ("/pub/%3f/../admin/", OPEN),
    ("/pub/%23/../../admin/", PROTECTED),
    ("/pub%3f/../admin/", PROTECTED),
    ("http://{host}/admin/", PROTECTED),
    ("/admin/%c0%ae%c0%ae/", PROTECTED),
    ("/admin/%ff", PROTECTED),
    ("/\u0430dmin/", OPEN),
    ("/admin/.git/config", PROTECTED),
    ("/admin/x.css", PROTECTED),
    ("/admin/index.html/.", PROTECTED),
    ("/admin/" + "x" * 7000, PROTECTED),
    ("*", BAD),
    ("admin/", BAD),
    ("/pub/static/../../admin/", PROTECTED),
    ("/pub/%", BAD),
    ("/admin/?rd=//evil.example", PROTECTED),
    ("/pub/%2f%2fadmin/", OPEN),
    ("/pub/..//admin/", PROTECTED),
    ("/admin/../pub/../admin/", PROTECTED),
    ("/..%2fadmin/", BAD),
    ("/../admin/", BAD),
]
STATUSES = {  # for a stranger, for somebody without the role, for an administrator
    PROTECTED: (401, 403, 200),
    OPEN: (200, 200, 200),
    REDIRECT: (301, 301, 301),
    BAD: (400, 400, 400),
}


def ask(site, line, cookie="", host=None):
    head = [line, f"Host: {host or site.host}", "Accept: application/json", "Connection: close"]
    head += [f"Cookie: {cookie}"] * bool(cookie)
    return raw_answer(raw(site, "\r\n".join([*head, "", ""]).encode()))


@pytest.fixture(scope="module")
def cookies(site, people):
    return [
        "",
        *(f"{site.cookie}={signed_in(site, people[who]).token}" for who in ("plain", "admin")),
    ]


def test_address_forms(site, cookies):
    wrong = []
    for form, kind in FORMS:
        line = f"GET {form.format(host=site.host)} HTTP/1.1"
        answers = [ask(site, line, cookie) for cookie in cookies]
        if tuple(answer.status for answer in answers) != STATUSES[kind]:
            wrong.append(f"{form[:60]}: {[answer.status for answer in answers]} is not {kind}")
        if kind == OPEN:
            wrong += [
                f"{form}: identity in a public place"
                for answer in answers
                if "X-Auth-User-Id" in dict(answer.json()["headers"])
            ]
    assert not wrong


VERIFY = [
    "/auth/verify",
    "//auth/verify",
    "/./auth/verify",
    "/auth//verify",
    "/auth/./verify",
    "/auth/%76erify",
    "/%61uth/verify",
    "/auth%2fverify",
    "/x/../auth/verify",
    "/auth/verify?x=1",
    "/auth/verify#x",
    "/auth/x/../verify",
    "/auth/verify/admin",
    "/auth/verify/orders",
    "/auth/verify//admin",
    "/auth/verify/%61dmin",
    "/auth/x%2f..%2fverify",
    "/auth/verify/.",
    "/auth/verify/../verify",
    "http://{host}/auth/verify",
    "/auth/verify/",
    "/auth/verify%2f",
    "/auth/verify;x",
    "/AUTH/VERIFY",
]


def test_verify_is_not_for_the_outside(site, cookies):
    wrong = []
    for form in VERIFY:
        for method in ("GET", "POST"):
            answer = ask(site, f"{method} {form.format(host=site.host)} HTTP/1.1", cookies[1])
            allowed = (
                404 if "AUTH" not in form else 200
            )  # upper case is another place, the public one
            if answer.status != allowed or any(
                name.startswith("X-Auth") for name, _ in answer.headers
            ):
                wrong.append((method, form, answer))
    assert not wrong


def test_hosts_that_are_not_ours(site, cookies):
    """Nothing, or 421 where the TLS handshake had the right name; never a page."""
    for host in (
        "evil.example",
        "127.0.0.1",
        f"evil.{site.name}",
        f"{site.name}.evil.example",
        "localhost",
        "_",
    ):
        answer = ask(site, "GET /app/ HTTP/1.1", cookies[1], host)
        assert answer.status in (0, 421) and b"X-Auth" not in answer.body, (host, answer)
    answer = ask(site, "GET http://evil.example/app/ HTTP/1.1", cookies[1])
    assert answer.status in (0, 421)


def test_requests_without_host(site, cookies):
    cookie = f"Cookie: {cookies[1]}\r\n".encode()
    assert (
        raw_answer(
            raw(site, b"GET /app/ HTTP/1.1\r\n" + cookie + b"Connection: close\r\n\r\n")
        ).status
        == 400
    )
    if site.scheme == "http":  # over https the handshake has named the host
        assert raw(site, b"GET /app/ HTTP/1.0\r\n" + cookie + b"\r\n") == b""
        assert raw(site, b"GET /app/\r\n") == b""


AMBIGUOUS = {
    "length and chunks": ["Content-Length: 5", "Transfer-Encoding: chunked"],
    "two lengths": ["Content-Length: 5", "Content-Length: 6"],
    "the same length twice": ["Content-Length: 0", "Content-Length: 0"],
    "two codings": ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    "negative length": ["Content-Length: -1"],
    "signed length": ["Content-Length: +5"],
    "list": ["Content-Length: 5,5"],
    "huge": ["Content-Length: 9223372036854775808"],
    "two hosts": ["Host: evil.example"],
    "NUL": ["X-A: \0"],
    "folded": ["X-A: 1", " folded"],
    "space before colon": ["X-Auth-User-Id : 1"],
    "unknown coding": ["Transfer-Encoding: xchunked"],
}


@pytest.mark.parametrize("label", AMBIGUOUS)
def test_ambiguous_requests(site, cookies, label):
    head = [
        "POST /app/ HTTP/1.1",
        f"Host: {site.host}",
        f"Cookie: {cookies[1]}",
        "Connection: close",
        *AMBIGUOUS[label],
        "",
        "",
    ]
    answer = raw_answer(raw(site, "\r\n".join(head).encode(), until=b"\r\n\r\n"))
    assert answer.status in (400, 413, 501), answer


def test_too_many_headers(site, cookies):
    lines = [f"X-{number}: 1" for number in range(1000)]
    assert (
        raw_answer(
            raw(
                site,
                "\r\n".join(["GET /app/ HTTP/1.1", f"Host: {site.host}", *lines, "", ""]).encode(),
            )
        ).status
        == 400
    )


def test_decisions_on_one_connection(site, cookies):
    """Pipelined requests are judged one by one."""

    def one(path, cookie, end="keep-alive"):
        return f"GET {path} HTTP/1.1\r\nHost: {site.host}\r\nAccept: application/json\r\nCookie: {cookie}\r\nConnection: {end}\r\n\r\n"

    stream = (
        one("/app/", cookies[1])
        + one("/app/", "x=1")
        + one("/admin/", cookies[1])
        + one("/admin/", cookies[2], "close")
    )
    answers = raw(site, stream.encode()).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200", b"401", b"403", b"200"]


def test_body_of_a_stranger_is_not_waited_for(site):
    """The refusal comes before the body that was announced."""
    head = f"POST /app/ HTTP/1.1\r\nHost: {site.host}\r\nAccept: application/json\r\nContent-Length: 1000000\r\n\r\n"
    browser = site.browser()
    connection = browser.connect()
    if connection.sock is None:
        connection.connect()
    connection.sock.sendall(head.encode())
    assert b" 401 " in connection.sock.recv(64)
    connection.close()


@pytest.mark.parametrize(
    "path, kept",
    [
        ("/app/?q=" + "%20" * 500, True),
        ("/app/?q=" + "%20" * 676, True),
        ("/app/?q=" + "%20" * 2000, False),
        ("/app/" + "a" * 6000, False),
        ("/app/?q=%5c\\", False),
        ("/app/?q=1", True),
    ],
)
def test_a_long_url_leads_a_stranger_to_the_login(site, path, kept):
    """A target that the login would refuse is left out of the way there; the longest that it takes fits into the answer."""
    answer = site.browser().get(path)
    assert answer.status == 302, answer.status
    where = urllib.parse.urlsplit(answer.header("Location"))
    assert where.path == "/auth/login"
    assert urllib.parse.parse_qs(where.query, keep_blank_values=True) == (
        {"rd": [path]} if kept else {}
    )
    assert site.browser().get(answer.header("Location")).status == 200
