# SPDX-License-Identifier: Apache-2.0
"""What a history says of each session: when it began, who tried to end it, who refused it. Pure; judges nothing."""

import collections
import dataclasses

from history import NOT_CONFIRMED, UNSURE, Spans

ENDS = {"logout", "revoke_one", "revoke_others", "password", "disable", "admin_revoke"}
ENDS_ALL = {"revoke_others", "password", "disable"}
REQUESTS = {
    "check",
    "logout",
    "login",
    "revoke_one",
    "revoke_others",
    "password",
}  # what clients ask; the rest is done by operators


@dataclasses.dataclass
class Ending:
    """An attempt to end a session. `acknowledged`: from when on that is certain; None: it may have happened or not.
    `confirmed`: it was also said that every gateway knows."""

    event: object
    acknowledged: float = None
    confirmed: bool = True


@dataclasses.dataclass
class Life:
    """What is known of one session."""

    login: object
    endings: list = dataclasses.field(default_factory=list)
    refusals: dict = dataclasses.field(default_factory=dict)  # node → its earliest 401
    handle: str = ""
    uses: collections.deque = dataclasses.field(
        default_factory=lambda: collections.deque(maxlen=4)
    )  # the latest that were accepted
    touched: float = 0.0  # the latest moment that may have counted as a use
    lapsed: bool = False  # the idle time had passed once

    def end_known(self):
        """The ending that was the first to be certain, if one is: recorded, and known to every gateway."""
        certain = [
            ending
            for ending in self.endings
            if ending.acknowledged is not None and ending.confirmed
        ]
        return min(certain, key=lambda ending: ending.acknowledged, default=None)

    def end_attempted(self, before):
        return any(ending.event.start <= before for ending in self.endings)


def succeeded(event):
    return event.result in (200, 204, 303)


def accepted(event):
    """The gateway took the session for a live one. Signing out works for everybody and proves nothing."""
    return (
        event.result == 204
        if event.op == "check"
        else succeeded(event) and event.op in ("revoke_one", "revoke_others", "password")
    )


def recorded(event):
    """What was asked for is done, and the answer says that some gateways may not know of it yet."""
    return event.result == UNSURE and event.fact("code") == NOT_CONFIRMED


def refused(event):
    """The gateway took the session for none. A wrong password is a 401 too, and none of these."""
    return (
        event.result == 401
        and event.op in REQUESTS
        and event.op != "login"
        and event.fact("code", "not_signed_in") == "not_signed_in"
    )


def may_have_ended(event):
    """Whatever the answer was, a session may have been ended by it."""
    return event.op in ENDS and event.result not in (400, 401, 403, 404, 422, 429)


class Lives:
    """Everything that is known so far."""

    def __init__(self):
        self.lives, self.of_user = {}, collections.defaultdict(list)
        self.profiles = collections.defaultdict(list)  # user → what was true of them, in order
        self.changes = collections.defaultdict(list)  # user → disable, enable and password events
        self.faults, self.stalls = Spans(), Spans()
        self.ended = []  # lives that certainly ended in the latest piece

    def take(self, events):
        """Learns from the next piece, in order of their starts."""
        self.ended = []
        for event in events:
            self.learn(event)
        for event in events:
            if may_have_ended(event):
                self.end(event)
        for event in events:
            if refused(event) and event.session in self.lives:
                self.note_refusal(event)

    def learn(self, event):
        if event.op == "fault":
            self.faults.add(event.start, event.end, event)
        elif event.op == "stall":
            self.stalls.add(event.start, event.end)
        elif event.op in ("user", "profile"):
            self.profiles[event.user].append(event)
        elif event.op == "login" and succeeded(event) and event.session:
            self.lives[event.session] = life = Life(event, handle=event.fact("handle", ""))
            self.of_user[event.user].append(life)
        if event.op in ("disable", "enable", "password"):
            self.changes[event.user].append(event)

    def end(self, event):
        if event.op in ENDS_ALL or event.fact("all"):
            for life in self.of_user[event.user]:
                if life.login.session != (
                    event.session if event.op == "revoke_others" else event.fact("fresh")
                ):
                    self.add_ending(life, event)
        else:
            life = self.lives.get(event.fact("victim") or event.session)
            if life:
                self.add_ending(life, event)

    def add_ending(self, life, event):
        login = life.login
        if login.start > event.end or any(ending.event is event for ending in life.endings):
            return
        said = succeeded(event) or recorded(event)
        certain = said and (login.end <= event.start or self.cannot_survive(login, event))
        if certain and succeeded(event) and life.end_known() is None:
            self.ended.append(life)
        life.endings.append(
            Ending(event, max(event.end, login.end) if certain else None, succeeded(event))
        )

    def cannot_survive(self, login, event):
        """A login that was under way: recorded before, it was ended too; recorded after, it should have been refused."""
        if event.op == "password":
            return login.fact("password") is not None and login.fact("password") == event.fact(
                "current"
            )
        enabled = any(
            change.op == "enable"
            and change.start <= max(login.end, event.end)
            and change.end >= event.start
            for change in self.changes[login.user]
        )
        return event.op == "disable" and login.fact("password") is not None and not enabled

    def note_refusal(self, event):
        refusals = self.lives[event.session].refusals
        known = refusals.get(event.node)
        if known is None or event.end < known.end:
            refusals[event.node] = event
