# SPDX-License-Identifier: Apache-2.0
"""What happens to an SQLite file that several processes use, and to the disk that it is on."""

import contextlib
import fcntl
import resource
import threading

from faults import fault
from processes import wait_until

EMBEDDED_FAULTS = {}
HELD = 0.15  # seconds; less than the gateways wait for a lock
FIRST_READ_LOCK, READ_LOCKS = 123, 5  # https://www.sqlite.org/walformat.html#wal_locks
ROOM = 1500  # bytes: not enough for a page


@contextlib.contextmanager
def connected(world):
    connection = world.connect()
    try:
        yield connection
    finally:
        connection.close()


@fault("the database is locked by somebody else", "sql", among=EMBEDDED_FAULTS)
def locked(world, _):
    with connected(world) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@fault("the database cannot even be read", "sql", among=EMBEDDED_FAULTS)
def unreadable(world, _):
    """The locks that readers take (lock bytes 3 to 7 of the shared memory) are held by somebody, as by one that recovers for long."""
    with open(f"{world.file}-shm", "rb+") as memory:
        wait_until(lambda: taken(memory), "nobody reads")
        yield


def taken(memory):
    try:
        fcntl.lockf(memory, fcntl.LOCK_EX | fcntl.LOCK_NB, READ_LOCKS, FIRST_READ_LOCK)
        return True
    except BlockingIOError:
        return False


@fault("somebody else writes again and again", "sql", among=EMBEDDED_FAULTS)
def busy(world, _):
    """There are gaps, and nobody has to wait long for one."""
    over = threading.Event()

    def write():
        with connected(world) as other:
            while not over.is_set():
                other.execute("BEGIN EXCLUSIVE")
                over.wait(HELD)
                other.execute("COMMIT")
                over.wait(HELD / 2)

    thread = threading.Thread(target=write)
    thread.start()
    yield
    over.set()
    thread.join()


@fault("somebody reads for long", among=EMBEDDED_FAULTS)
def reading(world, _):
    """The log of changes cannot be begun anew meanwhile."""
    with connected(world) as other:
        other.execute("BEGIN")
        assert other.execute("SELECT count(*) FROM sessions").fetchone()[0] > 0
        yield
        other.execute("COMMIT")


@fault("a backup is made", among=EMBEDDED_FAULTS)
def backup(world, _):
    with connected(world) as other:
        copy = world.root / "copy.db"
        other.execute("VACUUM INTO ?", (str(copy),))
        yield
        copy.unlink()


@contextlib.contextmanager
def limited(world, names, size):
    """No file of these gateways may grow beyond `size`."""

    def limit(value):
        for node in world.nodes:
            if node.name in names:
                resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (value, resource.RLIM_INFINITY))

    limit(size)
    try:
        yield
    finally:
        limit(resource.RLIM_INFINITY)


@fault("the disk is full", "sql", among=EMBEDDED_FAULTS)
def disk_full(world, _):
    """Of what has been written nothing is in the way: the log of changes is empty, and cannot grow by one page."""
    with connected(world) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with limited(world, world.names, ROOM):
        yield


@fault("one gateway can write nothing", "sql", among=EMBEDDED_FAULTS)
def read_only(world, rng):
    with limited(world, [rng.choice(world.names)], 0):
        yield
