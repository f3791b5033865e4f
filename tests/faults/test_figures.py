# SPDX-License-Identifier: Apache-2.0
# Goal: the figures of a run are what they say they are: counted under faults or not, by what was out of order, and without what happened
# while the machine had no time.
import pytest

from checker import Checker
from excuses import Terms
from figures import BY_HAND, BY_HAND_BLIND, CUT_OFF, ELSE, WELL, Samples
from history import CLOSED, Event
from histories import BEGIN, OUT, begun, by_operator, event, fault, no, ok


def figures(*events, near=0.5):
    checker = Checker(Terms(near=near))
    assert not checker.feed([*BEGIN, *events])
    return checker.figures


def lags(found):
    return {
        kind: sorted(round(lag, 3) for lag in samples.values)
        for kind, samples in found.lags.items()
        if len(samples.values)
    }


def test_lag():
    """The last yes of each other node, from the acknowledgement on; none where the first answer was no."""
    found = figures(
        OUT, no(1.02), ok(1.05, "n2"), ok(1.11, "n2"), no(1.13, "n2"), no(1.2, "n3"), no(1.3, "n3")
    )
    assert lags(found) == {WELL: [0.0, 0.1]}


@pytest.mark.parametrize(
    "what, kind",
    [
        (fault(0.9, 1.2), WELL),
        (fault(0.9, 1.2, "sql"), ELSE),
        (fault(0.9, 1.2, "n3"), ELSE),
        (fault(0.9, 1.2, "redis"), CUT_OFF),
        (fault(0.9, 1.2, "sql", "redis"), CUT_OFF),
        (fault(0.9, 1.2, "n2"), CUT_OFF),
        (fault(-2.0, -1.2, "redis"), WELL),
    ],
)
def test_what_was_out_of_order(what, kind):
    assert lags(figures(what, OUT, ok(1.11, "n2"), no(1.13, "n2"))) == {kind: [0.1]}


def test_by_hand():
    ending = by_operator("disable", 1.0, direct=True)
    for store, kind in (("redis", BY_HAND), ("sql", BY_HAND_BLIND)):
        assert lags(figures(fault(0.9, 1.2, store), ending, ok(1.11, "n2"), no(1.13, "n2"))) == {
            kind: [0.1]
        }


def test_what_the_machine_did_is_left_out():
    found = figures(Event("stall", start=1.06, end=1.1), OUT, ok(1.11, "n2"), no(1.13, "n2"))
    assert (
        not lags(found)
        and found.lags[WELL].left_out == 1
        and round(found.lags[WELL].longest_left_out, 3) == 0.1
    )
    assert len(found.answers["check"].values) == 2 and found.answers["check"].left_out == 2


def test_counts():
    found = figures(
        begun("s2", 0.7),
        begun("s3", 0.7),
        fault(1.5, 1.6, "sql"),
        fault(9.0, 9.1),
        OUT,
        no(1.1),
        no(3.0),
        event("logout", 3.1, session="s2"),
        event("logout", 3.2, session="s2"),
        event("logout", 9.0, session="s3"),
        event("check", 9.1, 401, session="s3"),
    )
    assert found.ended == {"all": 3, "faults": 1, "asked about": 2}
    assert found.checks == {"all": 5, "faults": 1}  # 3.0 is after the fault, and not yet settled


def test_only_a_gateway_that_is_there_answers():
    found = figures(
        fault(1.0, 3.0, "n2"),
        event("check", 1.1, CLOSED, node="n2"),
        ok(2.9, "n2", end=2.95),
        ok(2.0),
    )
    assert found.checks["all"] == 4 and len(found.answers["check"].values) == 3


def test_sessions_that_nobody_asked_for_are_no_answers():
    found = figures(
        begun("s2", 0.7, node=""), begun("s3", 1.0, asked=False), begun("s4", 1.0), near=0.5
    )
    assert len(found.answers["login"].values) == 2  # of BEGIN, and s4


def test_an_end_counts_once_over_pieces():
    checker = Checker()
    for piece in ([*BEGIN, OUT], [no(2.0, "n2"), event("logout", 2.5, session="s1")], [no(3.0)]):
        assert not checker.feed(piece)
    assert checker.figures.ended["all"] == 1


def test_percentiles():
    samples = Samples()
    assert samples.told(0.5) is None
    for value in range(1000, 0, -1):
        samples.add(value / 1000)
    assert samples.told(0.5, 0.99, 0.999, 1.0) == pytest.approx([501, 991, 1000, 1000])


def test_report_counts_what_was_broken():
    checker = Checker()
    assert checker.feed(
        [*BEGIN, OUT, no(1.02), ok(1.3, "n2"), ok(1.4, "n2"), ok(1.5, "n2", session="s9")]
    )
    lines = {line[16:40].strip(): line.split()[-2:] for line in checker.figures.report()}
    assert lines["accepted after its end"] == ["2", "0"] and lines["401 for a live session"] == [
        "0",
        "0",
    ]
