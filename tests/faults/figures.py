# SPDX-License-Identifier: Apache-2.0
"""What a run has measured, each number beside its aim. Pure. What was under way while the machine had no time (canary.py) is counted, and
left out of percentiles: it says nothing of a gateway."""

import array
import collections

from lives import REQUESTS

CHECKS, ENDS = 1_000_000, 10_000  # how many, under faults, a long run should come to
WELL, ELSE, CUT_OFF, BY_HAND = (
    "nothing out of order",
    "something was, Redis was not",
    "Redis cut off, or that gateway",
    "changed in SQL by hand",
)
BY_HAND_BLIND = "likewise, and SQL was away"
RULES = {
    "refused": "401 for a live session",
    "identity": "taken for somebody else",
    "ended": "accepted after its end",
    "expired": "accepted after its time",
    "lost": "acknowledged and lost",
    "late": "later than the deadline",
    "answer": "no answer, or a wrong one",
    "unknown": "503 without a reason",
}


class Samples:
    """Durations, in seconds; told in milliseconds."""

    def __init__(self):
        self.values, self.left_out, self.longest_left_out = array.array("d"), 0, 0.0

    def add(self, value, starved=False):
        if starved:
            self.left_out, self.longest_left_out = self.left_out + 1, max(
                self.longest_left_out, value
            )
        else:
            self.values.append(value)

    def told(self, *shares):
        """The value below which so much of all is; for 1 the largest."""
        values = sorted(self.values)
        return (
            [1000 * values[min(len(values) - 1, int(len(values) * share))] for share in shares]
            if values
            else None
        )


class Figures:
    """`judge` is the checker: it knows of faults, stalls and bounds."""

    def __init__(self, judge):
        self.judge = judge
        self.checks, self.ended = collections.Counter(), collections.Counter()
        self.lags = collections.defaultdict(
            Samples
        )  # how long another node still accepted an ended session
        self.answers = collections.defaultdict(Samples)

    def under_fault(self, start, end):
        """ "nothing" is a fault, too: one that hits nothing."""
        return any(fault.fact("hits") for fault in self.judge.faults_between(start, end))

    def starved(self, start, end):
        return bool(self.judge.stalls.meeting(start - 0.05, end))

    def take(self, events):
        for event in events:
            if (
                event.op in REQUESTS
                and event.result > 0
                and event.node
                and event.fact("asked", True)
            ):
                self.take_answer(event)
        self.take_ends(events)

    def take_answer(self, event):
        faults = self.judge.faults_between(event.start, event.end)
        if event.op == "check":
            self.checks["all"] += 1
            self.checks["faults"] += any(fault.fact("hits") for fault in faults)
        if not any(event.node in fault.fact("hits") for fault in faults):
            self.answers[event.op].add(
                event.end - event.start, self.starved(event.start, event.end)
            )

    def take_ends(self, events):
        first = {life.login.session: life.end_known() for life in self.judge.ended}
        self.ended["all"] += len(first)
        self.ended["faults"] += sum(
            self.under_fault(ending.event.start, ending.acknowledged) for ending in first.values()
        )
        self.follow(events, first)

    def follow(self, events, first):
        """`first`: how each session ended. Per node that was asked afterwards, the last time that it said yes."""
        last, asked = {}, set()
        for event in events:
            ending = first.get(event.session)
            if (
                ending
                and event.op == "check"
                and event.result in (204, 401)
                and event.start > ending.acknowledged
            ):
                asked.add(event.session)
                if event.node != ending.event.node:
                    known = last.get((event.session, event.node))
                    last[event.session, event.node] = (
                        event if known is None or event.result == 204 else known
                    )
        self.ended["asked about"] += len(asked)
        for (session, _), event in last.items():
            ending = first[session]
            lag = event.start - ending.acknowledged if event.result == 204 else 0.0
            self.lags[self.kind(ending, event)].add(
                lag, self.starved(ending.event.start, event.end)
            )

    def kind(self, ending, event):
        if ending.event.fact("direct"):
            blind = any(
                "sql" in fault.fact("hits")
                for fault in self.judge.faults_between(ending.event.start, event.start)
            )
            return BY_HAND_BLIND if blind else BY_HAND
        if self.judge.away(ending, event):
            return CUT_OFF
        return ELSE if self.under_fault(ending.event.start, event.start) else WELL

    # The report.

    def report(self):
        violations = {rule: self.judge.counts["violation", rule] for rule in RULES}
        yield row("", "", "number", "aim, long run")
        yield row("checks answered", "", self.checks["all"])
        for status in (204, 401, 503):
            yield row("", str(status), self.judge.counts["check", status])
        yield row("", "under faults", self.checks["faults"], f">= {CHECKS}")
        yield row("sessions ended", "", self.ended["all"])
        yield row("", "under faults", self.ended["faults"], f">= {ENDS}")
        yield row("", "asked about afterwards", self.ended["asked about"])
        for rule, words in RULES.items():
            yield row("broken promises" if rule == "refused" else "", words, violations[rule], 0)
        yield from self.lag_rows()
        yield from self.answer_rows()
        stalls = self.judge.stalls.spans
        samples = [*self.lags.values(), *self.answers.values()]
        yield (
            f"the machine had no time {len(stalls)} times, {sum(end - start for start, end, _ in stalls):.1f} s in all; "
            f"{sum(one.left_out for one in samples)} times left out, up to {max([0, *(one.longest_left_out for one in samples)]) * 1000:.0f} ms"
        )

    def lag_rows(self):
        terms = self.judge.terms
        yield timing(
            "an end is seen by another node, ms",
            "times",
            "p50",
            "p99",
            "p99.9",
            "most",
            "aim of p99.9",
        )
        for kind, aim in (
            (WELL, terms.near),
            (ELSE, terms.near),
            (CUT_OFF, terms.far),
            (BY_HAND, terms.far),
            (BY_HAND_BLIND, 0.0),
        ):
            yield timed(f"  {kind}", self.lags[kind], aim)

    def answer_rows(self):
        yield timing("answers, ms", "times", "p50", "p99", "p99.9", "longest", "deadline")
        for op in sorted(self.answers):
            yield timed(f"  {op}", self.answers[op], self.judge.terms.deadlines.get(op, 0.0))


def row(left, words, *numbers):
    return f"{left:<16}{words:<24}" + "".join(f"{number:>14}" for number in numbers)


def timing(words, times, *numbers):
    return (
        f"{words:<38}{times:>9}"
        + "".join(f"{number:>10}" for number in numbers[:-1])
        + f"{numbers[-1]:>14}"
    )


def timed(words, samples, aim):
    told = samples.told(0.5, 0.99, 0.999, 1.0)
    return timing(
        words,
        len(samples.values),
        *([f"{value:.1f}" for value in told] if told else ["-"] * 4),
        f"<= {aim * 1000:.0f}" if aim else "",
    )
