# SPDX-License-Identifier: Apache-2.0
"""What happened in a run: who did what, when it began, when the answer was there, and what it said.

All processes stamp their events with CLOCK_MONOTONIC, which is one clock for the whole machine. `start` is taken before the
request is sent and `end` after its answer has been read, so whatever the gateway did lies between them.

    check, logout …  something a client or an operator did; `result` is an HTTP status, for the command line DONE or UNSURE
    user, profile    what is true of a user: from the beginning, and after a change
    audit            what the authority says about a session when all is quiet: facts["row"] is live, revoked or absent
    fault            something was out of order from `start` to `end`: facts["hits"] names what (redis, sql, a node)
    stall            the machine had no time for us: see canary.py"""

import bisect
import time
import typing

DONE, UNSURE = 200, 503  # an operator's command: it was recorded; nobody knows
NOT_CONFIRMED = "not_confirmed"  # fact `code` of an answer 503: it was recorded, and some gateways may not know yet
CLOSED, TIMED_OUT = 0, -1  # no answer: the connection was closed; the client's patience ended

now = time.monotonic


class Event(typing.NamedTuple):
    op: str
    session: str = ""  # the stored id of the session that acts or is asked about
    user: str = ""  # UUID
    context: str = ""
    node: str = ""  # which gateway answered; empty: an operator
    start: float = 0.0
    end: float = 0.0
    result: int = 0
    facts: typing.Optional[dict] = None

    def fact(self, name, default=None):
        return (self.facts or {}).get(name, default)

    def told(self, origin=0.0):
        """One line, with times in milliseconds since `origin`."""
        words = [
            f"{(self.start - origin) * 1000:10.1f} … {(self.end - origin) * 1000:10.1f} ms",
            f"{self.op:<14}",
            f"{self.result:>4}"
            if self.op not in ("fault", "stall", "user", "profile", "audit")
            else "    ",
        ]
        words += [
            self.node or "-",
            f"session {self.session[:8]}" if self.session else "",
            f"user {self.user[:8]}" if self.user else "",
        ]
        words += [
            f"{name}={value}"
            for name, value in (self.facts or {}).items()
            if name not in ("password", "current")
        ]
        return "  ".join(filter(None, words))


class Recorder(list):
    """The events of one thread of one process. A list, so that it can be sent as it is."""

    def note(self, op, start, result=DONE, **more):
        """Something that began at `start` and has just ended; what is no field of Event is a fact."""
        fields = {
            name: more.pop(name) for name in ("session", "user", "context", "node") if name in more
        }
        event = Event(
            op,
            start=start,
            end=more.pop("end", None) or now(),
            result=result,
            facts=more or None,
            **fields,
        )
        self.append(event)
        return event


class Spans:
    """Stretches of time, with something that is true of each."""

    def __init__(self):
        self.begins, self.spans, self.longest = [], [], 0.0

    def add(self, start, end, what=None):
        at = bisect.bisect(self.begins, start)
        self.begins.insert(at, start)
        self.spans.insert(at, (start, end, what))
        self.longest = max(self.longest, end - start)

    def meeting(self, start, end):
        """Those that have a moment in common with start … end."""
        last = bisect.bisect_right(self.begins, end)
        first = bisect.bisect_left(self.begins, start - self.longest)
        return [span for span in self.spans[first:last] if span[1] >= start]

    def shared(self, start, end):
        """How long they overlap with start … end, in all; nothing if that ends before it starts."""
        return sum(
            max(0.0, min(end, span[1]) - max(start, span[0])) for span in self.meeting(start, end)
        )
