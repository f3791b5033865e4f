# SPDX-License-Identifier: Apache-2.0
"""Histories to judge: what every one of them begins with, and those that keep every promise."""

from history import CLOSED, DONE, UNSURE, Event


USER, OTHER = "u1", "u2"


PROFILE = {"email": "u1@example.org", "role": "user", "permissions": "a b"}


SHOWN = {**PROFILE, "who": USER, "where": "web", "handle": "h-s1", "expires": "99"}


def event(op, start, result=DONE, took=0.01, **more):
    """A moment in seconds; facts are whatever is no field."""
    fields = {
        name: more.pop(name)
        for name in ("session", "user", "context", "node", "end")
        if name in more
    }
    fields = {
        "session": "s1",
        "user": USER,
        "context": "web",
        "node": "n1",
        "end": start + took,
        **fields,
    }
    return Event(op, start=start, result=result, facts=more or None, **fields)


def begun(session="s1", at=0.0, **more):
    return event(
        "login", at, session=session, **{"handle": f"h-{session}", "expires": "99", **more}
    )


def ok(at, node="n1", session="s1", **more):
    return event(
        "check", at, 204, node=node, session=session, **{**SHOWN, "handle": f"h-{session}", **more}
    )


def no(at, node="n1", **more):
    return event("check", at, 401, node=node, **more)


def unsaid(at, node="n1", **more):
    return event("check", at, 503, node=node, **more)


def by_operator(op, at, result=DONE, **more):
    return event(op, at, result, node="", session="", **more)


def fault(start, end, *hits):
    return Event("fault", start=start, end=end, facts={"name": "test", "hits": list(hits)})


KNOWN = [by_operator("user", -1.0, **PROFILE), begun()]


BEGIN = [*KNOWN, ok(0.5), ok(0.6, "n2")]


OUT = event("logout", 1.0)  # acknowledged at 1.01


RECORDED = event("logout", 1.0, 503, code="not_confirmed")


LATE = {"idle": 3.0, "ends": 50.0}


SECRET = {"password": "p1"}


GOOD = {
    "nothing happens": [],
    "a session is used": BEGIN,
    "and ended": [*BEGIN, OUT, no(1.02), no(1.2, "n2"), no(9.0, "n2")],
    "another node hears of it within the bound": [*BEGIN, OUT, ok(1.1, "n2"), no(1.12, "n2")],
    "without Redis it takes longer": [
        *BEGIN,
        fault(0.9, 3.0, "redis"),
        OUT,
        ok(1.9, "n2"),
        no(2.2, "n2"),
    ],
    "and for a while after": [*BEGIN, fault(0.2, 0.5, "redis"), OUT, ok(1.9, "n2"), no(2.2, "n2")],
    "a check was under way": [*BEGIN, OUT, event("check", 1.005, 204, took=0.3, **SHOWN)],
    "a stalled machine hears later": [
        *BEGIN,
        OUT,
        Event("stall", start=1.0, end=1.2),
        ok(1.5, "n2"),
    ],
    "asked before the end, while the machine stalled": [
        *BEGIN,
        Event("stall", start=0.9, end=1.3),
        ok(1.0, "n2"),
        event("logout", 1.05, took=0.1),
    ],
    "an attempt may have worked": [
        *BEGIN,
        event("logout", 1.0, 503, took=0.3),
        fault(0.9, 1.5, "sql"),
        no(1.6),
        no(1.7, "n2"),
    ],
    "or not": [
        *BEGIN,
        fault(0.9, 1.5, "sql"),
        event("logout", 1.0, 503, took=0.3),
        ok(1.6),
        ok(1.7, "n2"),
    ],
    "what nobody knew reaches the others late": [
        *BEGIN,
        fault(0.9, 1.4, "sql"),
        event("logout", 1.0, 503),
        no(1.5),
        ok(2.4, "n2"),
        no(2.6, "n2"),
    ],
    "recorded and not confirmed: the others may hear when all is well": [
        *BEGIN,
        fault(0.9, 4.0, "sql", "redis"),
        RECORDED,
        no(1.1),
        ok(3.9, "n2"),
        ok(4.9, "n2"),
        no(5.1, "n2"),
    ],
    "also when one fault follows the other": [
        *BEGIN,
        fault(0.9, 2.0, "sql"),
        fault(2.5, 4.0, "redis"),
        RECORDED,
        ok(4.9, "n2"),
        no(5.1, "n2"),
    ],
    "what was under way may say either": [
        *BEGIN,
        event("logout", 1.0, took=0.2),
        no(1.05),
        ok(1.06, "n2"),
    ],
    "and the one that is at it may be the last": [
        *BEGIN,
        event("logout", 1.0, took=0.4),
        no(1.05, "n2"),
        ok(1.39),
    ],
    "an outage refuses, and logs nobody out": [
        *BEGIN,
        fault(1.0, 2.0, "sql"),
        unsaid(1.1),
        unsaid(1.9),
        ok(2.5),
    ],
    "the others are ended, not this one": [
        *BEGIN,
        begun("s2", 0.7),
        event("revoke_others", 1.0, session="s2"),
        no(1.2),
        ok(1.3, session="s2"),
    ],
    "not those that began later": [
        *BEGIN,
        event("revoke_others", 1.0),
        begun("s2", 1.5),
        ok(2.0, session="s2"),
    ],
    "those that began meanwhile: either": [
        *BEGIN,
        event("revoke_others", 1.0, took=0.2),
        begun("s2", 1.05),
        ok(2.0, session="s2"),
    ],
    "one of them, by its name": [
        *BEGIN,
        begun("s2", 0.7),
        event("revoke_one", 1.0, session="s2", victim="s1"),
        no(1.2),
        ok(1.3, session="s2"),
    ],
    "a dead session ends nothing": [
        *BEGIN,
        begun("s2", 0.7),
        OUT,
        event("revoke_others", 1.2, 401),
        ok(1.3, session="s2"),
    ],
    "a wrong password is no end": [
        *BEGIN,
        event("password", 1.0, 401, code="wrong_password"),
        ok(1.2),
    ],
    "idle": [begun(**LATE), ok(1.0), no(4.1), no(9.0)],
    "idle, with the grace of late activity": [begun(**LATE), ok(1.0), ok(5.9)],
    "idle, for one node and not for the other": [
        begun(**LATE),
        ok(1.0),
        ok(4.9),
        no(5.0, "n2"),
        ok(5.5, "n2"),
    ],
    "likewise when it was never used": [begun(**LATE), no(4.5), ok(4.9, "n2")],
    "a use that nobody answered may have been none": [
        begun(**LATE),
        fault(2.0, 2.5, "n1"),
        event("check", 2.2, CLOSED),
        no(4.0),
        ok(4.5, "n2"),
    ],
    "a use that died with its gateway": [
        begun(**LATE),
        ok(1.0),
        ok(2.0, "n2"),
        fault(2.1, 3.0, "redis", "sql", "n2"),
        no(4.2),
    ],
    "the absolute end": [begun(ends=3.0), ok(2.9), no(3.0)],
    "rights change": [
        *BEGIN,
        by_operator("profile", 1.0, **{**PROFILE, "role": "admin"}),
        ok(1.05),
        ok(1.2, "n2", role="admin"),
    ],
    "perhaps": [
        *BEGIN,
        by_operator("profile", 1.0, UNSURE, **{**PROFILE, "role": "admin"}),
        ok(1.2, role="admin"),
        ok(1.4, "n2"),
    ],
    "a node is killed": [*BEGIN, fault(1.0, 2.0, "n1"), event("check", 1.1, CLOSED), ok(3.0)],
    "a node is frozen": [
        *BEGIN,
        fault(1.0, 3.0, "n1"),
        event("check", 1.1, 204, took=1.95, **SHOWN),
    ],
    "a starved client is slow": [
        *BEGIN,
        Event("stall", start=1.0, end=1.3),
        event("check", 1.0, 204, took=1.5, **SHOWN),
    ],
    "disabled, enabled": [
        *BEGIN,
        by_operator("disable", 1.0),
        no(1.2),
        event("login", 1.3, 401, session="", **SECRET),
        by_operator("enable", 2.0),
        begun("s2", 2.5, **SECRET),
        ok(2.6, session="s2"),
    ],
    "a new password": [
        begun(**SECRET),
        event("password", 1.0, fresh="s2", current="p1", fresh_password="p2"),
        begun("s2", 1.0, password="p2"),
        ok(1.2, session="s2"),
        no(1.3),
        event("login", 1.5, 401, session="", **SECRET),
    ],
    "behind the back, while SQL cannot be read": [
        *BEGIN,
        fault(1.1, 3.0, "sql"),
        by_operator("disable", 1.0, direct=True),
        ok(3.5),
        no(6.1),
    ],
    "not what was changed there": [
        *BEGIN,
        by_operator("disable", 1.0, direct=True),
        no(2.2),
        event("audit", 5.0, row="live"),
    ],
    "all is in the database": [
        *BEGIN,
        begun("s2"),
        OUT,
        event("audit", 5.0, row="revoked"),
        event("audit", 5.0, session="s2", row="live"),
    ],
}
