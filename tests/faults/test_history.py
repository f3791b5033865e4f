# SPDX-License-Identifier: Apache-2.0
# Goal: the checker finds every kind of broken promise in a history, says which it is and shows the events that prove it; and it
# accuses nobody of what the promises allow.
import itertools

import pytest

from checker import Checker, Terms, check
from history import CLOSED, DONE, TIMED_OUT, UNSURE, Event, Spans

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


@pytest.mark.parametrize("history", GOOD.values(), ids=GOOD)
def test_what_is_allowed(history):
    assert [str(violation) for violation in check(history)] == []


@pytest.mark.parametrize("rule, message, history", BAD.values(), ids=BAD)
def test_what_is_not(rule, message, history):
    """Exactly the last event but faults is wrong: it is shown, and what came before is not."""
    found = check(history)
    assert [violation.rule for violation in found] == [rule], found
    assert message in found[0].message
    assert "ms  " in str(found[0]) and len(found[0].events) >= 1


@pytest.mark.parametrize("rule, message, history", BAD.values(), ids=BAD)
def test_the_order_in_which_it_is_told_does_not_matter(rule, message, history):
    """Several processes write one history."""
    assert [violation.rule for violation in check(list(reversed(history)))] == [rule], message


@pytest.mark.parametrize("history", [*GOOD.values(), *(history for _, _, history in BAD.values())])
def test_in_pieces_it_is_the_same(history):
    """Cut wherever nothing is under way."""
    whole = [violation.rule for violation in check(history)]
    ordered = sorted(history, key=lambda event: event.start)
    for at in range(1, len(ordered)):
        if max(one.end for one in ordered[:at]) > ordered[at].start - 0.001:
            continue
        checker = Checker()
        found = [
            violation.rule
            for piece in (ordered[:at], ordered[at:])
            for violation in checker.feed(piece)
        ]
        # A fault that is told late excuses what came before; pieces are cut where nothing was out of order.
        assert found == whole or any(one.op in ("fault", "stall") for one in ordered), at


def test_a_violation_shows_what_proves_it():
    (found,) = check([*BEGIN, OUT, no(1.02), ok(1.3, "n2"), begun("s2"), ok(0.5, session="s2")])
    assert [one.op for one in found.events] == ["login", "logout", "check"]
    lines = str(found).splitlines()
    assert lines[0].startswith("ended: accepted 290.0 ms after") and len(lines) == 4
    assert "1000.0 …     1010.0 ms  logout" in lines[2] and "n1  session s1" in lines[2]
    assert "p1" not in str(check(BAD["a password comes back"][2])[0])


def test_spans():
    spans = Spans()
    for start, end in ((5.0, 6.0), (1.0, 9.0), (7.0, 7.5)):
        spans.add(start, end, start)
    for moment, expected in itertools.chain(
        [(0.5, []), (9.5, [])], [(6.5, [1.0]), (5.5, [1.0, 5.0]), (7.1, [1.0, 7.0])]
    ):
        assert [what for _, _, what in spans.meeting(moment, moment)] == expected
    assert spans.shared(4.0, 3.0) == 0.0
    assert spans.shared(0.0, 2.0) == 1.0 and spans.shared(5.5, 7.2) == pytest.approx(
        1.7 + 0.5 + 0.2
    )
