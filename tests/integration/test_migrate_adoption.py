# SPDX-License-Identifier: Apache-2.0
# Goal: a database that another application lives in gets our tables beside its own, and nothing of its own is changed: not when
# the runner runs twice, not with others at the same time, and not if it is killed or cut off at any of its statements.
import contextlib
import json
import os
import resource
import sqlite3
import stat
import subprocess

import pytest

from legacy_databases import POSTGRES, dump_of_others, dump_of_ours, legacy_gateway, sqlite_file
from processes import wait_until
from servers import Gateway, Stores, gatehouse_binary


def states(gateway):
    return {one["state"] for one in json.loads(gateway.cli("migrate", "status", "--json").stdout)}


def runner(gateway, *words, **more):
    command = [gatehouse_binary(), "migrate", "up", *words, "--config", gateway.config]
    return subprocess.Popen(
        [str(word) for word in command],
        env=gateway.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


@pytest.fixture(params=POSTGRES)
def adopted(root, postgres, request):
    """A gateway whose database is another application's."""
    name = f"adopt_{request.param}_{len(list(root.glob('adopt_*')))}"
    return legacy_gateway(root, postgres, request.param, name)


@pytest.fixture
def embedded(root):
    """A gateway with a file of its own, beside another application's."""
    gateway = Gateway(root / f"adopt_file_{len(list(root.glob('adopt_*')))}", Stores("development"))
    gateway.legacy = sqlite_file(gateway.root / "app.db")
    gateway.file = gateway.root / "state" / "gatehouse.db"
    return gateway


def test_nothing_of_theirs_is_changed(adopted, postgres):
    name = adopted.stores.database
    before = dump_of_others(postgres, name)
    assert b"old_token_xyz123" in before or b"raw-session-50" in before
    assert "applied 0001_identity" in adopted.cli("migrate", "up", "--no-backup").stdout
    assert states(adopted) == {"applied"}
    assert dump_of_others(postgres, name) == before
    ours, rows = dump_of_ours(postgres, name), postgres.execute(
        "SELECT * FROM gatehouse.schema_migrations", database=name
    )
    assert b"CREATE TABLE gatehouse.users" in ours
    assert adopted.cli("migrate", "up").stdout == "identity: nothing to do\nweb: nothing to do\n"
    assert dump_of_others(postgres, name) == before and dump_of_ours(postgres, name) == ours
    assert postgres.execute("SELECT * FROM gatehouse.schema_migrations", database=name) == rows


def test_several_at_once(adopted, postgres):
    name = adopted.stores.database
    before = dump_of_others(postgres, name)
    done = [
        (process.communicate(timeout=60), process.returncode)
        for process in [runner(adopted, "--no-backup") for _ in range(4)]
    ]
    assert [code for _, code in done] == [0] * 4, done
    applied = sorted(line for (out, _), _ in done for line in out.splitlines() if "applied" in line)
    assert (
        len(applied)
        == len(set(applied))
        == len(json.loads(adopted.cli("migrate", "status", "--json").stdout))
    )
    assert dump_of_others(postgres, name) == before


def test_a_drifted_one_is_told(adopted, postgres):
    adopted.cli("migrate", "up", "--no-backup")
    postgres.execute(
        "UPDATE gatehouse.schema_migrations SET checksum = 'x' WHERE version = 1",
        database=adopted.stores.database,
    )
    assert states(adopted) == {"applied", "drifted"}
    assert "another text" in adopted.cli("migrate", "up", "--no-backup", check=False).stderr


@pytest.fixture
def crash(root, postgres):
    """A legacy database in which the n-th statement of a migration can be made the last one; n counts from one."""
    gateway = legacy_gateway(root, postgres, "uuids", "crash")
    postgres.execute(
        """
        CREATE SCHEMA crash; CREATE SEQUENCE crash.count; CREATE TABLE crash.plan (at bigint, what text);
        CREATE FUNCTION crash.strike() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        DECLARE plan crash.plan;
        BEGIN
          SELECT * INTO plan FROM crash.plan;
          IF nextval('crash.count') <> plan.at THEN RETURN; END IF;
          IF plan.what = 'terminate' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
          PERFORM pg_advisory_lock(99);
        END $$;
        CREATE EVENT TRIGGER strike ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE INDEX', 'CREATE FUNCTION',
          'CREATE TRIGGER', 'CREATE SCHEMA', 'REVOKE') EXECUTE FUNCTION crash.strike()""",
        database="crash",
    )

    def plan(at, what="terminate"):
        for statement in (
            "DROP SCHEMA IF EXISTS gatehouse CASCADE",
            "DELETE FROM crash.plan",
            "SELECT setval('crash.count', 1, false)",
        ):
            postgres.execute(statement, database="crash")
        postgres.execute("INSERT INTO crash.plan VALUES (%s, %s)", (at, what), database="crash")

    gateway.plan = plan
    yield gateway
    postgres.execute("DROP EVENT TRIGGER strike", database="crash")


def finish(gateway, postgres, before, ours):
    """What was cut short is taken up again, and ends as if nothing had been."""
    postgres.execute("UPDATE crash.plan SET at = 0", database="crash")
    gateway.cli("migrate", "up", "--no-backup")
    assert states(gateway) == {"applied"}
    if ours is not None:
        assert dump_of_ours(postgres, "crash") == ours
    exclude = "SELECT md5(string_agg(u::text, ',' ORDER BY id)) FROM public.users u"
    assert postgres.execute(exclude, database="crash") == before


def test_cut_off_and_killed_at_each_statement(crash, postgres):
    before = postgres.execute(
        "SELECT md5(string_agg(u::text, ',' ORDER BY id)) FROM public.users u", database="crash"
    )
    crash.plan(0)
    crash.cli("migrate", "up", "--no-backup")
    statements = postgres.execute("SELECT last_value FROM crash.count", database="crash")[0][0]
    ours = dump_of_ours(postgres, "crash")
    assert statements > 30
    for number in range(1, statements + 1):
        crash.plan(number)
        cut = crash.cli("migrate", "up", "--no-backup", check=False)
        assert cut.returncode == 69 and "was not applied" in cut.stderr, (number, cut)
        finish(crash, postgres, before, ours if number % 10 == 0 else None)
    for number in range(1, statements + 1, 4):
        crash.plan(number, "wait")
        with contextlib.closing(postgres.connect("crash")) as holder:
            holder.cursor().execute("SELECT pg_advisory_lock(99)")
            killed = runner(crash, "--no-backup")
            wait_until(
                lambda: postgres.execute(
                    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 99 AND NOT granted"
                ),
                f"the runner is at statement {number}",
            )
            killed.kill()
            assert killed.wait() == -9
            killed.communicate()
        finish(crash, postgres, before, ours if number % 12 == 1 else None)


def test_a_file_beside_theirs(embedded):
    theirs = embedded.legacy.read_bytes()
    embedded.cli("migrate", "up")
    assert states(embedded) == {"applied"} and stat.S_IMODE(embedded.file.stat().st_mode) == 0o600
    ours = list(sqlite3.connect(embedded.file).iterdump())
    assert embedded.cli("migrate", "up").stdout == "identity: nothing to do\nweb: nothing to do\n"
    assert list(sqlite3.connect(embedded.file).iterdump()) == ours
    assert embedded.legacy.read_bytes() == theirs
    done = [
        process.communicate(timeout=60) and process.returncode
        for process in [runner(embedded) for _ in range(3)]
    ]
    assert done == [0, 0, 0] and os.listdir(embedded.legacy.parent).count("app.db-wal") == 0


def test_their_file_by_mistake(embedded):
    """It is refused before it is opened for writing: every byte stays."""
    theirs = embedded.legacy.read_bytes()
    embedded.env["DATABASE_URL"] = f"sqlite:{embedded.legacy}"
    for words in (("up", "--no-backup"), ("up",), ("status",)):
        refused = embedded.cli("migrate", *words, check=False)
        assert refused.returncode == 69 and "a file of its own" in refused.stderr
    assert "tables of another application" in embedded.cli("migrate", "verify", check=False).stdout
    assert embedded.legacy.read_bytes() == theirs


def test_a_file_whose_runner_is_killed_at_each_page(embedded):
    """The kernel ends a runner that writes beyond a limit: further and further on, until one comes to its end."""
    ended, limit = [], 0
    while not ended or ended[-1] != 0:
        for path in embedded.file.parent.glob("gatehouse.db*"):
            path.unlink()

        def limited(most=limit):
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        killed = runner(embedded, preexec_fn=limited)
        killed.communicate(timeout=60)
        ended.append(killed.returncode)
        if embedded.file.exists():
            assert sqlite3.connect(embedded.file).execute("PRAGMA integrity_check").fetchall() == [
                ("ok",)
            ]
        embedded.cli("migrate", "up")
        assert states(embedded) == {"applied"}
        limit += 4096
    assert ended.count(-25) > 20 and set(ended) == {-25, 0}  # SIGXFSZ
