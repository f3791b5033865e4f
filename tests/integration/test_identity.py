# SPDX-License-Identifier: Apache-2.0
# Goal: whatever a client says about itself, in whatever spelling and in whatever location of the configuration that nginx really
# runs, applications and the gateway hear only what nginx knows.
import json

import pytest

from client import JSON, raw, raw_answer, signed_in
from nginx_lint import IDENTITY, read

LIE = "lie-of-a-client"
NAMES = [
    *IDENTITY,
    "X-Auth-User",
    "X-Auth-Roles",
    "X-Auth-Sid",
    "X-User",
    "X-Forwarded-User",
    "X-Remote-User",
    "Remote-User",
    "Remote-Groups",
    "X-Auth-Request-User",
    "X-Auth-Request-Email",
    "Authorization",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Uri",
    "X-Forwarded-Prefix",
    "X-Forwarded-Port",
    "X-Original-URL",
    "X-Original-URI",
    "X-Rewrite-URL",
    "X-Real-IP",
    "Forwarded",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Client-IP",
    "X-HTTP-Method-Override",
    "X-Accel-Redirect",
    "X-Sendfile",
    "Proxy",
    "X-Gate-Login",
    "X-Request-Id",
]
OURS = {
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Real-IP",
    "X-Request-Id",
}
GATE = ["GATE-CONTEXT", "GATE-REQUIRE", "GATE-END", "X-Gate-Context"]
SPELLINGS = {
    "as it is": lambda name: [f"{name}: {LIE}"],
    "lower case": lambda name: [f"{name.lower()}: {LIE}"],
    "upper case": lambda name: [f"{name.upper()}: {LIE}"],
    "underscores": lambda name: [f"{name.replace('-', '_')}: {LIE}"],
    "mixed": lambda name: [
        f"{name.replace('-', '_', 1)}: {LIE}",
        f"{'_'.join(name.rsplit('-', 1))}: {LIE}",
    ],
    "doubled": lambda name: [f"{name}: {LIE}", f"{name}: {LIE}2"],
    "no space": lambda name: [f"{name}:{LIE}"],
    "trailing space": lambda name: [f"{name}:   {LIE}   "],
    "hop by hop": lambda name: [f"{name}: {LIE}", f"Connection: {name}, close"],
    "dots": lambda name: [f"{name.replace('-', '.')}: {LIE}"],
}


def proxied(site):
    """A path in each location of the running configuration that passes on to an application."""
    config = read(site.nginx.root / "nginx.conf")
    paths = [d.args[-1] for d in config.every() if d.name == "location" and d.own("proxy_pass")]
    assert sorted(paths) == [
        "/",
        "/admin/",
        "/api/orders/",
        "/app/",
        "/app/ws/",
    ], "a new location: say here who may enter it"
    return paths


def names_for(spelling):
    """nginx itself refuses a second Authorization, so what makes one is left out."""
    if spelling == "hop by hop":
        return list(IDENTITY)
    return [
        name for name in NAMES if name != "Authorization" or spelling not in ("doubled", "mixed")
    ]


def ask(site, path, lines, cookie=""):
    head = [f"GET {path} HTTP/1.1", f"Host: {site.host}", "Accept: application/json", *lines]
    head += ["Connection: close"] * (not any(line.startswith("Connection") for line in lines))
    head += [f"Cookie: {cookie}"] * bool(cookie)
    return raw_answer(raw(site, "\r\n".join([*head, "", ""]).encode()))


@pytest.fixture(scope="module")
def visitors(site, people):
    """For each location somebody who may enter it."""
    cookies = {}
    for who in ("plain", "admin", "orders"):
        browser = signed_in(site, people[who])
        cookies[who] = (people[who], f"{site.cookie}={browser.token}")
    return {
        "/": (None, ""),
        "/app/": cookies["plain"],
        "/app/ws/": cookies["plain"],
        "/admin/": cookies["admin"],
        "/api/orders/": cookies["orders"],
    }


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spoofed_headers_never_arrive(site, visitors, spelling):
    for path in proxied(site):
        user, cookie = visitors[path]
        names = names_for(spelling)
        for batch in [[name] for name in names] if spelling == "hop by hop" else [names]:
            answer = ask(
                site, path, [line for name in batch for line in SPELLINGS[spelling](name)], cookie
            )
            assert answer.status == 200, (path, batch, answer)
            headers = answer.json()["headers"]
            assert LIE not in json.dumps(headers), (path, spelling)
            got = {name: value for name, value in headers}
            assert len(got) == len(headers), f"doubled headers at {path}: {headers}"
            assert got.get("X-Auth-Email") == (user.email if user else None)
            assert {name for name in got if name in NAMES} <= OURS | set(IDENTITY)
            assert (got["X-Forwarded-Host"], got["Host"], got["X-Forwarded-Proto"]) == (
                site.host,
                site.host,
                site.scheme,
            )
            assert got["X-Real-IP"] == got["X-Forwarded-For"] and got["X-Real-IP"].startswith(
                "127."
            )


def test_spoofed_headers_admit_nobody(site):
    lines = [f"{name}: admin" for name in NAMES + GATE] + [
        f"{name.replace('-', '_')}: web" for name in GATE
    ]
    for path in set(proxied(site)) - {"/"}:
        answer = ask(site, path, lines)
        assert answer.status == 401, (path, answer)


def test_spoofed_headers_change_no_decision(site, visitors):
    """Who may not enter stays out, and where a stranger is sent stays our own page."""
    _, cookie = visitors["/app/"]
    lines = [f"{name}: admin" for name in NAMES if name not in ("X-HTTP-Method-Override",)] + [
        f"{name}: role:user" for name in GATE
    ]
    assert ask(site, "/admin/", lines, cookie).status == 403
    browser = site.browser()
    headers = {
        name: "evil.example"
        for name in NAMES
        if name.startswith("X-Forwarded") or name in ("Forwarded", "X-Original-URL")
    }
    assert browser.get("/app/x", headers=headers).header("Location") == "/auth/login?rd=%2Fapp%2Fx"


def test_gateway_pages_ignore_them(site, visitors):
    """The gateway's own pages know the visitor by the cookie alone."""
    browser = site.browser()
    headers = {**JSON, **{name: "1" for name in IDENTITY}, "X-Forwarded-For": "203.0.113.9"}
    assert browser.get("/auth/me", headers=headers).status == 401
    user, cookie = visitors["/app/"]
    sessions = browser.get("/auth/sessions", headers=headers, cookies=cookie)
    assert sessions.status == 200 and "203.0.113.9" not in sessions.text
