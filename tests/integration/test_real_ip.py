# SPDX-License-Identifier: Apache-2.0
# Goal: behind a proxy that an operator has named in the real_ip lines of the shipped files, the gateway, the limits and the
# application know the visitor's address; without those lines, and from anybody else, nothing that a client writes is believed.
import re

import pytest

from client import ADDRESSES, JSON
from guide import Guide

PROXY, VISITOR, OTHER, LIE = "127.0.0.1", "198.51.100.7", "198.51.100.8", "203.0.113.9"
BLOCK = ("set_real_ip_from", "real_ip_header", "real_ip_recursive")


def uncommented(addresses):
    """The block as an operator leaves it, for a proxy at `addresses`."""
    http = "snippets/gatehouse-http.conf"
    return [(http, rf"^# ({'|'.join(BLOCK)}) ", r"\1 "), (http, r"192\.0\.2\.0/24", addresses)]


@pytest.fixture(scope="module")
def proxied(make_site, make_stores):
    return make_site("proxied", make_stores("sqlite", ""), edits=uncommented(PROXY))


class Forwarded:
    """A browser whose requests a proxy brings."""

    def __init__(self, site, header, proxy=PROXY):
        self.browser, self.headers = site.browser(address=proxy), {"X-Forwarded-For": header}

    def get(self, path):
        return self.browser.get(path, headers={**self.headers, **JSON})

    def login(self, user):
        """The address from which it came, as the gateway sees it."""
        gateway, fields = self.browser.site.gateway, {
            "identifier": user.email,
            "password": user.password,
        }
        logins = len(gateway.events("login"))
        assert self.browser.post_json("/auth/login", fields, self.headers).status == 200
        return gateway.wait_event("login", logins + 1)["client"]


def test_guide_has_the_lines_of_the_file():
    lines = Guide("operations.md").commands("More than one gateway")
    assert [name for name in BLOCK if re.search(rf"^{name}\s", lines, re.MULTILINE)] == list(BLOCK)


@pytest.mark.parametrize(
    "header, known",
    [
        (VISITOR, VISITOR),
        (f"{LIE}, {VISITOR}", VISITOR),
        (f"{LIE}, {VISITOR}, {PROXY}", VISITOR),
        ("2001:db8::7", "2001:db8::7"),
        ("no address", PROXY),
    ],
)
def test_gateway_and_application_know_the_visitor(proxied, header, known):
    visitor = Forwarded(proxied, header)
    assert visitor.login(proxied.user()) == known
    seen = dict(visitor.get("/app/").json()["headers"])
    assert (seen["X-Forwarded-For"], seen["X-Real-IP"]) == (known, known)
    assert visitor.get("/auth/metrics").status == (200 if known == PROXY else 403)


def test_only_the_proxy_is_believed(proxied):
    stranger = Forwarded(proxied, VISITOR, proxy=next(ADDRESSES))
    assert stranger.login(proxied.user()) == stranger.browser.address


def test_visitors_behind_the_proxy_are_limited_apart(proxied):
    greedy, other = Forwarded(proxied, OTHER), Forwarded(proxied, "198.51.100.9")
    assert any(greedy.get("/auth/login").status == 429 for _ in range(180))
    assert other.get("/auth/login").status == 200


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_without_the_lines_no_header_is_believed(site):
    stranger = Forwarded(site, VISITOR, proxy=next(ADDRESSES))
    assert stranger.login(site.user()) == stranger.browser.address
    assert (
        dict(stranger.get("/app/").json()["headers"])["X-Forwarded-For"] == stranger.browser.address
    )
    with site.nginx.expect("access forbidden by rule"):
        assert Forwarded(site, PROXY, proxy=next(ADDRESSES)).get("/auth/metrics").status == 403
