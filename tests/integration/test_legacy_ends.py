# SPDX-License-Identifier: Apache-2.0
# Goal: who was signed out in the older application is signed out here, whichever cookie the browser has kept, under every strategy
# that reads the older system and after every later step; nobody else is, and who works here stays signed in over there.
import pytest

from client import JSON, signed_in
from legacy_site import READING, TAKING, as_account, told
from legacy_systems import HOURS, age, life
from legacy_tables import PASSWORD
from processes import wait_until

BOUND = 5.0  # seconds until the older system is asked again about a session that is remembered


@pytest.fixture
def user(old):
    return old.system.add_user()


class Seat:
    """Somebody who came with the older cookie, got ours beside it, and whose browser kept one of them or both."""

    def __init__(self, old, kept, user=None):
        self.old, self.kept, self.user = old, kept, user or old.system.add_user()
        self.token = old.system.login(self.user)
        self.browser = old.browser(self.token)
        assert self.status() == 200
        self.ours = self.browser.token
        self.keep()

    def keep(self):
        for name, value, lost in (
            (self.old.cookie, self.ours, "old"),
            (self.old.system.COOKIE, self.token, "ours"),
        ):
            self.browser.cookies.pop(name, None)
            if self.kept != lost:
                self.browser.cookies[name] = value

    def status(self):
        return self.browser.get("/app/", headers=JSON).status

    def logout_there(self):
        self.old.system.logout(self.token)
        if (
            self.old.system.PRESET == "auth-token"
        ):  # as long as that stands in the user's row, its application would let it in again
            self.old.system.login(self.user)
        assert self.old.system.holder(self.token) is None


def all_out(seats):
    wait_until(
        lambda: {seat.status() for seat in seats} == {401}, "everybody is signed out", BOUND + 5
    )
    for seat in seats:  # and nobody comes back with what the browser had kept
        seat.keep()
    assert {seat.status() for seat in seats} == {401}


@pytest.mark.parametrize("strategy", TAKING)
def test_logged_out_there_is_logged_out_here(old, strategy):
    old.use(strategy)
    seats, stays = [Seat(old, kept) for kept in ("old", "ours", "both")], Seat(old, "ours")
    assert [seat.status() for seat in seats] == [200] * 3
    for seat in seats:
        seat.logout_there()
    all_out(seats)
    assert stays.status() == 200
    for later in (
        "production-only",
        "gradual",
        "mock-with-write-through",
        "mock-only",
        "mock-with-write-through",
    ):
        old.use(later)
        assert {seat.status() for seat in seats} == {401}, later
    assert stays.status() == 200


@pytest.mark.parametrize("asked", [True, False], ids=["asked", "not asked"])
def test_logged_out_there_under_mock_only_counts_after_the_next_step(old, asked):
    old.use("mock-with-write-through")
    seats, stays = [Seat(old, kept) for kept in ("old", "ours", "both")], Seat(old, "ours")
    old.use("mock-only")
    for seat in seats:
        seat.logout_there()
        if asked and seat.kept != "ours":
            assert seat.status() == 401
    for later in TAKING:
        old.use(later)
        all_out(seats)
    assert stays.status() == 200


def test_logged_out_there_just_before_the_last_step(old):
    """Nobody has used these sessions since; from then on the older system is not asked any more."""
    old.use("gradual")
    seats, stays = [Seat(old, kept) for kept in ("old", "ours", "both")], Seat(old, "ours")
    for seat in seats:
        seat.logout_there()
    old.use("production-only")
    all_out(seats)
    assert stays.status() == 200


@pytest.mark.parametrize("strategy", TAKING)
def test_a_session_of_our_own_login_ends_with_its_twin_there(all_old, strategy):
    """Both systems know of a login at our page; the application's own logout ends both. One wait is for all the older systems, because
    each session is remembered for BOUND."""
    browsers = {old.label: logged_in_here_and_out_there(old, strategy) for old in all_old}

    def statuses():
        return {
            label: browser.get("/app/", headers=JSON).status for label, browser in browsers.items()
        }

    wait_until(lambda: set(statuses().values()) == {401}, "everybody is signed out", BOUND + 5)


def logged_in_here_and_out_there(old, strategy):
    """The browser, which has only our cookie."""
    user = old.system.add_user()
    old.use(strategy)
    if old.system.PRESET == "auth-token":
        old.use("mock-with-write-through")  # whoever is not known here yet is looked for there
    signed_in(old, as_account(user))  # imported
    browser = signed_in(old, as_account(user))
    token = browser.cookies.pop(old.system.COOKIE)
    assert browser.get("/app/", headers=JSON).status == 200
    old.system.logout(token)
    if (
        old.system.PRESET == "auth-token"
    ):  # it stands in the user's row, too, until the next login there
        old.system.login(user)
    return browser


@pytest.mark.systems(lambda system: system.ONE_EACH)
@pytest.mark.parametrize("strategy", TAKING)
def test_where_there_is_room_for_one_a_later_login_ends_nothing(old, user, strategy):
    old.use(strategy)
    first, second = Seat(old, "ours", user), Seat(old, "both", user)
    wait_until(
        lambda: told(first.browser.get("/app/", headers=JSON)) and not remembered(old, first),
        "the first is asked for again",
        BOUND + 5,
    )
    assert first.status() == 200
    # A logout here clears the one token that stands there, and that is no logout of the first.
    assert second.browser.logout().status == 303 and old.system.holder(second.token) is None
    wait_until(lambda: not remembered(old, first), "the first is asked for again", BOUND + 5)
    assert first.status() == 200
    third = Seat(old, "ours", user)
    third.logout_there()
    all_out([third])


def remembered(old, seat):
    """Whether the gateway answers from memory."""
    verify = [event for event in old.gateway.events("verify")][-1:]
    seat.status()
    return (
        old.gateway.events("verify")[-1:] != verify
        and old.gateway.events("verify")[-1]["source"] == "near"
    )


@pytest.mark.parametrize("strategy", READING)
def test_who_works_here_stays_signed_in_there(old, user, strategy):
    old.use(strategy)
    token, system = old.system.login(user), old.system
    if system.ONE_EACH:
        return_value = system.tables.run("SELECT last_login_at FROM users WHERE id = %s", user.id)
        assert old.by_old(token).status == 200
        assert (
            system.tables.run("SELECT last_login_at FROM users WHERE id = %s", user.id)
            == return_value
        ), "it has no end there"
        return
    before = age(system, token, 10 * HOURS)
    assert old.by_old(token).status == 200
    wait_until(lambda: life(system, token) > before + 9 * HOURS, "used over there, too")
    assert system.holder(token) == user.id


@pytest.mark.systems(lambda system: system.PRESET == "redis")
@pytest.mark.parametrize("strategy", TAKING)
def test_a_new_password_here_ends_the_keys_there(old, user, strategy):
    old.use(strategy)
    seat = Seat(old, "both", user)
    browser = signed_in(old, as_account(user))
    form = browser.form("/auth/password/change", "/password/change")
    new = "canary another long walk by the sea"
    answer = browser.post(
        "/auth/password/change", {**form.hidden, "current_password": PASSWORD, "new_password": new}
    )
    assert answer.status in (200, 303), answer
    assert old.system.holder(seat.token) is None
    all_out([seat])


@pytest.mark.parametrize("strategy", TAKING)
def test_nobody_is_signed_out_because_the_older_system_does_not_answer(old, strategy):
    old.use(strategy)
    seat = Seat(old, "ours")
    with old.system.away():
        wait_until(lambda: not remembered(old, seat), "it is asked for", BOUND + 10)
        assert seat.status() == 200
    assert seat.status() == 200
    newcomer = old.browser(old.system.login(old.system.add_user()))
    with old.nginx.expect("auth request unexpected status: 503"):
        wait_until(
            lambda: newcomer.get("/app/", headers=JSON).status == 200,
            "the older system is asked again",
        )
