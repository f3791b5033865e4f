# SPDX-License-Identifier: Apache-2.0
# Goal: the way to databases of their own and back to the one loses nobody's session and revives none; what is newer counts, nothing
# is overwritten silently, and nobody starts on data that is older by mistake.

import re

import pytest

from servers import Gateway
from split_site import (
    WEB,
    WEB_TABLES,
    add,
    ask,
    begin,
    counts,
    fill,
    mark,
    sign_in,
    split,
    start_and_note,
    unsplit,
    with_split_databases,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def gateway(root, request):
    yield from begin(root, request)


def test_there_and_back_again(gateway):
    ann, bob, eve = (add(gateway, name) for name in ("ann", "bob", "eve"))
    gateway.start()
    at_home, at_work = sign_in(gateway, ann), sign_in(gateway, ann)
    gateway.stop()

    with_split_databases(gateway)
    assert counts(gateway.cli("migrate", "split").stdout)["sessions"] == (2, 0)
    start_and_note(gateway)
    assert [ask(gateway, cookie=one).status for one in (at_home, at_work)] == [
        204,
        204,
    ], "nobody is signed out on the way there"
    assert ask(gateway, "/auth/logout", {}, cookie=at_home).status in (200, 204, 303)
    on_the_way, dan = sign_in(gateway, bob), add(gateway, "dan")
    gateway.cli("user", "grant", ann.email, "orders.write")
    gateway.cli("user", "disable", eve.email)
    of_dan = sign_in(gateway, dan)
    gateway.stop()

    unsplit(gateway)
    gateway.process = None
    Gateway.__mro__[1].start(gateway)
    assert gateway.process.wait(30) == 78
    refused = gateway.events("schema")[-1]["message"]
    assert (
        "gatehouse migrate merge" in refused
        and "--accept-loss" in refused
        and "DATABASE_IDENTITY_URL" in refused
    )
    assert gateway.cli("user", "list", check=False).returncode == 78

    split(gateway)
    merged = gateway.cli("migrate", "merge").stdout
    assert (
        counts(merged)["users"] == (1, 2)
        and counts(merged)["sessions"] == (2, 1)
        and "nothing is missing" in merged
    )
    assert set(counts(gateway.cli("migrate", "merge").stdout).values()) == {(0, 0)}
    unsplit(gateway)
    gateway.start()
    assert [ask(gateway, cookie=one).status for one in (at_work, on_the_way, of_dan)] == [
        204,
        204,
        204,
    ]
    assert ask(gateway, cookie=at_home).status == 401, "what has ended stays so"
    assert ask(gateway, cookie=at_work).header("X-Auth-Permissions") == "orders.write"
    assert (
        ask(gateway, "/auth/login", {"identifier": eve.email, "password": eve.password}).status
        == 401
    )


def test_the_loss_can_be_accepted(gateway):
    with_split_databases(gateway)
    start_and_note(gateway)
    gateway.stop()
    assert (
        gateway.cli("migrate", "split", check=False).returncode == 78
    ), "what is older is not copied over what is newer"
    unsplit(gateway)
    gateway.cli("migrate", "merge", "--accept-loss")
    assert mark(gateway) == 0
    gateway.start()
    assert ask(gateway).status == 401


@pytest.mark.parametrize("gateway", ["postgresql"], indirect=True)
def test_another_role_is_told_too(gateway):
    """One that may use the schema and its tables as they were, as the guide has it."""
    main = gateway.databases["main"]
    role = f"{main.name}_other"
    gateway.postgres.execute(
        f"CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA gatehouse TO {role};"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA gatehouse TO {role}",
        database=main.name,
    )
    with_split_databases(gateway)
    start_and_note(gateway)
    gateway.stop()
    unsplit(gateway)
    gateway.env["DATABASE_URL"] = re.sub("user=.*", f"user={role}", main.url)
    refused = gateway.cli("user", "list", check=False)
    assert refused.returncode == 78 and "--accept-loss" in refused.stderr


def test_the_better_row_counts(gateway):
    with_split_databases(gateway)
    main, source = gateway.databases["main"], gateway.databases["identity"]
    for part in ("main", "identity"):
        fill(gateway, part, range(6), range(6))
    fill(gateway, "identity", [6, 7], [6, 7])
    source.rows("UPDATE sessions SET expires_at = {now} WHERE id = 's7'")  # over: nobody misses it
    main.rows(
        "UPDATE sessions SET revoked = true, revoked_at = {now} WHERE id = 's0'"
    )  # ended here: stays so
    source.rows(
        "UPDATE sessions SET last_activity = {later} WHERE id = 's0'"
    )  # even if it is still in use there
    source.rows(
        "UPDATE sessions SET revoked = true, revoked_at = {now} WHERE id = 's1'"
    )  # ended there: ends here
    source.rows("UPDATE sessions SET last_activity = {later} WHERE id = 's2'")
    main.rows("UPDATE sessions SET last_activity = {later} WHERE id = 's3'")
    main.rows("UPDATE users SET role = 'newer', generation = 5 WHERE email = 'u4@example.org'")
    source.rows("UPDATE users SET role = 'older', generation = 4 WHERE email = 'u4@example.org'")
    source.rows(
        "UPDATE sessions SET expires_at = {now} WHERE id = 's5'"
    )  # ended there, in another way
    source.rows(
        "UPDATE users SET last_login_at = {later} WHERE email IN ('u0@example.org', 'u4@example.org')"
    )
    main.rows("UPDATE users SET last_login_at = {later} WHERE email = 'u1@example.org'")
    gateway.cli("migrate", "merge")
    state = (
        "SELECT id, revoked, last_activity > {now}, expires_at > {now} FROM sessions ORDER BY id"
    )
    found = {name: tuple(map(bool, columns)) for name, *columns in main.rows(state)}
    assert found == {
        "s0": (True, True, True),
        "s1": (True, False, True),
        "s2": (False, True, True),
        "s3": (False, True, True),
        "s4": (False, False, True),
        "s5": (False, False, False),
        "s6": (False, False, True),
    }
    logins = "SELECT email FROM users WHERE last_login_at > {now} ORDER BY email"
    assert main.rows(logins) == [(f"u{n}@example.org",) for n in (0, 1, 4)]
    assert main.rows("SELECT role FROM users WHERE email = 'u4@example.org'") == [("newer",)]
    assert main.rows("SELECT count(*) FROM users") == [(8,)]


def test_an_old_token_that_is_over_stays_so(gateway):
    """Whichever side knows of its end; a token that only one side knows is taken along."""
    with_split_databases(gateway)
    main, source = gateway.databases["main"], gateway.databases["identity"]
    for part in ("main", "identity"):
        fill(gateway, part, range(1), range(1))
        gateway.databases[part].rows(
            "INSERT INTO legacy_tokens (id, application_context, place, known_since, expires_at) VALUES "
            + ", ".join(f"('t{n}', 'web', 'sessions', {{now}}, {{later}})" for n in range(3))
        )
    source.rows("UPDATE legacy_tokens SET ended_at = {now} WHERE id = 't0'")
    main.rows("UPDATE legacy_tokens SET ended_at = {now} WHERE id = 't1'")
    source.rows(
        "INSERT INTO legacy_tokens (id, application_context, session_id, place, known_since, expires_at)"
        " VALUES ('t3', 'web', 's0', 'users', {now}, {later})"
    )
    gateway.cli("migrate", "merge")
    state = main.rows(
        "SELECT id, ended_at IS NOT NULL, coalesce(session_id, '') FROM legacy_tokens ORDER BY id"
    )
    assert [(name, bool(over), session) for name, over, session in state] == [
        ("t0", True, ""),
        ("t1", True, ""),
        ("t2", False, ""),
        ("t3", False, "s0"),
    ]


def test_a_revocation_is_not_forgotten(gateway):
    """Of two the later one counts, whichever side knows of it, and whichever side has the newer user."""
    with_split_databases(gateway)
    main, source = gateway.databases["main"], gateway.databases["identity"]
    columns = "id, application_context, place, known_since, expires_at"
    for part in ("main", "identity"):
        fill(gateway, part, range(6), [])
        gateway.databases[part].rows(
            f"INSERT INTO legacy_tokens ({columns}) VALUES ('t', 'web', 'users', {{now}}, {{later}})"
        )

    def cut(database, *users, at="{now}"):
        for user in users:
            database.rows(
                f"UPDATE users SET legacy_cutoff = {at} WHERE email = 'u{user}@example.org'"
            )

    cut(source, 0)  # there alone, and nothing else of the user has changed
    cut(main, 1, 2, 3, 4)
    cut(source, 2, 3, at="{later}")  # later there
    cut(main, 5, at="{later}")  # later here
    cut(source, 5)
    source.rows(
        "UPDATE users SET generation = 9 WHERE email IN ('u3@example.org', 'u4@example.org', 'u5@example.org')"
    )
    source.rows("UPDATE legacy_tokens SET known_since = {later}")  # spared by a revocation there
    fill(gateway, "identity", [6], [])
    cut(source, 6)
    state = (
        "SELECT email, legacy_cutoff IS NOT NULL, legacy_cutoff > {now} FROM users ORDER BY email"
    )
    dry = gateway.cli("migrate", "merge", "--dry-run").stdout
    assert counts(dry)["users"] == (1, 5) and counts(dry)["legacy_tokens"] == (0, 1)
    merged = gateway.cli("migrate", "merge").stdout
    assert "nothing is missing" in merged
    found = {
        name[:2]: (bool(is_set), bool(is_later)) for name, is_set, is_later in main.rows(state)
    }
    assert found == {
        "u0": (True, False),
        "u1": (True, False),
        "u2": (True, True),
        "u3": (True, True),
        "u4": (True, False),
        "u5": (True, True),
        "u6": (True, False),
    }
    assert main.rows("SELECT id FROM legacy_tokens WHERE known_since > {now}") == [("t",)]
    assert set(counts(gateway.cli("migrate", "merge").stdout).values()) == {(0, 0)}


def test_permissions_go_with_their_user(gateway):
    """The generation comes out the same on both sides, so that the next change is known for one."""
    with_split_databases(gateway)
    ann = add(gateway, "ann")
    main, source = gateway.databases["main"], gateway.databases["identity"]
    for permission in ("one", "two", "three"):
        gateway.cli("user", "grant", ann.email, permission)
    state = "SELECT generation, disabled, (SELECT count(*) FROM user_permissions), (SELECT max(permission) FROM user_permissions) FROM users"
    for step in (
        ("disable", ann.email),
        ("revoke", ann.email, "two"),
        ("enable", ann.email),
        ("revoke", ann.email, "three"),
    ):
        gateway.cli("migrate", "merge")
        assert main.rows(state) == source.rows(state)
        gateway.cli("user", *step)
    main.rows("UPDATE users SET generation = generation + 10")
    before = main.rows(state)
    gateway.cli("migrate", "merge")
    assert main.rows(state) == before, "the newer one here keeps its permissions"


def test_an_address_that_is_taken(gateway):
    with_split_databases(gateway)
    main = gateway.databases["main"]
    fill(gateway, "identity", [1, 2, 3], [1, 2])
    fill(gateway, "main", [7, 8], [])
    main.rows("UPDATE users SET email = 'U1@example.org' WHERE email = 'u7@example.org'")
    fill(gateway, "main", [3], [])
    main.rows(
        "UPDATE users SET email = 'u2@example.org', generation = 0 WHERE email = 'u3@example.org'"
    )  # resolved by the second round
    gateway.databases["identity"].rows(
        "UPDATE users SET generation = 9 WHERE email = 'u3@example.org'"
    )
    refused = gateway.cli("migrate", "merge", check=False)
    assert refused.returncode == 1 and "2 left alone" in refused.stdout
    assert "users: 1 are not there, such as 00000000-0000-4000-8000-000000000001" in refused.stdout
    assert "sessions: 1 are not there" in refused.stdout and "2 rows are missing" in refused.stdout
    assert sorted(main.rows("SELECT email FROM users")) == [
        (f"{name}@example.org",) for name in ("U1", "u2", "u3", "u8")
    ]
    assert main.rows("SELECT id FROM sessions") == [("s2",)]


def test_the_web_application_too(gateway):
    with_split_databases(gateway)
    main, web = gateway.databases["main"], gateway.databases["web"]
    for statement in WEB.split(";\n"):
        web.rows(statement)
    everything = lambda: [
        (main.rows(f"SELECT * FROM {table}"), web.rows(f"SELECT * FROM {table}"))
        for table in WEB_TABLES
    ]
    before = everything()
    dry = gateway.cli("migrate", "merge", "--dry-run").stdout
    assert [counts(dry)[table] for table in WEB_TABLES] == [(1, 0)] * 6 and everything() == before
    gateway.cli("migrate", "merge")
    assert all(here == there and len(here) == 1 for here, there in everything())
    web.rows("UPDATE orders SET status = 'paid', updated_at = {later}")
    web.rows("UPDATE payments SET status = 'settled'")
    web.rows("UPDATE exchange_rates SET valid_until = {later}")
    main.rows("UPDATE web_sessions SET theme = 'light', last_activity = {later}")
    again = gateway.cli("migrate", "merge").stdout
    assert [counts(again)[table] for table in WEB_TABLES] == [
        (0, 0),
        (0, 0),
        (0, 1),
        (0, 1),
        (0, 1),
        (0, 0),
    ]
    assert everything()[2][0] == everything()[2][1] and everything()[3][0] == everything()[3][1]
    assert main.rows("SELECT theme FROM web_sessions") == [("light",)]


def test_what_cannot_be(gateway, root):
    nothing = gateway.cli("migrate", "merge", check=False)
    assert nothing.returncode == 78 and "nothing is split" in nothing.stderr
    gateway.env["DATABASE_IDENTITY_URL"] = "sqlite:" + str(gateway.root / "other.db")
    if gateway.postgres:
        gateway.cli("migrate", "up")
        kinds = gateway.cli("migrate", "merge", check=False)
        assert kinds.returncode == 69 and "two kinds" in kinds.stderr
    else:
        old = gateway.cli("migrate", "split", check=False)
        assert old.returncode == 78 and "gatehouse migrate up" in old.stderr
