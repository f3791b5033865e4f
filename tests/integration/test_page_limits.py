# SPDX-License-Identifier: Apache-2.0
# Goal: one address cannot keep the pages busy: what it asks beyond the limits of the shipped nginx files is answered 429 by nginx,
# and the others sign in as ever. Checks, style sheet and monitoring are not counted.
import contextlib
import re
import selectors
import socket
import threading
import time

import pytest

from client import JSON, signed_in

CONNECTIONS, LOGINS = 400, 12
RATE, BURST = 20, 60  # of the shipped files


@pytest.fixture(scope="module")
def limited(make_site, make_stores):
    """A site of these tests alone, with the log of a production site: a line for every request would slow everybody."""
    return make_site("limits", make_stores("sqlite", ""), options={"log_level": "info"})


class Flood:
    """So many connections from one address, each with the next request as soon as the last one has been answered."""

    def __init__(self, site, request, address):
        self.request, self.over, self.answers = request, threading.Event(), {}
        self.ready = selectors.DefaultSelector()
        for _ in range(CONNECTIONS):
            link = socket.create_connection(
                ("127.0.0.1", site.port), 20, source_address=(address, 0)
            )
            link.setblocking(False)
            self.ready.register(link, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.begin = time.monotonic()
        for key in self.ready.get_map().values():
            key.fileobj.sendall(self.request)
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.over.set()
        self.thread.join()
        self.seconds = time.monotonic() - self.begin
        for key in list(self.ready.get_map().values()):
            key.fileobj.close()

    def run(self):
        while not self.over.is_set():
            for key, _ in self.ready.select(0.1):
                data = key.fileobj.recv(65536)
                for status in re.findall(rb"^HTTP/1\.1 (\d+)", data, re.MULTILINE):
                    self.answers[int(status)] = self.answers.get(int(status), 0) + 1
                    with contextlib.suppress(BlockingIOError):
                        key.fileobj.sendall(self.request)

    @property
    def admitted(self):
        return sum(count for status, count in self.answers.items() if status != 429)


def ended_cookie(site):
    browser = signed_in(site, site.user())
    cookie = f"{site.cookie}={browser.token}"
    assert browser.logout().status in (200, 303)
    return cookie


def request_of(site, kind):
    head = [f"Host: {site.host}", "Accept: application/json"]
    if kind == "replayed logouts":
        lines = [
            "POST /auth/logout HTTP/1.1",
            *head,
            f"Origin: {site.origin}",
            "Content-Type: application/json",
            "Content-Length: 2",
            f"Cookie: {ended_cookie(site)}",
            "",
            "{}",
        ]
    else:
        lines = ["GET /auth/login HTTP/1.1", *head, "", ""]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize("kind", ["replayed logouts", "login pages"])
def test_hammering_of_one_address_takes_nobody_s_login(limited, kind):
    """With the limits taken out of the files, thousands of these requests reach the gateway."""
    users = [limited.user() for _ in range(LOGINS)]
    hammer = limited.browser()
    with Flood(limited, request_of(limited, kind), hammer.address) as flood:
        browsers = [limited.browser() for _ in users]
        logins = [browser.login(user).status for browser, user in zip(browsers, users)]
        checks = [browser.get("/app/").status for browser in browsers]
    print(
        f"{kind}: {CONNECTIONS} connections of one address, {flood.seconds:.1f} s, answers {flood.answers}; of others: {logins=} {checks=}"
    )
    assert logins == [303] * LOGINS and checks == [200] * LOGINS
    assert flood.answers.get(429, 0) > CONNECTIONS - BURST
    assert flood.admitted <= BURST + 1 + RATE * (flood.seconds + 1), flood.answers


def over_the_limit(site, browser, headers):
    """The first refusal that one address gets."""
    link = browser.connect()
    for _ in range(3 * BURST):
        link.request("GET", "/auth/login", headers={"Host": site.host, **headers})
        answer = link.getresponse()
        body = answer.read().decode()
        if answer.status == 429:
            link.close()
            return answer, body
        assert answer.status in (200, 303)
    raise AssertionError(f"{3 * BURST} pages for one address at once")


@pytest.mark.parametrize(
    "headers, kind, word",
    [
        ({"Accept": "text/html"}, "text/html; charset=utf-8", "<h1>Too many requests</h1>"),
        (JSON, "application/json; charset=utf-8", '"code":"too_many_requests"'),
    ],
)
def test_refusal_is_a_page_or_json(limited, headers, kind, word):
    answer, body = over_the_limit(limited, limited.browser(), headers)
    assert answer.getheader("Content-Type") == kind and word in body
    assert (
        int(answer.getheader("Retry-After")) >= 1
        and answer.getheader("Cache-Control") == "no-store"
    )


def test_refused_address_keeps_its_session(limited):
    """Checks, the style sheet and the monitoring are not counted, and do not use up what the pages may take."""
    browser = signed_in(limited, limited.user(), address="127.0.0.1")
    style = re.search(
        r'href="(/auth/style-[0-9a-f]+\.css)"', limited.browser().get("/auth/login").text
    )[1]
    uncounted = ("/app/", "/auth/style.css", style, "/auth/health", "/auth/ready", "/auth/metrics")
    for path in uncounted:
        assert {browser.get(path).status for _ in range(2 * BURST)} == {200}, path
    assert browser.get("/auth/sessions").status == 200
    over_the_limit(limited, browser, {"Cookie": f"{limited.cookie}={browser.token}"})
    assert [browser.get(path).status for path in uncounted] == [200] * len(uncounted)
