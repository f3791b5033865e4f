# SPDX-License-Identifier: Apache-2.0
# Goal: a backup that was made can be restored, with every row; one that cannot is not there. Migrations of a database with data
# wait for one, or for the word of the operator. No password is seen on the way.
import os
import pathlib
import pty
import re
import secrets
import signal
import sqlite3
import stat
import subprocess

import pytest

from legacy_databases import POSTGRES, dump_of_others, legacy_gateway, sqlite_file
from processes import children, wait_until
from servers import Gateway, Stores, gatehouse_binary

COUNTS = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM sessions), (SELECT count(*) FROM user_permissions)"


@pytest.fixture
def gateway(root, postgres):
    """With somebody else's data, and no table of ours yet; its role may make databases."""
    name = f"backup_{len(list(root.glob('backup_*')))}"
    found = legacy_gateway(root, postgres, "uuids", name)
    postgres.execute(f'ALTER ROLE "{name}" CREATEDB')
    return found


@pytest.fixture
def embedded(root):
    found = Gateway(root / f"backup_file_{len(list(root.glob('backup_*')))}", Stores("development"))
    found.file = found.root / "state" / "gatehouse.db"
    return found


def backups(gateway):
    return sorted((gateway.root / "state" / "backups").glob("*"))


def scratch(postgres):
    return postgres.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE 'gatehouse_check%%'"
    )


def older(gateway, version="version > 1"):
    """Makes an embedded database one of an older release: as if that migration had been forgotten."""
    with sqlite3.connect(gateway.file) as database:
        for kind, name in database.execute(
            "SELECT type, name FROM sqlite_master WHERE type = 'trigger' OR type = 'table' AND"
            " tbl_name IN ('changes', 'nodes', 'legacy_tokens', 'strategies', 'mail',"
            " 'one_time_tokens')"
        ).fetchall():
            database.execute(f"DROP {kind} IF EXISTS {name}")  # a table takes its triggers along
        for index in (
            "users_legacy_id",
            "users_unlocked",
            "users_role",
            "users_created_at",
            "user_permissions_permission",
        ):
            database.execute(f"DROP INDEX {index}")
        for column in (
            "legacy_id",
            "legacy_hash",
            "legacy_cutoff",
            "legacy_cleared",
            "legacy_permissions",
            "unlocked_at",
            "claimed_phone",
        ):
            database.execute(f"ALTER TABLE users DROP COLUMN {column}")
        for column in ("from_legacy", "operator"):
            database.execute(f"ALTER TABLE user_permissions DROP COLUMN {column}")
        database.execute(f"DELETE FROM schema_migrations WHERE database = 'identity' AND {version}")
    database.close()


def test_a_backup_of_postgresql_holds_everything(gateway, postgres):
    said = gateway.cli("migrate", "backup")
    [made] = backups(gateway)
    assert (
        re.fullmatch(gateway.stores.database + r"-\d{8}T\d{6}Z\.dump", made.name)
        and str(made) in said.stdout
    )
    assert "restored and compared" in said.stdout and said.stderr == ""
    assert (
        stat.S_IMODE(made.stat().st_mode) == 0o600
        and stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    )
    assert scratch(postgres) == []
    postgres.execute("CREATE DATABASE again")
    try:
        restore = [
            "pg_restore",
            "-h",
            str(postgres.root),
            "-U",
            "postgres",
            "-d",
            "again",
            "--exit-on-error",
            str(made),
        ]
        subprocess.run(restore, check=True, capture_output=True)
        assert dump_of_others(postgres, "again") == dump_of_others(
            postgres, gateway.stores.database
        )
    finally:
        postgres.execute("DROP DATABASE again")


def test_no_file_is_overwritten(gateway):
    for _ in range(3):
        gateway.cli("migrate", "backup", "--to", gateway.root / "elsewhere")
    assert (
        len(list((gateway.root / "elsewhere").glob("*.dump")))
        == 3
        == len(list((gateway.root / "elsewhere").iterdir()))
    )
    missing = gateway.cli("migrate", "backup", "--to", gateway.root / "no" / "where", check=False)
    assert missing.returncode == 69 and "cannot make the directory" in missing.stderr


def test_a_role_that_may_not_make_databases(gateway, postgres):
    postgres.execute(f"ALTER ROLE {gateway.stores.database} NOCREATEDB")
    said = gateway.cli("migrate", "backup")
    assert (
        "read through and compared" in said.stdout
        and "was not restored" in said.stderr
        and "CREATEDB" in said.stderr
    )
    rows = sum(postgres.execute(COUNTS, database=gateway.stores.database)[0])
    assert f"3 tables, {rows} rows" in said.stdout and len(backups(gateway)) == 1


def test_what_only_an_administrator_can_restore(gateway, postgres):
    """An extension that the gateway's role may not make, in its own database too."""
    postgres.execute("CREATE EXTENSION pg_stat_statements", database=gateway.stores.database)
    said = gateway.cli("migrate", "backup")
    assert (
        "read through and compared" in said.stdout
        and "permission denied to create extension" in said.stderr
    )
    assert len(backups(gateway)) == 1 and scratch(postgres) == []


def tool(directory, name, text):
    """A program that stands before the real one in PATH."""
    directory.mkdir(exist_ok=True)
    (directory / name).write_text("#!/bin/sh\n" + text)
    (directory / name).chmod(0o755)


@pytest.mark.parametrize("rights", ["CREATEDB", "NOCREATEDB"])
def test_a_copy_that_lacks_rows_is_no_backup(gateway, postgres, rights):
    """The dump is made without one row that the database holds."""
    name = gateway.stores.database
    postgres.execute(f"ALTER ROLE {name} {rights}")
    postgres.execute(
        "CREATE TABLE public.less (n int); INSERT INTO public.less SELECT generate_series(1, 10);"
        f"ALTER TABLE public.less OWNER TO {name}",
        database=name,
    )
    tool(
        gateway.root / "bin",
        "pg_dump",
        'exec /usr/bin/pg_dump --exclude-table-data=public.less "$@"\n',
    )
    gateway.env["PATH"] = f"{gateway.root / 'bin'}:{os.environ['PATH']}"
    refused = gateway.cli("migrate", "backup", check=False)
    assert refused.returncode == 69 and "public.less has 0 rows instead of 10" in refused.stderr
    assert backups(gateway) == [] and scratch(postgres) == []


@pytest.mark.parametrize(
    "name, text, words",
    [
        ("pg_dump", "echo half; echo no space >&2; exit 1\n", "no space"),
        ("pg_dump", "echo junk\n", "pg_restore"),
        ("pg_restore", "kill -9 $$\n", "ended by a signal"),
    ],
)
def test_a_tool_that_fails_leaves_nothing(gateway, postgres, name, text, words):
    tool(gateway.root / "bin", name, text)
    gateway.env["PATH"] = f"{gateway.root / 'bin'}:{os.environ['PATH']}"
    refused = gateway.cli("migrate", "up", "--backup", check=False)
    assert refused.returncode == 69 and words in refused.stderr
    assert backups(gateway) == [] and scratch(postgres) == []
    assert (
        postgres.execute(
            "SELECT 1 FROM pg_namespace WHERE nspname = 'gatehouse'",
            database=gateway.stores.database,
        )
        == []
    )


def test_without_the_tools(gateway):
    gateway.env["PATH"] = str(gateway.root)
    refused = gateway.cli("migrate", "backup", check=False)
    assert (
        refused.returncode == 69
        and "postgresql-client-15" in refused.stderr
        and backups(gateway) == []
    )


@pytest.fixture
def password(gateway, postgres):
    """Without it PostgreSQL lets the gateway's role in no longer."""
    word, name = "canary:with\\signs-" + secrets.token_hex(8), gateway.stores.database
    postgres.execute(f"ALTER ROLE {name} PASSWORD %s", (word,))
    rules = postgres.root / "data" / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"local all {name} scram-sha-256\n" + before)
    postgres.execute("SELECT pg_reload_conf()")
    wait_until(
        lambda: gateway.cli("migrate", "status", check=False).returncode,
        "the password is asked for",
    )
    yield word
    rules.write_text(before)
    postgres.execute("SELECT pg_reload_conf()")


def test_the_password_is_in_no_argument_and_no_environment(gateway, postgres, password):
    name = gateway.stores.database
    quoted = password.replace("\\", "%5C").replace(":", "%3A")
    gateway.env["DATABASE_URL"] = f"postgresql://{name}:{quoted}@/{name}?host={postgres.root}"
    seen = gateway.root / "seen"
    for program in ("pg_dump", "pg_restore"):
        tool(
            gateway.root / "bin",
            program,
            f'{{ echo "$@"; env; ls -ld "$PGPASSFILE" "${{PGPASSFILE%/*}}"; cat "$PGPASSFILE"; '
            f'echo; }} >>{seen}-{program}\nexec /usr/bin/{program} "$@"\n',
        )
    gateway.env["PATH"] = f"{gateway.root / 'bin'}:{os.environ['PATH']}"
    said = gateway.cli("migrate", "backup")
    assert password not in said.stdout + said.stderr
    for program in ("pg_dump", "pg_restore"):
        told = pathlib.Path(f"{seen}-{program}").read_text()
        escaped = password.replace("\\", "\\\\").replace(":", "\\:")
        assert told.count(f"*:*:*:*:{escaped}\n") == 1, "in the password file, and there alone"
        assert password not in told and told.count("canary") == 1 and "DATABASE_URL" not in told
        modes = re.findall(r"^([d-][rwx-]{9}) ", told, re.MULTILINE)
        assert sorted(modes) == ["-rw-------", "drwx------"]
        assert not os.path.exists(re.search(r"PGPASSFILE=(\S+)", told)[1])


def test_ended_in_the_middle_it_tidies_up(gateway, postgres):
    tool(gateway.root / "bin", "pg_restore", "exec sleep 60\n")
    gateway.env["PATH"] = f"{gateway.root / 'bin'}:{os.environ['PATH']}"
    command = [str(gatehouse_binary()), "migrate", "backup", "--config", str(gateway.config)]
    # Whoever runs this in the background has it ignore SIGINT, and with it whatever it starts.
    process = subprocess.Popen(
        command,
        env=gateway.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_until(lambda: scratch(postgres) and children(process.pid), "it restores")
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
    assert process.wait(30) == -signal.SIGINT
    assert backups(gateway) == [] and scratch(postgres) == []


def test_up_waits_for_a_word(gateway, postgres):
    name = gateway.stores.database
    refused = gateway.cli("migrate", "up", check=False)
    assert (
        refused.returncode == 64
        and "migrate up --backup" in refused.stderr
        and "migrate up --no-backup" in refused.stderr
    )
    assert (
        postgres.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'gatehouse'", database=name)
        == []
    )
    assert (
        "applied" in gateway.cli("migrate", "up", "--backup").stdout and len(backups(gateway)) == 1
    )
    assert gateway.cli("migrate", "up").stdout == "identity: nothing to do\nweb: nothing to do\n"
    gateway.cli("migrate", "up", "--backup")
    assert len(backups(gateway)) == 1  # nothing was pending


@pytest.mark.parametrize("rows", [0, 1])
def test_what_counts_as_data(root, postgres, rows):
    """Rows that the role may not read count; tables without rows do not."""
    name = f"data_{rows}"
    found = Gateway(root / name, Stores("development", postgres, None, name))
    postgres.execute(
        "CREATE SCHEMA hidden; CREATE TABLE hidden.users (id int); INSERT INTO hidden.users"
        f" SELECT generate_series(1, {rows}); CREATE TABLE empty (id int); CREATE VIEW one AS SELECT 1",
        database=name,
    )
    assert found.cli("migrate", "up", check=False).returncode == (64 if rows else 0)
    if rows:
        refused = found.cli("migrate", "up", "--backup", check=False)
        assert (
            refused.returncode == 69
            and "permission denied" in refused.stderr
            and backups(found) == []
        )


def at_a_terminal(gateway, answer):
    """What `migrate up` answers to somebody who types."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(gatehouse_binary()), "migrate", "up", "--config", str(gateway.config)],
        env=gateway.env,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    asked = b""
    while b"[y/N]" not in asked:
        asked += os.read(ours, 1000)
    os.write(ours, answer)
    out, _ = process.communicate(timeout=60)
    os.close(ours)
    return process.returncode, out


def test_a_person_is_asked(gateway):
    assert at_a_terminal(gateway, b"\n") == (64, "") and backups(gateway) == []
    code, out = at_a_terminal(gateway, b"y\n")
    assert (
        code == 0
        and "restored and compared" in out
        and "applied 0001_identity" in out
        and len(backups(gateway)) == 1
    )


def test_a_file(embedded):
    embedded.cli("migrate", "up")
    embedded.cli(
        "user",
        "add",
        "ann@example.org",
        "--password-stdin",
        stdin="canary a long walk on the beach\n",
    )
    older(embedded)
    refused = embedded.cli("migrate", "up", check=False)
    assert refused.returncode == 64 and "--no-backup" in refused.stderr
    with sqlite3.connect(
        embedded.file
    ) as writer:  # somebody is writing: what is committed is copied, and no more
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM users")
        said = embedded.cli("migrate", "backup")
        writer.rollback()
    writer.close()
    [made] = backups(embedded)
    assert "restored and compared" in said.stdout and stat.S_IMODE(made.stat().st_mode) == 0o600
    assert list(sqlite3.connect(made).iterdump()) == list(sqlite3.connect(embedded.file).iterdump())
    assert sqlite3.connect(made).execute("SELECT email FROM users").fetchall() == [
        ("ann@example.org",)
    ]


def test_a_damaged_file_is_not_backed_up(embedded):
    embedded.cli("migrate", "up")
    with open(embedded.file, "r+b") as file:
        file.seek(3 * 4096)
        file.write(secrets.token_bytes(2 * 4096))
    refused = embedded.cli("migrate", "backup", check=False)
    assert refused.returncode == 69 and backups(embedded) == []


def test_serve_keeps_a_file_safe_by_itself(embedded):
    """In mock, `serve` migrates by itself: what is in the file is copied beside it first."""
    embedded.cli("migrate", "up")
    embedded.cli(
        "user",
        "add",
        "ann@example.org",
        "--password-stdin",
        stdin="canary a long walk on the beach\n",
    )
    older(embedded)
    embedded.env["SESSION_ENVIRONMENT"] = "mock"
    embedded.start()
    embedded.stop()
    [copy] = embedded.file.parent.glob("gatehouse-*.db")
    assert embedded.events("backup")[-1]["path"] == str(copy)
    versions = "SELECT max(version) FROM schema_migrations WHERE database = 'identity'"
    assert sqlite3.connect(copy).execute(versions).fetchall() == [(1,)]
    assert sqlite3.connect(embedded.file).execute(versions).fetchall() > [(1,)]
    embedded.start()
    embedded.stop()
    assert len(list(embedded.file.parent.glob("gatehouse-*.db"))) == 1
