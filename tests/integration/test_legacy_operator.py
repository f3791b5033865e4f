# SPDX-License-Identifier: Apache-2.0
# Goal: what an operator ends at the command line ends for the older application too, wherever the strategy writes there, on every
# older system; what could not be told is said, and the same command run again tells it.
import json

import pytest

from client import SECRETS
from legacy_site import READING, TAKING
from legacy_tables import PASSWORD

NEW = "canary a quite different walk"


@pytest.fixture
def people(old):
    """Somebody with sessions of the older application, who is known here by the last of them; and somebody else who is."""
    someone, other = old.system.add_user(), old.system.add_user()

    class People:
        user, bystander = someone, other
        name = someone.identifier

        def sign_in(self, strategy):
            old.use(strategy)
            self.token, self.kept = old.system.login(someone), old.system.login(other)
            self.unseen = None if old.system.ONE_EACH else self.token
            if self.unseen:
                self.token = old.system.login(someone)
            assert [old.by_old(token).status for token in (self.token, self.kept)] == [200, 200]

        def in_old(self, token):
            """Whether its own application takes it, by what a logout there takes away."""
            if hasattr(old.system, "in_row"):
                return old.system.in_row(token)
            return old.system.holder(token) is not None

        def cli(self, *words, **more):
            return old.gateway.cli(*words, **more)

        def all_out(self):
            tokens = [token for token in (self.token, self.unseen) if token]
            assert [self.in_old(token) for token in tokens] == [False] * len(tokens)
            assert [old.by_old(token).status for token in tokens] == [401] * len(tokens)
            assert self.in_old(self.kept) and old.by_old(self.kept).status == 200

    return People()


@pytest.mark.parametrize("strategy", READING)
@pytest.mark.parametrize("words", [("session", "revoke", "--all"), ("user", "disable")])
def test_all_of_a_user_are_out_over_there_too(old, people, strategy, words):
    people.sign_in(strategy)
    done = people.cli(*words[:2], people.name, *words[2:])
    people.all_out()
    stays = old.system.PRESET == "auth-token"
    assert ("users.auth_token of the older system stays" in done.stderr) is stays
    assert ("older system" in done.stderr) is stays, done.stderr
    if words[1] == "disable":  # a login at its own page does not help
        again = old.system.login(people.user)
        SECRETS.add(again)
        assert old.by_old(again).status == 401


@pytest.mark.parametrize("strategy", TAKING)
def test_one_session_is_out_over_there_too(old, people, strategy):
    people.sign_in(strategy)
    unused = people.unseen
    if unused:
        assert old.by_old(unused).status == 200
    listed = json.loads(people.cli("session", "list", people.name, "--json").stdout)
    newest = max(listed, key=lambda one: (one["created_at"], one["last_activity"]))["session"]
    before = [token for token in (people.token, unused) if token and people.in_old(token)]
    people.cli("session", "revoke", people.name, newest)
    after = [token for token in before if people.in_old(token)]
    assert len(after) == len(before) - 1
    assert {token for token in before if old.by_old(token).status == 200} == set(after)
    assert people.in_old(people.kept)
    people.cli("session", "revoke", people.name, newest)  # once more changes nothing
    assert [token for token in before if people.in_old(token)] == after


@pytest.mark.parametrize("strategy", READING)
def test_a_new_password_is_one_over_there_too(old, people, strategy):
    people.sign_in(strategy)
    column = "password_hash" if old.system.PRESET == "sessions-2" else "hashed_password"
    before = old.system.one(f"SELECT {column} FROM users WHERE id = %s", people.user.id)
    people.cli("user", "passwd", people.name, "--password-stdin", stdin=NEW + "\n")
    people.all_out()
    after = old.system.one(f"SELECT {column} FROM users WHERE id = %s", people.user.id)
    assert after != before and after.startswith("$2b$")
    for password, status in ((PASSWORD, 401), (NEW, 303)):
        browser = old.browser()
        fields = {
            **browser.form("/auth/login").hidden,
            "identifier": people.name,
            "password": password,
        }
        assert browser.post("/auth/login", fields).status == status


@pytest.mark.parametrize("strategy", READING)
def test_the_older_store_is_away(old, people, strategy):
    """The end holds; it is said what is missing, and the same command makes up for it."""
    people.sign_in(strategy)
    with old.system.away():
        away = people.cli("session", "revoke", people.name, "--all", check=False)
    assert away.returncode == 69 and "Sessions ended: " in away.stdout
    assert (
        "older system could not be told" in away.stderr
        and "run the same command again" in away.stderr
    )
    assert people.in_old(people.token), "it was away"
    assert old.by_old(people.token).status == 401
    people.cli("session", "revoke", people.name, "--all")
    people.all_out()


def test_nobody_is_told_where_the_strategy_does_not_write(old, people):
    people.sign_in("gradual")
    old.use("production-only")
    before = old.system.dump()
    people.cli("user", "disable", people.name)
    assert old.system.dump() == before
    assert old.by_old(people.token).status == 401


@pytest.mark.systems(lambda system: system.PRESET == "auth-token")
def test_who_has_no_address_is_listed_and_found_by_id(old, people):
    people.sign_in("gradual")
    own_id = old.own_id(people.user)
    listed = {one["id"]: one for one in json.loads(people.cli("user", "list", "--json").stdout)}
    phone = "+" + "".join(filter(str.isdigit, people.user.phone))
    assert listed[own_id]["phone"] == phone and listed[own_id]["email"] == ""
    lines = people.cli("user", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines if line.endswith(f" id {own_id}")] == [phone]
    assert len(json.loads(people.cli("session", "list", own_id, "--json").stdout)) >= 1
    people.cli("user", "disable", own_id)
    people.all_out()
    assert (
        people.cli(
            "user", "disable", "00000000-0000-4000-8000-000000000000", check=False
        ).returncode
        == 65
    )
