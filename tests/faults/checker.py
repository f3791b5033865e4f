# SPDX-License-Identifier: Apache-2.0
"""Judges a history: does what the clients saw keep what the gateway promises? Pure, and knows nothing of how it is built.

    ended     no 204 to a check that started after the end of its session was acknowledged (plus the bound, on other nodes), nor
              after a 401 of the same session, whatever that 401 was for. An end that was recorded and not confirmed counts on the
              node that said so, and on the others when nothing has been out of order for the longer bound
    expired   no 204 past the idle or the absolute end. Used again in between the idle end and its grace, a session may be taken
              either way from then on: activity travels slowly
    identity  a 204 says exactly whose session it is, in which context, with which rights, under which handle
    refused   no 401 for a live session. Live: from the acknowledgement of the login until the first attempt to end it starts
    lost      what was acknowledged stays: logins, ends of sessions, passwords
    late      every answer comes within its deadline
    answer    every request has an answer, and only such as its operation knows
    unknown   503 only while, or shortly after, something besides Redis was out of order

A history can be judged in pieces: everything of one piece must have ended before the next one begins.

A machine without time for us accuses nobody: the canary (canary.py) notes when it had to wait for a processor, and what was
under way meanwhile may take `starved` times as long as it waited."""

import collections
import dataclasses

from excuses import Excuses
from figures import Figures
from history import CLOSED, TIMED_OUT
from lives import Ending, accepted, recorded, refused, succeeded

STATUSES = {
    "check": {204, 401, 503},
    "logout": {200, 303, 503},
    "login": {200, 303, 401, 503},
    "revoke_one": {200, 303, 401, 404, 503},
    "revoke_others": {200, 303, 401, 503},
    "password": {200, 303, 401, 503},
}
COMMANDS = {"disable", "enable", "admin_revoke", "profile"}


@dataclasses.dataclass
class Violation:
    rule: str
    message: str
    events: list

    def __str__(self):
        origin = min(event.start for event in self.events)
        return "\n".join(
            [
                f"{self.rule}: {self.message}",
                *(
                    f"    {event.told(origin)}"
                    for event in sorted(self.events, key=lambda e: e.start)
                ),
            ]
        )


class Checker(Excuses):
    def __init__(self, terms=None):
        super().__init__(terms)
        self.counts = collections.Counter()
        self.figures = Figures(self)
        self.violations, self.accused = [], set()

    def feed(self, events):
        """Judges the next piece; what is wrong with it."""
        before = len(self.violations)
        events = sorted(events, key=lambda event: event.start)
        self.take(events)
        for event in events:
            self.counts[event.op, event.result] += 1
            if event.op in STATUSES:
                self.judge_answer(event)
            elif event.op in COMMANDS and event.result in (CLOSED, TIMED_OUT):
                self.accuse(
                    "answer",
                    "the command did not end"
                    if event.result == TIMED_OUT
                    else "the command crashed",
                    event,
                )
            if event.session in self.lives:
                self.judge_session(event)
            if event.op == "login":
                self.judge_login(event)
        self.figures.take(events)
        return self.violations[before:]

    def accuse(self, rule, message, *events):
        """Once for each rule and session: what is wrong once is mostly wrong for a while."""
        events = [event for event in events if event is not None]
        key = rule, events[0].session or id(events[-1])
        self.counts["violation", rule] += 1
        if key not in self.accused:
            self.accused.add(key)
            self.violations.append(Violation(rule, message, events))

    def judge_answer(self, event):
        took, limit = event.end - event.start, self.terms.deadlines.get(event.op)
        faults = self.faults_between(event.start, event.end)
        gone = any(event.node in fault.fact("hits") for fault in faults)
        if event.result in (CLOSED, TIMED_OUT):
            if not gone:
                self.accuse(
                    "answer",
                    "closed without an answer" if event.result == CLOSED else "no answer at all",
                    event,
                    *faults,
                )
        elif event.result not in STATUSES[event.op]:
            self.accuse("answer", f"{event.op} does not answer {event.result}", event)
        elif event.result == 503:
            self.judge_unknown(event, faults)
        if (
            limit
            and not gone
            and took > limit + self.terms.slack + self.starved(event.start - 0.1, event.end)
        ):
            self.accuse(
                "late",
                f"took {took * 1000:.0f} ms, the deadline is {limit * 1000:.0f} ms",
                event,
                *faults,
            )

    def judge_unknown(self, event, faults):
        reasons = [
            hit
            for fault in faults
            for hit in fault.fact("hits")
            if hit == "sql" or hit == event.node
        ]
        if event.op == "check" and reasons:
            self.counts["unknown", faults[-1].fact("name")] += 1
        excused = (
            reasons
            or self.starved(event.start - 1.0, event.end)
            or (faults and event.op != "check")
        )
        if not excused:
            self.accuse(
                "unknown",
                "503 though SQL was well" if faults else "503 though nothing was out of order",
                event,
                *faults,
            )

    def judge_session(self, event):
        life = self.lives[event.session]
        idle = life.login.fact("idle")
        life.lapsed |= bool(idle) and event.end > self.used(life) + idle
        if event.op == "audit":
            self.judge_row(life, event)
        elif accepted(event) and event.start >= life.login.end:
            self.judge_ended(life, event)
            self.judge_expired(life, event)
            if event.op == "check":
                self.judge_identity(life, event)
            life.uses.append(event)
        elif refused(event) and event.start >= life.login.end:
            self.judge_refusal(life, event)
        if event.op == "check" and not refused(event):
            life.touched = max(life.touched, event.end)
        if event.op == "revoke_one" and event.result == 404:
            self.accuse(
                "lost",
                "a session that was begun is not found",
                self.lives[event.fact("victim")].login,
                event,
            )

    def judge_ended(self, life, event):
        for ending in life.endings:
            if ending.acknowledged is not None and event.start > ending.acknowledged + self.bound(
                ending, event
            ):
                after = (event.start - ending.acknowledged) * 1000
                return self.accuse(
                    "ended",
                    f"accepted {after:.1f} ms after the end of the session was acknowledged ({ending.event.op})",
                    life.login,
                    ending.event,
                    event,
                    *self.faults_between(ending.event.start, event.end),
                )
        for node, refusal in life.refusals.items():
            known = (
                refusal.end if node == event.node else self.known_elsewhere(life, refusal, event)
            )
            if not life.lapsed and event.start > known:
                return self.accuse(
                    "ended",
                    f"accepted {(event.start - refusal.end) * 1000:.1f} ms after a 401 of the same session",
                    life.login,
                    *(ending.event for ending in life.endings),
                    refusal,
                    event,
                    *self.faults_between(refusal.start, event.end),
                )
        return None

    def known_elsewhere(self, life, refusal, event):
        """When this node, too, must know what another one knew: like any end, by its acknowledgement and within the bound. If nobody
        knew the outcome of the attempt, only SQL tells of it."""
        moments = [refusal.end + self.terms.near]
        for ending in life.endings:
            if ending.event.start <= refusal.end:
                certain = ending.acknowledged is not None
                moments.append(
                    max(refusal.end, ending.acknowledged or 0.0)
                    + (self.bound(ending, event) if certain else self.terms.far)
                )
        return max(moments)

    def judge_expired(self, life, event):
        idle, ends = life.login.fact("idle"), life.login.fact("ends")
        if ends and event.start > ends + self.terms.clock:
            self.accuse(
                "expired",
                f"accepted {event.start - ends:.2f} s past the absolute end",
                life.login,
                event,
            )
        latest = max(life.touched, life.login.end)
        if idle and event.start > latest + idle + self.grace(latest, event.start):
            self.accuse(
                "expired",
                f"accepted after {event.start - latest:.2f} s without use, {idle} s are allowed",
                life.login,
                *life.uses,
                event,
            )

    def judge_identity(self, life, event):
        login, said = life.login, event.facts or {}
        if not life.handle:
            life.handle = said.get("handle", "")
        fixed = {"who": login.user, "where": login.context, "handle": life.handle}
        if login.fact("expires"):
            fixed["expires"] = login.fact("expires")
        wrong = [name for name, value in fixed.items() if said.get(name) != value]
        profiles = self.possible_profiles(login.user, event)
        shown = {name: said.get(name) for name in ("email", "role", "permissions")}
        right = not profiles or any(
            all(profile.fact(name, "") == value for name, value in shown.items())
            for profile in profiles
        )
        if wrong or not right:
            self.accuse(
                "identity", f"says another {', '.join(wrong) or 'profile'}", login, *profiles, event
            )

    def possible_profiles(self, user, event):
        """What may be told of a user: the latest that is known to have been written, and whatever may have been since."""
        known = [profile for profile in self.profiles[user] if profile.start <= event.end]
        for at in range(len(known) - 1, 0, -1):
            change = known[at]
            said = succeeded(change) or recorded(change)
            if (
                said
                and change.end + self.bound(Ending(change, confirmed=succeeded(change)), event)
                < event.start
            ):
                return known[at:]
        return known

    def judge_refusal(self, life, event):
        login, ends = life.login, life.login.fact("ends")
        over = life.lapsed or (ends and event.end >= ends - self.terms.clock)
        if not over and not life.end_attempted(event.end):
            self.accuse(
                "refused",
                "401 for a live session",
                login,
                *life.uses,
                event,
                *self.faults_between(event.start, event.end),
            )

    def judge_row(self, life, event):
        """The authority, when all is quiet."""
        row = event.fact("row")
        acknowledged = [
            ending.event
            for ending in life.endings
            if ending.acknowledged is not None and not ending.event.fact("direct")
        ]
        if row == "absent":
            self.accuse(
                "lost", "a session that was begun is not in the database", life.login, event
            )
        elif row == "live" and acknowledged:
            self.accuse(
                "lost",
                "an end that was acknowledged is not in the database",
                life.login,
                acknowledged[0],
                event,
            )
        elif row == "revoked" and not life.endings:
            self.accuse(
                "lost", "a session that nobody ended is revoked in the database", life.login, event
            )

    def judge_login(self, event):
        changes, used = self.changes[event.user], event.fact("password")
        enabled = [change for change in changes if change.op == "enable"]
        for change in changes:
            certain = succeeded(change) and change.end < event.start
            undone = any(
                other.end >= change.start and other.start <= event.end for other in enabled
            )
            if (
                certain
                and succeeded(event)
                and change.op == "disable"
                and not undone
                and used is not None
            ):
                self.accuse("ended", "a disabled user has signed in", change, event)
            if (
                certain
                and succeeded(event)
                and change.op == "password"
                and used == change.fact("current")
            ):
                self.accuse(
                    "lost", "the password that was replaced still opens the door", change, event
                )
        if event.result == 401:
            self.judge_wrong_password(event, changes, used)

    def judge_wrong_password(self, event, changes, used):
        """401 is right only if the password may have been another one, or the user may have been disabled."""
        reasons = [
            change
            for change in changes
            if change.start <= event.end and change.result not in (401, 403, 422, 429)
        ]
        opened = [
            change.start
            for change in changes
            if change.op == "enable" and succeeded(change) and change.end < event.start
        ]
        shut = [
            change
            for change in reasons
            if change.op == "disable" and not any(start >= change.end for start in opened)
        ]
        other = [
            change for change in reasons if change.op == "password" and change.end >= event.start
        ]
        chosen = next(
            (
                change
                for change in changes
                if change.op == "password" and change.fact("fresh_password") == used
            ),
            None,
        )
        before = [
            change
            for change in reasons
            if change.op == "password" and change.fact("current") == used
        ]
        unsure = chosen is not None and not succeeded(chosen)
        if (
            not shut
            and not other
            and not before
            and not unsure
            and event.fact("code", "invalid_credentials") == "invalid_credentials"
        ):
            self.accuse("lost", "the right password is refused", chosen, event)


def check(history, terms=None):
    """Everything that is wrong with a history."""
    return Checker(terms).feed(history)
