# SPDX-License-Identifier: Apache-2.0
# Goal: whatever people do in either application, in whatever order, while the strategy goes forwards and backwards: who is signed
# out is refused, whichever cookie the browser has kept, and who is signed in is let in. Every older system at the same time.
import concurrent.futures
import dataclasses
import os
import random

from client import JSON
from processes import wait_until

WAY = [
    "mock-with-write-through",
    "gradual",
    "mock-with-write-through",
    "mock-only",
    "mock-with-write-through",
    "gradual",
    "production-only",
    "gradual",
    "mock-with-write-through",
]
NEW, ACTS = 4, 4  # people who come at each step, and what happens to those who are there
BOUND = 5.0  # seconds until the older system is asked again
SEED = int(os.environ.get("GATEHOUSE_DRILL_SEED", "1"))


@dataclasses.dataclass
class Seat:
    """One person's session: what the browser was given, and what has become of it."""

    user: object
    old: str = ""
    ours: str = ""
    ended: str = ""  # by what; empty: lives
    unseen: bool = False  # ended over there while the older system was not asked
    story: list = dataclasses.field(default_factory=list)

    def note(self, what, strategy):
        self.story.append(f"{what} ({strategy})")


class Drill:
    def __init__(self, old, seed):
        self.old, self.system, self.dice, self.seats = (
            old,
            old.system,
            random.Random(f"{seed} {old.system.PRESET}"),
            [],
        )
        self.checks = 0

    @property
    def strategy(self):
        return self.old.strategy

    # What people do.

    def come(self):
        """With the older application's cookie, or by our login page."""
        seat = Seat(self.system.add_user())
        self.seats.append(seat)
        if self.strategy != "production-only" and self.dice.random() < 0.6:
            seat.old = self.system.login(seat.user)
            browser = self.old.browser(seat.old)
            assert browser.get("/app/", headers=JSON).status == 200, seat
            seat.ours = browser.token or ""
            seat.note("came from there", self.strategy)
        else:
            self.sign_in(seat)

    def sign_in(self, seat):
        if self.strategy == "production-only":  # nobody is looked for over there
            self.seats.remove(seat)
            return
        browser = self.old.browser()
        form = browser.form("/auth/login")
        answer = browser.post(
            "/auth/login",
            {**form.hidden, "identifier": seat.user.identifier, "password": seat.user.password},
        )
        assert answer.status == 303, (answer, seat)
        seat.ours, seat.old = browser.token or "", browser.cookies.get(self.system.COOKIE, "")
        seat.note("signed in here", self.strategy)

    def log_out_there(self, seat):
        if not seat.old or self.system.holder(seat.old) is None:
            return
        self.system.logout(seat.old)
        if (
            self.system.PRESET == "auth-token"
        ):  # as long as it stands in the user's row, it is no logout
            self.system.login(seat.user)
        seat.ended, seat.unseen = "there", self.strategy == "production-only"
        seat.note("logged out there", self.strategy)

    def log_out_here(self, seat):
        browser = self.browser(seat, self.dice.choice(["ours", "old", "both"]))
        if not browser.cookies or browser.get("/app/", headers=JSON).status != 200:
            return
        assert browser.logout().status == 303, seat
        seat.ended = "here"
        seat.note("logged out here", self.strategy)

    def use(self, seat):
        browser = self.browser(seat, "both")
        if browser.get("/app/", headers=JSON).status == 200:
            seat.ours = browser.token or seat.ours  # taken over just now
        seat.note("used", self.strategy)

    # What must be so.

    def browser(self, seat, kept):
        browser = self.old.browser()
        for name, value, which in (
            (self.old.cookie, seat.ours, "ours"),
            (self.system.COOKIE, seat.old, "old"),
        ):
            if value and kept in (which, "both"):
                browser.cookies[name] = value
        return browser

    def counts(self, seat, kept):
        """Whether this cookie is to let its owner in."""
        if seat.ended:
            return None if seat.unseen and self.strategy == "production-only" else False
        if self.strategy == "mock-only":
            return (
                kept != "ours" and bool(seat.old) and self.system.holder(seat.old) == seat.user.id
            )
        if kept == "ours" or (kept == "both" and seat.ours):
            return bool(seat.ours)
        return bool(seat.old) and (bool(seat.ours) or self.strategy != "production-only")

    def look(self):
        """Everybody with every cookie; those for whom it is not as it must be."""
        wrong = []
        for seat in self.seats:
            for kept in ("ours", "old", "both"):
                browser, right = self.browser(seat, kept), self.counts(seat, kept)
                if not browser.cookies or right is None:
                    continue
                self.checks += 1
                status = browser.get("/app/", headers=JSON).status
                if not seat.ours and browser.token and status == 200:
                    seat.ours = browser.token  # taken over just now
                if status != (200 if right else 401):
                    wrong.append((status, kept, seat))
        return wrong

    def settle(self):
        wrong = self.look()
        assert all(status == 200 and seat.ended == "there" for status, _, seat in wrong), (
            self.system.PRESET,
            self.strategy,
            wrong[:2],
        )
        wait_until(
            lambda: not self.look(),
            f"{self.system.PRESET}, {self.strategy}: all of {[seat for _, _, seat in wrong]} out",
            BOUND + 10,
        )

    def run(self):
        self.old.use("gradual")
        for strategy in WAY:
            if self.dice.random() < 0.5 and self.seats:  # nobody has looked at this before the step
                self.log_out_there(self.dice.choice(self.seats))
            self.old.use(strategy)
            for _ in range(NEW):
                self.come()
            for _ in range(ACTS):
                if living := [seat for seat in self.seats if not seat.ended]:
                    self.dice.choice([self.log_out_there, self.log_out_here, self.use])(
                        self.dice.choice(living)
                    )
            self.settle()
        return self.checks


def test_everybody_is_what_both_applications_say(all_old):
    with concurrent.futures.ThreadPoolExecutor(len(all_old)) as pool:
        drills = [pool.submit(Drill(old, SEED).run) for old in all_old]
        checks = [drill.result() for drill in drills]
    assert min(checks) > 200, checks
