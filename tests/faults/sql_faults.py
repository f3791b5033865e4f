# SPDX-License-Identifier: Apache-2.0
"""What happens to PostgreSQL itself."""

import contextlib
import os
import signal

from faults import fault
from history import now
from processes import NotReady
from world import DATABASE

OURS = f"usename = '{DATABASE}'"


def backends(world):
    return [
        pid for pid, in world.postgres.execute(f"SELECT pid FROM pg_stat_activity WHERE {OURS}")
    ]


def throw_out(world):
    world.postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OURS}")


def start_again(postgres):
    """The processes of the one that was killed may hold its memory for a moment."""
    begin = now()
    while True:
        try:
            return postgres.start()
        except NotReady:
            if now() > begin + 20.0:
                raise


@contextlib.contextmanager
def locked(world, table):
    connection = world.postgres.connect(DATABASE)
    try:
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE gatehouse.{table} IN ACCESS EXCLUSIVE MODE")
            yield
            connection.rollback()
    finally:
        connection.close()


@contextlib.contextmanager
def altered(world, what):
    """ALTER SYSTEM for a while. The connection that takes it back is not bound by it."""
    connection = world.postgres.connect()
    name = what.split()[0]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute(f"ALTER SYSTEM SET {what}")
            cursor.execute("SELECT pg_reload_conf()")
            yield
            cursor.execute(f"ALTER SYSTEM RESET {name}")
            cursor.execute("SELECT pg_reload_conf()")
    finally:
        connection.close()


@fault("postgresql killed", "sql")
def killed(world, _):
    world.postgres.stop(signal.SIGKILL)
    yield
    start_again(world.postgres)


@fault("postgresql crashes and recovers", "sql")
def crashed(world, rng):
    """A process of it dies; all the others are thrown out until the log has been read again."""
    for pid in rng.sample(backends(world), 1):
        os.kill(pid, signal.SIGKILL)
    yield
    start_again(world.postgres) if not world.postgres.running() else None


@fault("postgresql stopped", "sql")
def stopped(world, _):
    world.postgres.freeze()
    yield
    world.postgres.thaw()


@fault("postgresql's connections stopped", "sql")
def some_stopped(world, rng):
    found = backends(world)
    chosen = rng.sample(found, len(found) // 2)
    for pid in chosen:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in chosen:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@fault("postgresql throws everybody out", "sql")
def thrown_out(world, _):
    throw_out(world)
    yield
    throw_out(world)


@fault("the sessions are locked", "sql")
def sessions_locked(world, _):
    with locked(world, "sessions"):
        yield


@fault("the users are locked", "sql")
def users_locked(world, _):
    with locked(world, "users"):
        yield


@fault("postgresql is read only", "sql")
def read_only(world, _):
    with altered(world, "default_transaction_read_only = on"):
        yield


@fault("postgresql takes no more clients", "sql")
def full(world, _):
    world.postgres.execute(f"ALTER ROLE {DATABASE} CONNECTION LIMIT 0")
    throw_out(world)
    yield
    world.postgres.execute(f"ALTER ROLE {DATABASE} CONNECTION LIMIT -1")
