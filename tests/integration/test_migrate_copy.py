# SPDX-License-Identifier: Apache-2.0
# Goal: who began with the file of the demonstration does not begin again: everything goes from SQLite to PostgreSQL and back with
# nobody signed out, what has ended stays so, and what cannot be right is refused with a word of what to do.

import subprocess
import uuid

import pytest

from database_rows import KINDS, Place, TABLES
from processes import wait_until
from servers import Gateway, Stores, gatehouse_binary
from split_site import WEB, add, ask, counts, sign_in


@pytest.fixture(params=KINDS)
def gateway(root, postgres, request):
    """Not running, on `here`, a database with tables; `there` is one of the other kind, without."""
    number = len(list(root.glob("copy_*")))
    directory = root / f"copy_{number}"
    found = Gateway(directory, Stores("development"))
    kinds = (request.param, *(kind for kind in KINDS if kind != request.param))
    found.here, found.there = (
        Place(directory, postgres, kind, f"copy{number}_{kind}") for kind in kinds
    )
    found.env["DATABASE_URL"] = found.here.url
    found.cli("migrate", "create-databases")
    found.cli("migrate", "up")
    yield found
    if found.running():
        found.stop()


def copy(gateway, *more, code=0, to=None):
    done = gateway.cli("migrate", "copy", "--to", to or gateway.there.url, *more, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code in (0, 1) else done.stderr


def statuses(gateway, cookies):
    """503 is no answer: the database was slow."""
    return [
        wait_until(lambda: (found := ask(gateway, cookie=one).status) != 503 and found, "an answer")
        for one in cookies
    ]


def move(gateway):
    gateway.here, gateway.there = gateway.there, gateway.here
    gateway.env["DATABASE_URL"] = gateway.here.url


def test_there_and_back_again(gateway):
    """Cookies of one signed in go on working with the same key ring, what has ended stays so, and nobody begins again."""
    ann, bob, eve = (add(gateway, name) for name in ("ann", "bob", "eve"))
    gateway.cli("user", "grant", ann.email, "orders.write")
    gateway.start()
    home, work, ended, of_bob, of_eve = (
        sign_in(gateway, user) for user in (ann, ann, ann, bob, eve)
    )
    ask(gateway, "/auth/logout", {}, cookie=ended)
    facts = {"theme": "dark", "language": "uk"}
    assert ask(gateway, "/auth/preferences", facts, cookie=home).status == 200
    told = copy(gateway)
    assert (
        "1 gateways still work" in told
        and "run this once more" in told
        and "nothing is missing" in told
    )
    assert counts(told)["sessions"] == (5, 0) and counts(told)["users"] == (3, 0)
    ask(gateway, "/auth/logout", {}, cookie=of_bob)
    gateway.cli("user", "disable", eve.email)
    late = sign_in(gateway, bob)
    gateway.stop()
    again = copy(gateway)
    assert counts(again)["sessions"][0] == 1 and counts(again)["users"][0] == 0
    assert str(gateway.root / "state/keys") in again and "database_url" in again

    for _ in KINDS:
        before = {table: gateway.here.table(table) for table in TABLES}
        assert before == {table: gateway.there.table(table) for table in TABLES}
        move(gateway)
        gateway.start()
        assert statuses(gateway, (home, work, late)) == [204] * 3
        assert statuses(gateway, (ended, of_bob, of_eve)) == [401] * 3
        assert ask(gateway, cookie=work).header("X-Auth-Permissions") == "orders.write"
        assert ask(gateway, cookie=work).header("X-Auth-Theme") == "dark"
        assert (
            ask(gateway, "/auth/login", {"identifier": eve.email, "password": eve.password}).status
            == 401
        )
        gateway.stop()
        gateway.there.rows("DELETE FROM nodes")  # as after a stop that had time to say good-bye
        copy(gateway)


def fill(place, people, old_tokens=True):
    """People with two sessions each, one in five of them over, permissions, old tokens, and the web application's rows."""
    now, day = "{now}", "{later}"
    user = [str(uuid.UUID(int=(1 << 80) + n)) for n in range(people)]
    flag = (
        (lambda value: "true" if value else "false")
        if place.kind == "postgresql"
        else (lambda value: str(int(bool(value))))
    )
    values = {
        "users (id, email, phone, hashed_password, is_verified, created_at, updated_at, legacy_id, legacy_cutoff)": [
            f"'{one}', 'p{n}@example.org', '+49{n:09}', 'hash''{n}', {flag(n % 2)}, {now}, {now}, 'old{n}', {now}"
            for n, one in enumerate(user)
        ],
        "sessions (id, handle, user_id, application_context, data, expires_at, created_at, last_activity, ip_address, user_agent, remember,"
        " revoked, revoked_at)": [
            f"'{one}-{s}', '{uuid.uuid5(uuid.NAMESPACE_OID, one + s)}', '{one}', '{s}', '{{{{\"n\": [{n}, \"\\u00e9 x\"], \"b\": null}}}}', {day},"
            f" {now}, {now}, '192.0.2.{n % 250}', 'Browser \"{n}\" ü', {flag(n % 3)}, {flag(n % 5 == 0)}, {now if n % 5 == 0 else 'NULL'}"
            for n, one in enumerate(user)
            for s in ("web", "admin")
        ],
        "user_permissions (user_id, permission, granted_at, expires_at)": [
            f"'{one}', 'may.{n % 7}', {now}, {day}" for n, one in enumerate(user)
        ],
        "user_preferences (user_id, theme, language, preferences, updated_at)": [
            f"'{one}', 'dark', 'uk', '{{{{\"size\": {n}}}}}', {now}" for n, one in enumerate(user)
        ],
    }
    if old_tokens:
        values[
            "legacy_tokens (id, application_context, session_id, place, known_since, expires_at, ended_at)"
        ] = [
            f"'t{n}', 'web', '{one}-web', 'users', {now}, {day}, {now if n % 5 == 0 else 'NULL'}"
            for n, one in enumerate(user)
        ]
    connection = place.connect()
    words = {"now": "now()", "later": "now() + interval '1 hour'"}
    if place.kind == "sqlite":
        words = {
            "now": "1700000000123",
            "later": "(CAST(strftime('%s') AS INTEGER) * 1000 + 3600456)",
        }
    try:
        cursor = connection.cursor()
        cursor.execute("BEGIN")
        for table, rows in values.items():
            for first in range(0, len(rows), 500):
                cursor.execute(
                    f"INSERT INTO {table} VALUES ".format(**words)
                    + ", ".join(f"({one})" for one in rows[first : first + 500]).format(**words)
                )
        cursor.execute("COMMIT")
    finally:
        connection.close()
    for statement in WEB.split(";\n"):
        place.rows(statement)


@pytest.mark.parametrize("gateway", ["sqlite"], indirect=True)
def test_ten_thousand(gateway):
    """Every row, column by column, there and back; nobody is signed out; the second time there is nothing to do."""
    ann = add(gateway, "ann")
    gateway.start()
    cookies = [sign_in(gateway, ann) for _ in range(20)]
    gateway.stop()
    fill(gateway.here, 10_000)
    first = {table: gateway.here.table(table) for table in TABLES}
    assert [len(first[table]) for table in TABLES[:4]] == [10_001, 20_020, 10_000, 10_000]
    told = copy(gateway)
    assert counts(told)["users"] == (10_001, 0) and counts(told)["sessions"] == (20_020, 0)
    assert {table: gateway.there.table(table) for table in TABLES} == first
    assert set(counts(copy(gateway)).values()) == {(0, 0)}
    move(gateway)
    assert set(counts(copy(gateway)).values()) == {(0, 0)}, "nothing has changed on the way"
    gateway.start()
    assert statuses(gateway, cookies) == [204] * 20
    gateway.stop()
    before = {table: gateway.here.table(table) for table in TABLES}
    fresh = Place(gateway.root, gateway.here.postgres, "sqlite", "fresh")
    for to in (gateway.there, fresh):
        copy(gateway, to=to.url)
        assert {table: to.table(table) for table in TABLES} == before
    gateway.there = fresh
    move(gateway)
    gateway.start()
    assert statuses(gateway, cookies) == [204] * 20


def test_what_ends_between_two_runs(gateway):
    """In each of the ways in which a session can end; and what ends there stays so, whatever is said here."""
    here, there = gateway.here, gateway.there
    fill(here, 10)
    copy(gateway)
    user = [one[0] for one in here.rows("SELECT id FROM users ORDER BY id")]
    here.rows(
        f"UPDATE sessions SET revoked = true, revoked_at = {{now}} WHERE id = '{user[1]}-web'"
    )
    here.rows(f"DELETE FROM sessions WHERE id = '{user[2]}-web'")
    here.rows(f"UPDATE sessions SET expires_at = {{now}} WHERE id = '{user[3]}-web'")
    here.rows(f"UPDATE users SET disabled = true WHERE id = '{user[4]}'")
    here.rows("UPDATE legacy_tokens SET ended_at = {now} WHERE id = 't6'")
    here.rows(f"DELETE FROM user_permissions WHERE user_id = '{user[7]}'")
    here.rows(
        f"UPDATE user_preferences SET theme = 'light', updated_at = {{later}} WHERE user_id = '{user[8]}'"
    )
    here.rows(
        f"UPDATE users SET hashed_password = 'new', unlocked_at = {{now}} WHERE id = '{user[9]}'"
    )
    there.rows(
        f"UPDATE sessions SET revoked = true, revoked_at = {{now}} WHERE id = '{user[8]}-admin'"
    )
    told = copy(gateway)
    assert "1 sessions ended there" in told or "2 sessions ended there" in told
    live = {
        one[0]
        for one in there.rows(
            "SELECT id FROM sessions WHERE revoked = false AND expires_at > {now}"
        )
    }
    expected = {f"{user[n]}-{s}" for n in (1, 2, 3, 4, 6, 7, 8, 9) for s in ("web", "admin")}
    assert live == expected - {f"{user[n]}-web" for n in (1, 2, 3)} - {f"{user[8]}-admin"}
    assert [
        one[0]
        for one in there.rows("SELECT id FROM legacy_tokens WHERE ended_at IS NULL ORDER BY id")
    ] == ["t3", "t4", "t7", "t8", "t9"]
    assert there.rows("SELECT email FROM users WHERE disabled = true") == [("p4@example.org",)]
    assert [
        str(one[0])
        for one in there.rows("SELECT user_id FROM user_preferences WHERE theme = 'light'")
    ] == [str(user[8])]
    for table in ("users", "user_permissions", "user_preferences"):
        assert there.table(table) == here.table(table)
    assert set(counts(copy(gateway)).values()) == {(0, 0)}


def test_people_who_were_deleted(gateway):
    """They are not let in there for ever, and nobody's data is deleted without a word."""
    fill(gateway.here, 3, old_tokens=False)
    copy(gateway)
    gateway.cli("user", "delete", "p1@example.org", "--yes")
    before = gateway.there.table("users")
    refused = copy(gateway, code=78)
    assert (
        "p1@example.org" in refused
        and "--delete-missing" in refused
        and gateway.there.table("users") == before
    )
    assert "1 people deleted there" in copy(gateway, "--delete-missing")
    for table in ("users", "sessions", "user_preferences", "web_user_cache"):
        assert len(gateway.there.table(table)) == len(gateway.here.table(table)), table


def test_what_has_other_people_is_left_alone(gateway):
    fill(gateway.here, 2, old_tokens=False)
    copy(gateway)
    other = Gateway(gateway.root / "other", Stores("development"))
    other.env["DATABASE_URL"] = gateway.there.url
    add(other, "zoe")
    assert "zoe@example.org" in copy(gateway, code=78)
    assert len(gateway.there.table("users")) == 3


def test_what_cannot_be_right(gateway, tmp_path):
    fill(gateway.here, 1, old_tokens=False)
    assert "itself" in copy(gateway, to=gateway.here.url, code=64)
    if gateway.here.kind == "postgresql":
        assert "itself" in copy(gateway, to=gateway.here.url + "&application_name=x", code=64)
    assert "not a database URL" in copy(gateway, to="/var/lib/gatehouse.db", code=64)
    assert "not a database URL" in copy(gateway, to="mysql://x/y", code=64)
    assert "refused" in copy(gateway, to="postgresql://x@127.0.0.1:1/y", code=69)
    assert "--to-file" in copy(gateway, to="postgresql://x:hush@127.0.0.1:1/y", code=64)
    assert "hush" not in copy(gateway, to="postgresql://x:hush@127.0.0.1:1/y", code=64)
    assert gateway.cli("migrate", "copy", check=False).returncode == 64
    name = tmp_path / "url"
    assert str(name) in gateway.cli("migrate", "copy", "--to-file", name, check=False).stderr
    name.write_text(gateway.there.url + "\n")
    assert (
        "nothing of ours" in gateway.cli("migrate", "copy", "--to-file", name, "--dry-run").stdout
    )
    assert (
        not gateway.there.file.exists() or gateway.there.kind == "postgresql"
    ), "a dry run makes nothing"
    gateway.cli("migrate", "copy", "--to-file", name)
    dry = copy(gateway, "--dry-run")
    assert counts(dry)["users"] == (0, 0) and "nothing was changed" in dry


def test_of_another_version(gateway):
    fill(gateway.here, 1, old_tokens=False)
    copy(gateway)
    gateway.there.rows("DELETE FROM schema_migrations WHERE name = 'preferences'")
    assert "DATABASE_URL" in (told := copy(gateway, code=78)) and "gatehouse migrate up" in told
    gateway.here.rows("DELETE FROM schema_migrations WHERE name = 'preferences'")
    assert "gatehouse migrate up" in (told := copy(gateway, code=78)) and "DATABASE_URL" not in told


def test_gateways_that_work_there_already(gateway):
    copy(gateway)
    move(gateway)
    gateway.start()
    wait_until(lambda: gateway.here.rows("SELECT 1 FROM nodes"), "it is known to be at work")
    move(gateway)
    assert "work on" in copy(gateway, code=78)


def test_a_gateway_that_is_quiet(gateway):
    """It reports once a minute."""
    copy(gateway)
    half_a_minute = "30000" if gateway.there.kind == "sqlite" else "interval '30 seconds'"
    gateway.there.rows(
        f"INSERT INTO nodes (node, looked_at) VALUES ('quiet', {{now}} - {half_a_minute})"
    )
    assert "work on" in copy(gateway, code=78)


@pytest.mark.parametrize("gateway", ["sqlite"], indirect=True)
def test_killed_in_the_middle(gateway):
    fill(gateway.here, 1300)
    copy(gateway, "--dry-run")
    with_tables = gateway.env | {"DATABASE_URL": gateway.there.url}
    subprocess.run(
        [gatehouse_binary(), "migrate", "up", "--config", gateway.config],
        env=with_tables,
        check=True,
        capture_output=True,
    )
    holder = gateway.there.connect()
    try:
        holder.cursor().execute("BEGIN; LOCK TABLE gatehouse.sessions IN EXCLUSIVE MODE")
        command = [
            gatehouse_binary(),
            "migrate",
            "copy",
            "--to",
            gateway.there.url,
            "--config",
            gateway.config,
        ]
        process = subprocess.Popen(
            command, env=gateway.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(
            lambda: gateway.there.rows("SELECT 1 FROM pg_locks WHERE NOT granted"),
            "it waits for the sessions",
            timeout=60,
        )
        process.kill()
        process.wait()
    finally:
        holder.close()
    assert gateway.there.rows("SELECT count(*) FROM users") == [(1300,)]
    assert counts(copy(gateway))["users"] == (0, 0)
    assert {table: gateway.there.table(table) for table in TABLES} == {
        table: gateway.here.table(table) for table in TABLES
    }


def test_what_differs_is_said(gateway):
    """An address that another one has there by now: counted, named, exit code 1, and put right by the next run."""
    fill(gateway.here, 2, old_tokens=False)
    copy(gateway)
    gateway.here.rows("UPDATE users SET email = 'taken@example.org' WHERE email = 'p0@example.org'")
    gateway.there.rows(
        "UPDATE users SET email = 'taken@example.org', generation = 99 WHERE email = 'p1@example.org'"
    )
    told = copy(gateway, code=1)
    assert "users: 1 are not there" in told and "1 rows are missing" in told


def test_people_without_an_address(gateway):
    """They are not taken for one another because none of them has one."""
    fill(gateway.here, 3, old_tokens=False)
    gateway.here.rows("UPDATE users SET email = ''")
    assert counts(copy(gateway))["users"] == (3, 0)
    assert gateway.there.table("users") == gateway.here.table("users")


def test_to_another_of_the_same_kind(gateway):
    fill(gateway.here, 10)
    other = Place(
        gateway.root, gateway.here.postgres, gateway.here.kind, gateway.here.name + "_other"
    )
    assert counts(copy(gateway, to=other.url))["sessions"] == (20, 0)
    assert {table: other.table(table) for table in TABLES} == {
        table: gateway.here.table(table) for table in TABLES
    }
    assert set(counts(copy(gateway, to=other.url)).values()) == {(0, 0)}
