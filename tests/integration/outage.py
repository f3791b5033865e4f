# SPDX-License-Identifier: Apache-2.0
"""What the tests of outages ask, and how a store is put out of order."""

import contextlib
import itertools
import json
import signal

import pytest

import fcgi
from client import ADDRESSES, SECRETS
from processes import wait_until


# What the gateway promises, in seconds. It is judged at its own socket, where neither nginx nor a browser has a part in the time.
ANSWER = (
    0.5  # to an answer, whatever the stores do: nginx waits for it, and the visitor waits for nginx
)


RECOVERY = 1.0  # from the return of a store to answers as before


START = 1.0  # from the start to answers, whatever the stores do: nobody is turned away because one of them hangs


NUMBERS = itertools.count(1)


WRONG = "not the password of anybody"


UNEXPECTED = "auth request unexpected status: 503"


WITH_DATABASE = pytest.mark.parametrize("site", ["postgresql", "postgresql+redis"], indirect=True)


WITH_REDIS = pytest.mark.parametrize("site", ["postgresql+redis"], indirect=True)


def ask(site, path="/auth/verify", fields=None, cookie="", address=None):
    """Straight to the gateway, as a program that speaks JSON; from an address of its own, if none is said."""
    body = "" if fields is None else json.dumps(fields)
    facts = {
        "REQUEST_SCHEME": site.scheme,
        "REMOTE_ADDR": address or next(ADDRESSES),
        "HTTP_ACCEPT": "application/json",
        "HTTP_COOKIE": cookie,
    }
    if fields is not None:
        facts |= {
            "method": "POST",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
        }
    reply = fcgi.ask(site.gateway.socket, fcgi.facts(path, **facts), body)
    SECRETS.update(
        line.split(";")[0].partition("=")[2]
        for line in reply.all("Set-Cookie")
        if "Max-Age=0" not in line
    )
    return reply


def cookie_of(browser):
    return f"{browser.site.cookie}={browser.token}"


def credentials(user):
    return {"identifier": user.email, "password": user.password}


def requests_of(user, cookie):
    """Everything that can be asked: path, fields of a POST, cookie."""
    change = {"current_password": user.password, "new_password": "canary a walk by the lake"}
    pages = (
        "verify",
        "me",
        "login",
        "logout",
        "sessions",
        "password/change",
        "preferences",
        "ready",
        "health",
        "style.css",
    )
    return [
        *((f"/auth/{page}", None, cookie) for page in pages),
        ("/auth/verify", None, ""),
        ("/auth/login", credentials(user), ""),
        ("/auth/password/change", change, cookie),
        ("/auth/sessions/revoke", {"handle": "00000000-0000-4000-8000-000000000000"}, cookie),
        (
            "/auth/sessions/name",
            {"handle": "00000000-0000-4000-8000-000000000000", "name": "x"},
            cookie,
        ),
        ("/auth/sessions/revoke-others", {}, cookie),
        ("/auth/preferences", {"theme": "auto"}, cookie),
        ("/auth/logout", {}, cookie),
    ]


@contextlib.contextmanager
def out_of_order(process, how):
    """SIGSTOP: connections stay and nobody answers. SIGKILL: nobody is there."""
    if how == "frozen":
        process.freeze()
    else:
        process.stop(signal.SIGINT if how == "stopped" else signal.SIGKILL)
    try:
        yield
    finally:
        if how == "frozen":
            process.thaw()
        else:
            process.start()


def sql_answers(site):
    """Asked as somebody else each time: a person who tries again and again is told to wait."""
    nobody = {
        "identifier": f"nobody{next(NUMBERS)}@example.org",
        "password": "not a password of anybody",
    }
    return ask(site, "/auth/login", nobody).status == 401


def recovers(site, canary, cookie, user):
    """The session counts again, and the user can sign in."""

    def again():
        wait_until(lambda: ask(site, cookie=cookie).status == 204, "checks work again")
        wait_until(lambda: sql_answers(site), "SQL is asked again")
        assert ask(site, "/auth/login", credentials(user)).status == 200

    canary.judge(RECOVERY, "back to normal", again)


def not_only_sql_answers(site, browser):
    """Waits until the gateway believes Redis: it may have had reasons to doubt it, and asks SQL then."""

    def source():
        assert browser.get("/app/").status == 200
        return site.gateway.events("verify")[-1]["source"]

    if site.stores.redis:
        wait_until(lambda: source() != "sql", "Redis is believed")
