# SPDX-License-Identifier: Apache-2.0
# Goal: GATE_REQUIRE decides who may enter beyond being signed in: role, permission, verified; 403 is a page for people and JSON for
# programs, keeps the session, and leaves an application's own answers alone.
import pytest

from client import JSON, signed_in

#         who           /app/  /admin/  /api/orders/
TABLE = [
    ("plain", 200, 403, 403),
    ("admin", 200, 200, 403),
    ("orders", 200, 403, 200),
    ("unverified", 200, 403, 403),
]


@pytest.mark.parametrize("who, app, admin, orders", TABLE)
def test_requirements(site, people, who, app, admin, orders):
    browser = signed_in(site, people[who])
    assert [browser.get(path).status for path in ("/app/", "/admin/", "/api/orders/")] == [
        app,
        admin,
        orders,
    ]
    # A refusal signs nobody out.
    assert browser.get("/app/").status == 200


def test_forbidden_page_and_json(site, people):
    browser = signed_in(site, people["plain"])
    page = browser.get("/admin/x.css", headers={"Accept": "text/html"})
    assert (
        page.status == 403
        and page.header("Content-Type") == "text/html; charset=utf-8"
        and "/auth/logout" in page.text
    )
    program = browser.get("/admin/", headers=JSON)
    assert program.status == 403 and program.json()["error"]["code"] == "forbidden"
    for answer in (page, program):
        assert (
            answer.header("Cache-Control") == "no-store"
            and answer.header("X-Content-Type-Options") == "nosniff"
        )
        assert not answer.all("Set-Cookie")


@pytest.mark.parametrize(
    "headers, location",
    [
        (
            {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"},
            True,
        ),
        ({"Accept": "*/*"}, True),
        ({}, True),
        ({"Accept": "text/html, application/json"}, True),
        ({"Accept": "application/json"}, False),
        ({"Accept": "application/problem+json"}, False),
        ({"Accept": "*/*", "Sec-Fetch-Mode": "cors"}, False),
        ({"Accept": "image/png,*/*", "Sec-Fetch-Mode": "no-cors"}, False),
    ],
)
def test_who_is_redirected(site, headers, location):
    """People are led to the login page; programs, scripts and pictures are told."""
    answer = site.browser().get("/app/", headers=headers)
    assert answer.status == (302 if location else 401)
    assert (answer.header("Location") is not None) == location
    assert "Cookie" in answer.header("Vary") and answer.header("Cache-Control") == "no-store"
    # The gateway's own pages decide by the same rule.
    for path in ("/auth/me", "/auth/sessions"):
        page = site.browser().get(path, headers=headers)
        assert page.status == (303 if location else 401), path
        assert page.header("Location") == ("/auth/login" if location else None)
        if not location:
            assert (
                page.json()["error"]
                == answer.json()["error"]
                == {"code": "not_signed_in", "message": "Sign in first.", "login": "/auth/login"}
            )


TARGET = 2048  # bytes; longer ones are not led back to


def test_longest_way_back(site):
    """Every byte of it takes three in the address of the login page, which must fit into nginx' buffer, and so must the answer to
    the login."""
    user, browser = site.user(), site.browser()
    target = "/app/?".ljust(TARGET, "&")
    answer = browser.get(target, headers={"Accept": "text/html"})
    assert answer.status == 302 and len(answer.header("Location")) > 3 * (TARGET - 8)
    form = browser.form(answer.header("Location"))
    answer = browser.post(
        "/auth/login", {**form.hidden, "identifier": user.email, "password": user.password}
    )
    assert (answer.status, answer.header("Location")) == (303, target)


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_most_permissions(site):
    """As many as `gatehouse user grant` gives: the application is told all of them."""
    names = [f"{number:02}.".ljust(100, "x") for number in range(20)]
    user = site.user(*names)
    with pytest.raises(AssertionError, match="room for 2048"):
        site.gateway.cli("user", "grant", user.email, "y" * 100)
    told = dict(signed_in(site, user).get("/app/", headers=JSON).json()["headers"])
    assert sorted(told["X-Auth-Permissions"].split()) == names


def test_api_is_never_redirected(site):
    assert site.browser().get("/api/orders/", headers={"Accept": "text/html"}).status == 401


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
def test_application_answers_for_itself(site, people, status):
    """The pages for 401, 403 and 503 are for the check alone."""
    browser = signed_in(site, people["plain"])
    answer = browser.get(f"/app/status/{status}", headers=JSON)
    assert answer.status == status and answer.json()["path"] == f"/app/status/{status}"


@pytest.mark.parametrize(
    "path, lines",
    [
        ("/app/", ["no-store"]),
        ("/app/status/404", ["no-store"]),
        ("/app/cache/60", ["max-age=60"]),
        ("/app/public/60", ["public, max-age=60"]),
        ("/", []),
        ("/cache/60", ["max-age=60"]),
    ],
)
def test_what_is_kept(site, people, path, lines):
    """A protected page is not shown again after signing out, unless its application says that it may be kept."""
    assert signed_in(site, people["plain"]).get(path).all("Cache-Control") == lines


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "FOO"]
)
def test_every_method_is_asked_for(site, people, method):
    browser = signed_in(site, people["plain"])
    assert browser.request(method, "/app/", cookies="x=1").status == 302
    assert browser.request(method, "/app/").status == 200
    assert browser.request(method, "/admin/").status == 403


def test_rights_follow_the_account(site):
    """Rights that are given or taken count for the sessions that are there."""
    user = site.user(verified=True)
    browser = signed_in(site, user)
    assert browser.get("/api/orders/").status == 403
    site.gateway.cli("user", "grant", user.email, "orders.write")
    assert browser.get("/api/orders/").status == 200
    site.gateway.cli("user", "revoke", user.email, "orders.write")
    assert browser.get("/api/orders/").status == 403


@pytest.mark.parametrize(
    "conditional",
    ["Range: bytes=0-", "If-None-Match: *", "If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT"],
)
def test_conditions_open_nothing(site, conditional):
    name, _, value = conditional.partition(": ")
    assert site.browser().get("/app/", headers={name: value}).status == 302


WEBSOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.mark.parametrize("path", ["/app/", "/app/ws/"])
def test_upgrade_opens_nothing(site, path):
    assert site.browser().get(path, headers=WEBSOCKET).status == 302


@pytest.mark.parametrize(
    "path, asked, sent",
    [
        ("/app/ws/", "websocket", ("websocket", "upgrade")),
        ("/app/ws/", "WebSocket", ("websocket", "upgrade")),
        ("/app/ws/", "h2c", (None, "close")),
        ("/app/", "websocket", (None, None)),
    ],
)
def test_only_a_websocket_is_passed_on_and_only_where_the_site_says_so(
    site, people, path, asked, sent
):
    answer = signed_in(site, people["plain"]).get(
        path, headers={**JSON, **WEBSOCKET, "Upgrade": asked}
    )
    headers = {name.lower(): value for name, value in answer.json()["headers"]}
    assert (headers.get("upgrade"), headers.get("connection")) in (sent, (sent[0], None)), headers
    assert headers["x-auth-email"] == people["plain"].email
