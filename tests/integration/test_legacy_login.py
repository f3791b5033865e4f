# SPDX-License-Identifier: Apache-2.0
# Goal: people of the older system log in with what they have there, under every strategy and on every older system: by e-mail or
# phone, with a bcrypt hash that becomes one of ours; both systems know of it where the strategy says so, and nobody comes in by a
# hash that is none. When we go away again, they work on, or log in once more.
import pytest

from client import JSON, SECRETS
from inbox import ask, choose, follow
from legacy_site import READING, STRATEGIES, TAKING, told
from legacy_systems import BCRYPT
from legacy_tables import PASSWORD
from processes import wait_until

# A name that is no user's; what hashes of accounts without a password look like; hashes that are cut off, or of another kind.
NO_PASSWORD = [
    "",
    "*",
    "!",
    "!!",
    "x",
    "*LK*",
    "!" + BCRYPT,
    BCRYPT[:-1],
    BCRYPT[:29],
    "$2b$04$",
    "$1$abcdefgh$" + "a" * 22,
    "d41d8cd98f00b204e9800998ecf8427e",
    "a password that is kept as it is",
]
GIVEN = {
    "mock-only": (False, True),
    "mock-with-write-through": (True, True),
    "gradual": (True, True),
    "production-only": (True, False),
}


def login(old, identifier, password=PASSWORD, browser=None):
    browser = browser or old.browser()
    form = browser.form("/auth/login")
    answer = browser.post(
        "/auth/login", {**form.hidden, "identifier": identifier, "password": password}
    )
    return browser, answer


def own_hash(old, user):
    rows = old.identity("SELECT hashed_password FROM {}users WHERE legacy_id = ?", user.id)
    return rows[0][0] if rows else None


@pytest.fixture
def user(old):
    return old.system.add_user()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_lg12_both_systems_know_of_a_login_where_the_strategy_writes(old, user, strategy):
    if strategy == "production-only":
        old.use("gradual")
        assert (
            old.by_old(old.system.login(user)).status == 200
        )  # from then on this user is known here
    old.use(strategy)
    browser, answer = login(old, user.identifier)
    assert answer.status == 303, answer
    assert (browser.token is not None, old.system.COOKIE in answer.cookies()) == GIVEN[strategy]
    token = answer.cookies().get(old.system.COOKIE)
    who = told(browser.get("/app/", headers=JSON))
    assert old.access(user).items() <= who.items()
    if token:
        assert old.system.holder(token) == user.id, "the old application lets this person in"
        assert told(old.by_old(token))["x-auth-user-id"] == who["x-auth-user-id"]
    if token and browser.token:
        assert told(old.by_old(token)) == told(old.by_ours(browser.token)), "one session"


@pytest.mark.parametrize("strategy", READING)
def test_lg12_the_hash_becomes_one_of_ours(old, user, strategy):
    old.use(strategy)
    assert login(old, user.identifier)[1].status == 303
    wait_until(lambda: own_hash(old, user).startswith("$argon2id$"), "the hash is one of ours")
    assert (
        login(old, user.identifier)[1].status == 303
        and login(old, user.identifier, "another password")[1].status == 401
    )
    assert own_hash(old, user).startswith("$argon2id$")


@pytest.mark.parametrize("strategy", READING)
def test_nobody_is_imported_by_a_wrong_password(old, user, strategy):
    old.use(strategy)
    assert login(old, user.identifier, "another password")[1].status == 401
    assert own_hash(old, user) is None
    assert login(old, user.identifier)[1].status == 303
    assert own_hash(old, user)


@pytest.mark.systems(lambda system: system.PRESET != "auth-token")
@pytest.mark.parametrize("strategy", READING)
def test_an_address_that_is_written_in_capitals_there_is_found(old, strategy):
    old.use(strategy)
    user = old.system.add_user()
    old.system.tables.run("UPDATE users SET email = upper(email) WHERE id = %s", user.id)
    assert login(old, user.email, "another password")[1].status == 401
    assert login(old, user.email)[1].status == 303


@pytest.mark.parametrize("strategy", READING)
def test_lg12_a_hash_that_is_none_lets_nobody_in(old, strategy):
    old.use(strategy)
    for hashed in NO_PASSWORD:
        user = old.system.add_user(hashed)
        for password in {PASSWORD, hashed or " "}:
            browser, answer = login(old, user.identifier, password)
            SECRETS.discard(hashed)  # a hash, and kept as one
            assert (
                answer.status == 401
                and not browser.token
                and old.system.COOKIE not in answer.cookies()
            ), hashed


@pytest.mark.systems(lambda system: system.PRESET == "auth-token")
@pytest.mark.parametrize("strategy", READING)
def test_by_phone_in_any_spelling(old, user, strategy):
    old.use(strategy)
    digits = "".join(filter(str.isdigit, user.phone))
    spellings = [
        user.phone,
        "+" + digits,
        "8" + digits[1:],
        f"8 ({digits[1:4]}) {digits[4:7]} {digits[7:9]} {digits[9:]}",
    ]
    found = {
        told(login(old, spelling)[0].get("/app/", headers=JSON))["x-auth-user-id"]
        for spelling in spellings
    }
    assert found == {old.own_id(user)}
    assert login(old, "+7" + digits[1:-1])[1].status == 401


@pytest.mark.parametrize("strategy", TAKING)
def test_lg10_who_has_logged_in_here_works_on_without_us(old, user, strategy):
    """And out is out, of both: forwards again nothing comes back."""
    old.use(strategy)
    browser, answer = login(old, user.identifier)
    ours, token = browser.token, answer.cookies()[old.system.COOKIE]
    assert (
        answer.status == 303 and ours and old.system.holder(token) == user.id
    ), "the older application needs nobody else"
    old.use("mock-only")
    for visit in (browser.get("/app/", headers=JSON), old.by_old(token)):
        assert old.access(user).items() <= told(visit).items()
    assert browser.logout().status == 303
    for forwards in STRATEGIES:
        old.use(forwards)
        assert (old.by_old(token).status, old.by_ours(ours).status) == (401, 401), forwards


def test_lg10_whom_it_was_not_told_of_logs_in_again(old, user):
    old.use("gradual")
    assert old.by_old(old.system.login(user)).status == 200
    old.use("production-only")
    browser, answer = login(old, user.identifier)
    assert answer.status == 303 and old.system.COOKIE not in answer.cookies()
    alone = browser.token
    for strategy in ("gradual", "mock-with-write-through"):
        old.use(strategy)
        assert old.access(user).items() <= told(browser.get("/app/", headers=JSON)).items()
    old.use("mock-only")
    assert browser.get("/app/", headers=JSON).status == 401
    sent = browser.get("/app/")
    assert sent.status == 302 and "/auth/login?" in sent.header(
        "Location"
    ), "to the login, where it ends"
    assert browser.get("/auth/login").status == 200
    assert login(old, user.identifier, browser=browser)[1].status == 303
    assert old.access(user).items() <= told(browser.get("/app/", headers=JSON)).items()
    old.use("mock-with-write-through")
    assert old.access(user).items() <= told(browser.get("/app/", headers=JSON)).items()
    assert old.by_ours(alone).status == 401, "this browser's next login has ended it"


@pytest.mark.systems(
    lambda system: not system.ONE_EACH and system.PRESET != "redis"
)  # there nobody knows under which key it is
@pytest.mark.parametrize("strategy", TAKING)
def test_a_login_in_place_of_another_ends_that_one_there_too(old, user, strategy):
    """Also if the browser has lost the old cookie."""
    old.use(strategy)
    browser, answer = login(old, user.identifier)
    token = answer.cookies()[old.system.COOKIE]
    again = old.browser()
    form = again.form("/auth/login")
    again.cookies[old.cookie] = browser.token
    answer = again.post(
        "/auth/login", {**form.hidden, "identifier": user.identifier, "password": PASSWORD}
    )
    assert answer.status == 303 and old.by_ours(browser.token).status == 401
    stands = old.system.in_row if old.system.PRESET == "auth-token" else old.system.holder
    assert not stands(token) and stands(answer.cookies()[old.system.COOKIE])


@pytest.mark.parametrize("strategy", TAKING)
def test_the_session_that_a_login_displaces_there_goes_on_here(old, user, strategy):
    old.use(strategy)
    before = old.system.login(user)
    assert login(old, user.identifier)[1].status == 303
    assert old.access(user).items() <= told(old.by_old(before)).items()


@pytest.mark.systems(lambda system: system.ONE_EACH)
def test_under_mock_only_there_is_the_one_session_that_the_older_system_has_room_for(old, user):
    old.use("mock-only")
    before = old.system.login(user)
    assert login(old, user.identifier)[1].status == 303
    assert old.by_old(before).status == 401


def test_a_password_that_changes_there_changes_here_while_it_leads(old, user):
    column = "password_hash" if old.system.PRESET == "sessions-2" else "hashed_password"
    for strategy in READING[:2]:
        old.use(strategy)
        assert login(old, user.identifier)[1].status == 303
        wait_until(lambda: own_hash(old, user).startswith("$argon2id$"), "the hash is one of ours")
        old.system.tables.run(f"UPDATE users SET {column} = %s WHERE id = %s", "!", user.id)
        assert login(old, user.identifier)[1].status == 401
        old.system.tables.run(f"UPDATE users SET {column} = %s WHERE id = %s", BCRYPT, user.id)
        assert login(old, user.identifier)[1].status == 303


@pytest.mark.systems(lambda system: system.PRESET != "auth-token")
@pytest.mark.parametrize("strategy", READING)
def test_a_forgotten_password_of_somebody_who_has_not_been_here(old, user, strategy):
    """The link proves the address as a password would; both systems have the new password, and no session of before counts."""
    old.use(strategy)
    column = "password_hash" if old.system.PRESET == "sessions-2" else "hashed_password"
    before, token = old.system.one(
        f"SELECT {column} FROM users WHERE id = %s", user.id
    ), old.system.login(user)
    browser, new = old.browser(), "canary a walk to the lighthouse"
    assert ask(browser, "/auth/password/forgot", user.email).status == 303
    page = follow(browser, old.inbox.link(user.email))
    assert old.by_old(token).status == 200  # so far nothing has changed
    assert choose(browser, page, new).status == 303
    assert old.system.one(f"SELECT {column} FROM users WHERE id = %s", user.id) not in (
        before,
        None,
    )
    assert old.by_old(token).status != 200
    if (
        old.system.PRESET != "redis" or strategy in TAKING
    ):  # a key that was never taken over cannot be found by its user
        assert old.system.holder(token) is None
    assert (
        login(old, user.identifier)[1].status == 401
        and login(old, user.identifier, new)[1].status == 303
    )


@pytest.mark.systems(lambda system: system.PRESET in ("session-id", "sessions"))
@pytest.mark.parametrize("strategy", READING)
def test_lg11_roles_that_mean_nothing_here_are_none(old, strategy):
    old.use(strategy)
    old.system.tables.run("""ALTER TYPE "UserRole" ADD VALUE IF NOT EXISTS 'superhero'""")
    for role, here in (("user", "user"), ("admin", "admin"), ("superhero", "none")):
        token = old.system.login(old.system.add_user(role=role))
        assert told(old.by_old(token))["x-auth-role"] == here


@pytest.mark.parametrize("strategy", READING)
def test_lg06_a_login_while_its_stores_are_away_is_no_refusal(old, strategy):
    """Whoever has never been here cannot be told from nobody."""
    old.use(strategy)
    user = old.system.add_user()
    browser = old.browser()
    form = browser.form("/auth/login")
    fields = {**form.hidden, "identifier": user.identifier, "password": PASSWORD}
    database = old.system.tables
    with database.away():
        assert browser.post("/auth/login", fields).status == 503
    wait_until(
        lambda: browser.post("/auth/login", fields).status == 303, "the login after the outage"
    )
