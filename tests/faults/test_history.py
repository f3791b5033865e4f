# SPDX-License-Identifier: Apache-2.0
# Goal: the checker finds every kind of broken promise in a history, says which it is and shows the events that prove it; and it
# accuses nobody of what the promises allow.

import itertools

import pytest

from broken_histories import BAD
from checker import Checker, check
from histories import BEGIN, GOOD, OUT, begun, no, ok
from history import Spans


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
