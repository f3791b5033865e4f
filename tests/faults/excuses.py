# SPDX-License-Identifier: Apache-2.0
"""What is promised, in seconds, and what may excuse an answer that is late or not known: faults, and a machine without time for us."""

import dataclasses

from lives import Lives

DEADLINES = {
    "check": 0.5,
    "logout": 2.0,
    "revoke_one": 2.5,
    "revoke_others": 2.5,
    "login": 2.5,
    "password": 3.0,
}


@dataclasses.dataclass(frozen=True)
class Terms:
    """What is promised, in seconds."""

    near: float = 0.1  # until every other node refuses an ended session
    # The same while Redis is cut off, or the change was made behind the gateways' backs.
    far: float = 1.0
    settle: float = 2.0  # so long after a fault all is as before it
    idle_grace: float = 2.0  # how late activity may be known: touch interval and flush interval
    clock: float = 0.02  # how exactly an end is known here
    deadlines: dict = dataclasses.field(default_factory=lambda: dict(DEADLINES))
    slack: float = 0.25  # of every deadline: the client is a process among others
    starved: float = 3.0


class Excuses(Lives):
    """The sessions of a history, and how long after an event a gateway may not know of it."""

    def __init__(self, terms=None):
        super().__init__()
        self.terms = terms or Terms()

    def starved(self, start, end):
        return self.terms.starved * self.stalls.shared(start, end)

    def faults_between(self, start, end):
        return [span[2] for span in self.faults.meeting(start - self.terms.settle, end)]

    def bound(self, ending, event):
        """How long after the acknowledgement this node may still take the session for a live one."""
        end = ending.event
        if end.node and end.node == event.node:
            return 0.0
        if not ending.confirmed:
            return (
                self.healed(end, event.start)
                - end.end
                + self.terms.far
                + self.starved(end.end, event.start)
            )
        if end.fact("direct"):  # only SQL tells of it, as soon as it can be read
            blind = [
                span
                for span in self.faults.meeting(end.start - self.terms.settle, event.start)
                if "sql" in span[2].fact("hits")
            ]
            return (
                self.terms.far
                + sum(b - a + self.terms.settle for a, b, _ in blind)
                + self.starved(end.end, event.start)
            )
        return (self.terms.far if self.away(ending, event) else self.terms.near) + self.starved(
            end.end, event.start
        )

    def healed(self, end, until):
        """When all that was out of order at an end had been put right: faults that follow one another closely count as one."""
        moment = end.end
        for start, over, fault in self.faults.meeting(end.start - self.terms.settle, until):
            if fault.fact("hits") and start <= moment + self.terms.far:
                moment = max(moment, over)
        return moment

    def away(self, ending, event):
        """Whether Redis, or the gateway that was asked, may have been cut off meanwhile."""
        return any(
            hit in ("redis", event.node)
            for fault in self.faults_between(ending.event.start, event.start)
            for hit in fault.fact("hits")
        )

    def used(self, life):
        """The latest use that is certainly known: of what a gateway tells the stores late, a part may be lost if it dies while one of
        them is away."""
        return max(
            (use.start for use in life.uses if not self.may_be_lost(use)), default=life.login.start
        )

    def may_be_lost(self, use):
        hits = [
            fault.fact("hits")
            for _, _, fault in self.faults.meeting(use.start, use.end + self.terms.idle_grace)
        ]
        return any(use.node in hit and ("redis" in hit or "sql" in hit) for hit in hits)

    def grace(self, start, end):
        """Activity that could not be written is judged with the outage as grace, which ends a minute after it."""
        outages = [
            (a, b)
            for a, b, fault in self.faults.meeting(start - 60.0, end)
            if fault.fact("hits") != ["redis"]
        ]
        return self.terms.idle_grace + sum(b - a for a, b in outages) + self.starved(start, end)
