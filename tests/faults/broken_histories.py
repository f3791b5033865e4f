# SPDX-License-Identifier: Apache-2.0
"""Histories that break a promise: the rule, what is said of it, and the events."""

from histories import (
    BEGIN,
    KNOWN,
    LATE,
    OTHER,
    OUT,
    PROFILE,
    RECORDED,
    SECRET,
    SHOWN,
    begun,
    by_operator,
    event,
    fault,
    no,
    ok,
    unsaid,
)
from history import CLOSED, TIMED_OUT, UNSURE


BAD = {
    "ended here": (
        "ended",
        "10.0 ms after the end of the session was acknowledged (logout)",
        [*BEGIN, OUT, ok(1.02)],
    ),
    "ended elsewhere": ("ended", "acknowledged (logout)", [*BEGIN, OUT, ok(1.13, "n2")]),
    "ended, without Redis": (
        "ended",
        "acknowledged (logout)",
        [*BEGIN, fault(0.9, 4.0, "redis"), OUT, ok(2.1, "n2")],
    ),
    "without SQL the bound is as short": (
        "ended",
        "acknowledged",
        [*BEGIN, fault(0.9, 4.0, "sql"), OUT, ok(1.2, "n2")],
    ),
    "it came back": (
        "ended",
        "acknowledged (logout)",
        [*BEGIN, OUT, no(1.02), no(1.2, "n2"), ok(60.0, "n2")],
    ),
    "back after an attempt": (
        "ended",
        "after a 401 of the same session",
        [*BEGIN, fault(0.9, 1.4, "sql"), event("logout", 1.0, 503), no(1.5), ok(1.6)],
    ),
    "and elsewhere": (
        "ended",
        "after a 401 of the same session",
        [*BEGIN, fault(0.9, 1.4, "sql"), event("logout", 1.0, 503), no(1.5), ok(9.0, "n2")],
    ),
    "recorded, here": (
        "ended",
        "acknowledged (logout)",
        [*BEGIN, fault(0.9, 4.0, "sql", "redis"), RECORDED, ok(1.1)],
    ),
    "recorded, elsewhere, when all is well": (
        "ended",
        "acknowledged (logout)",
        [*BEGIN, fault(0.9, 4.0, "sql"), RECORDED, ok(3.0, "n2"), ok(5.1, "n2")],
    ),
    "recorded, and another fault later": (
        "ended",
        "acknowledged (logout)",
        [*BEGIN, fault(0.9, 2.0, "sql"), fault(5.0, 7.0, "sql"), RECORDED, ok(5.5, "n2")],
    ),
    "recorded, and lost": (
        "lost",
        "an end that was acknowledged",
        [*BEGIN, fault(0.9, 2.0, "sql"), RECORDED, event("audit", 9.0, row="live")],
    ),
    "rights, recorded": (
        "identity",
        "another profile",
        [
            *BEGIN,
            fault(0.9, 2.0, "sql"),
            by_operator(
                "profile", 1.0, UNSURE, code="not_confirmed", **{**PROFILE, "role": "admin"}
            ),
            ok(2.5),
            ok(3.2),
        ],
    ),
    "others": (
        "ended",
        "(revoke_others)",
        [*BEGIN, begun("s2", 0.7), event("revoke_others", 1.0, session="s2"), ok(1.2)],
    ),
    "all by password": (
        "ended",
        "(password)",
        [*BEGIN, begun("s2", 0.7), event("password", 1.0, session="s2", current="p1"), ok(1.2)],
    ),
    "by an operator": ("ended", "(disable)", [*BEGIN, by_operator("disable", 1.0), ok(1.2)]),
    "behind the back": (
        "ended",
        "(disable)",
        [*BEGIN, by_operator("disable", 1.0, direct=True), ok(1.9), ok(2.1)],
    ),
    "behind the back, with SQL": (
        "ended",
        "(disable)",
        [*BEGIN, fault(1.1, 1.5, "redis"), by_operator("disable", 1.0, direct=True), ok(2.3)],
    ),
    "one by an operator": (
        "ended",
        "(admin_revoke)",
        [*BEGIN, by_operator("admin_revoke", 1.0, victim="s1"), ok(1.2)],
    ),
    "all by an operator": (
        "ended",
        "(admin_revoke)",
        [*BEGIN, by_operator("admin_revoke", 1.0, all=True), ok(1.2)],
    ),
    "a dead session acts": ("ended", "(logout)", [*BEGIN, OUT, event("revoke_others", 1.2)]),
    "a login outlives disabling": (
        "ended",
        "(disable)",
        [
            begun("s0"),
            by_operator("disable", 1.0, took=0.2),
            event("login", 0.9, took=0.2, **SECRET),
            ok(1.5, handle="h"),
        ],
    ),
    "a login outlives the password": (
        "ended",
        "(password)",
        [
            begun("s0"),
            event("password", 1.0, took=0.2, session="s0", current="p1", fresh="s9"),
            event("login", 1.1, took=0.2, **SECRET),
            ok(1.6, handle="h"),
        ],
    ),
    "a disabled user signs in": (
        "ended",
        "a disabled user has signed in",
        [by_operator("disable", 1.0), begun(at=2.0, **SECRET)],
    ),
    "idle": ("expired", "without use, 3.0 s are allowed", [begun(**LATE), ok(1.0), ok(6.1)]),
    "absolute": ("expired", "past the absolute end", [begun(ends=3.0), ok(2.0), ok(3.1)]),
    "another user": ("identity", "says another who", [*BEGIN, ok(1.0, who=OTHER)]),
    "another context": ("identity", "another where", [*KNOWN, ok(1.0, where="admin")]),
    "another handle": ("identity", "another handle", [*BEGIN, ok(1.0, handle="h-s2")]),
    "another end": ("identity", "another expires", [*BEGIN, ok(1.0, expires="100")]),
    "two handles of a login": (
        "identity",
        "another handle",
        [begun(handle=""), ok(1.0), ok(1.1, handle="h-s2")],
    ),
    "foreign rights": ("identity", "another profile", [*BEGIN, ok(1.0, permissions="a b c")]),
    "rights of before": (
        "identity",
        "another profile",
        [*BEGIN, by_operator("profile", 1.0, **{**PROFILE, "role": "admin"}), ok(1.2)],
    ),
    "rights come back": (
        "identity",
        "another profile",
        [
            *BEGIN,
            by_operator("profile", 1.0, **{**PROFILE, "role": "admin"}),
            by_operator("profile", 2.0, **{**PROFILE, "role": "boss"}),
            ok(2.2, role="admin"),
        ],
    ),
    "a false 401": ("refused", "401 for a live session", [*BEGIN, no(1.0)]),
    "a false 401 in an outage": (
        "refused",
        "401 for a live session",
        [*BEGIN, fault(0.9, 2.0, "sql", "redis", "n1"), no(1.0)],
    ),
    "a false 401 before the end": ("refused", "401 for a live session", [*BEGIN, no(0.9), OUT]),
    "a false 401 while in use": (
        "refused",
        "401 for a live session",
        [begun(**LATE), ok(2.0), no(4.9)],
    ),
    "a false 401 after the end of a gateway": (
        "refused",
        "401 for a live session",
        [begun(**LATE), ok(1.0), fault(1.9, 3.0, "n2"), ok(2.0, "n2"), no(4.2)],
    ),
    "a false 401 elsewhere": (
        "refused",
        "401 for a live session",
        [*BEGIN, event("revoke_others", 1.0, 401)],
    ),
    "the other user's end": (
        "refused",
        "401 for a live session",
        [*BEGIN, begun("s2", user=OTHER), event("logout", 1.0, session="s2", user=OTHER), no(1.5)],
    ),
    "a login is lost": (
        "lost",
        "is not in the database",
        [*BEGIN, event("audit", 5.0, row="absent")],
    ),
    "an end is lost": (
        "lost",
        "an end that was acknowledged",
        [*BEGIN, OUT, event("audit", 5.0, row="live")],
    ),
    "an end from nowhere": (
        "lost",
        "that nobody ended",
        [*BEGIN, event("audit", 5.0, row="revoked")],
    ),
    "nobody knows it": (
        "lost",
        "is not found",
        [*BEGIN, begun("s2"), event("revoke_one", 1.0, 404, session="s2", victim="s1")],
    ),
    "a password is lost": (
        "lost",
        "the right password is refused",
        [
            event("password", 1.0, current="p1", fresh_password="p2"),
            event("login", 2.0, 401, session="", password="p2"),
        ],
    ),
    "a password comes back": (
        "lost",
        "that was replaced",
        [
            event("password", 1.0, current="p1", fresh_password="p2"),
            begun("s2", 2.0, password="p1"),
        ],
    ),
    "enabling is lost": (
        "lost",
        "the right password",
        [
            by_operator("disable", 1.0),
            by_operator("enable", 2.0),
            event("login", 3.0, 401, session="", **SECRET),
        ],
    ),
    "late": (
        "late",
        "took 800 ms, the deadline is 500 ms",
        [*BEGIN, event("check", 1.0, 204, took=0.8, **SHOWN)],
    ),
    "late in an outage": (
        "late",
        "took 900 ms",
        [*BEGIN, fault(0.9, 3.0, "redis", "sql"), event("check", 1.0, 503, took=0.9)],
    ),
    "no answer": ("answer", "closed without an answer", [*BEGIN, event("check", 1.0, CLOSED)]),
    "none at all": (
        "answer",
        "no answer at all",
        [*BEGIN, fault(0.9, 3.0, "redis"), event("check", 1.0, TIMED_OUT)],
    ),
    "a command hangs": (
        "answer",
        "the command did not end",
        [*KNOWN, by_operator("enable", 1.0, TIMED_OUT, took=60.0)],
    ),
    "a command crashes": (
        "answer",
        "the command crashed",
        [*KNOWN, by_operator("enable", 1.0, CLOSED)],
    ),
    "a strange answer": ("answer", "check does not answer 500", [*BEGIN, event("check", 1.0, 500)]),
    "no page for a check": (
        "answer",
        "check does not answer 303",
        [*BEGIN, event("check", 1.0, 303)],
    ),
    "unknown for no reason": (
        "unknown",
        "503 though nothing was out of order",
        [*BEGIN, unsaid(1.0)],
    ),
    "unknown without Redis": (
        "unknown",
        "503 though SQL was well",
        [*BEGIN, fault(0.9, 3.0, "redis"), unsaid(1.0)],
    ),
    "unknown on another node": (
        "unknown",
        "503 though SQL was well",
        [*BEGIN, fault(0.9, 3.0, "n1"), unsaid(1.0, "n2")],
    ),
    "unknown long after": (
        "unknown",
        "503 though nothing",
        [*BEGIN, fault(1.0, 2.0, "sql"), unsaid(4.2)],
    ),
}
