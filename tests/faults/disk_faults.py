# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL without room for one more page of the sessions: RLIMIT_FSIZE ends in the middle of a page, so that the server writes half of
it and says what it says of a full disk (SQLSTATE 53100). Needs no rights but those over its processes."""

import os
import subprocess
import uuid

import psycopg2.errors

from faults import fault
from processes import children
from world import DATABASE

PAGE, SEGMENT = (
    8192,
    1 << 20,
)  # bytes; new segments of its log must still fit (Postgres in stores.py makes them so small)
FILLER = "filler@example.org"
LARGEST = """SELECT max(pg_relation_size(oid)) FILTER (WHERE oid <> 'gatehouse.sessions'::regclass), pg_relation_size('gatehouse.sessions')
    FROM pg_class WHERE relkind IN ('r', 'i', 't')"""
# Sessions that ended long ago; nobody is told of them.
FILL = """SET LOCAL session_replication_role = replica;
    INSERT INTO gatehouse.users (id, email) VALUES (%(user)s, %(email)s) ON CONFLICT DO NOTHING;
    INSERT INTO gatehouse.sessions (id, handle, user_id, expires_at, revoked, revoked_at, user_agent)
    SELECT 'filler ' || handle, handle, (SELECT id FROM gatehouse.users WHERE email = %(email)s), now(), true, now() - interval '1 day',
           repeat('x', 900) FROM (SELECT gen_random_uuid() AS handle FROM generate_series(1, %(rows)s)) handles;
    SET LOCAL session_replication_role = origin"""


def limit(world, size):
    """No file may grow beyond it; inherited by the processes to come. Set by their own user: not every root may do it."""
    own = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}

    def limit_all(*pids):  # some may have ended meanwhile
        subprocess.run(
            [
                "sh",
                "-c",
                f'for pid; do prlimit --pid="$pid" --fsize={size}:unlimited || true; done',
                "sh",
                *map(str, pids),
            ],
            check=True,
            stderr=subprocess.DEVNULL,
            **own,
        )

    # The postmaster first: those that it makes from then on have it from there, and those before are found.
    limit_all(world.postgres.pid)
    limit_all(*children(world.postgres.pid))


def without_gaps(cursor):
    """The table is the largest of all files, and its pages are full to the brim. Its size."""
    cursor.execute("ALTER TABLE gatehouse.sessions SET (fillfactor = 100)")
    missing = 0
    while missing >= 0:  # without its gaps it is smaller
        cursor.execute(
            FILL, {"user": str(uuid.uuid4()), "email": FILLER, "rows": missing // 800 + 1}
        )
        cursor.execute("CLUSTER gatehouse.sessions USING sessions_pkey")
        cursor.execute(LARGEST)
        others, own = cursor.fetchone()
        missing = max(others, SEGMENT) + PAGE - own
    return own


def is_full(world):
    """The last page may have room for a few."""
    try:
        world.sql(FILL, {"user": str(uuid.uuid4()), "email": FILLER, "rows": 20})
        return False
    except psycopg2.errors.DiskFull:
        return True


@fault("postgresql's disk is full", "sql")
def disk_full(world, _):
    connection = world.postgres.connect(DATABASE)
    connection.autocommit = False
    try:
        with connection.cursor() as cursor:
            size = without_gaps(cursor)
            limit(world, size + PAGE // 2)
            connection.commit()
        assert is_full(world)
        yield
    finally:
        connection.rollback()
        limit(world, "unlimited")
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE gatehouse.sessions SET (fillfactor = 80)")
        connection.commit()
        connection.close()
