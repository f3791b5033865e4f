# SPDX-License-Identifier: Apache-2.0
"""What happens to Redis itself."""

import contextlib
import shutil
import signal
import socket
import time

import redis

from faults import fault
from history import now
from processes import Process, wait_until
from stores import Redis

LINKS, OPERATORS_TRIES = 2, 40  # of each gateway; of commands, each of which tries a few times
BURST = 100_000


@contextlib.contextmanager
def configured(world, **options):
    """CONFIG SET for a while, on a connection that lasts."""
    options = {name.replace("_", "-"): value for name, value in options.items()}
    with redis.Redis(
        unix_socket_path=str(world.redis.socket), socket_timeout=5, single_connection_client=True
    ) as admin:
        before = {name: admin.config_get(name)[name] for name in options}
        for name, value in options.items():
            admin.config_set(name, value)
        try:
            yield admin
        finally:
            for name, value in before.items():
                admin.config_set(name, value)


def throw_out(admin):
    """Every connection but this one."""
    for kind in ("normal", "pubsub"):
        admin.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")


def killed(world):
    world.redis.stop(signal.SIGKILL)


@fault("redis killed, back empty", "redis")
def killed_empty(world, _):
    killed(world)
    yield
    world.redis.start()


@fault("redis killed, back with an old copy", "redis")
def old_copy(world, _):
    """Sessions that have been ended since are alive in it."""
    world.redis.client.save()
    yield
    killed(world)
    try:
        world.redis.start()
    finally:
        (world.redis.root / "dump.rdb").unlink()


@fault("redis loads an old copy slowly", "redis")
def loading(world, _):
    delay = 1_000_000 // max(
        1, world.redis.client.dbsize()
    )  # microseconds for each key: one second
    world.redis.client.save()
    killed(world)
    command, world.redis.command = world.redis.command, [
        *world.redis.command,
        "--key-load-delay",
        str(delay),
    ]
    Process.start(world.redis)
    try:
        yield
        world.redis.wait_ready(world.redis.accepts)
    finally:
        world.redis.command = command
        (world.redis.root / "dump.rdb").unlink()


@fault("redis stopped", "redis")
def stopped(world, _):
    world.redis.freeze()
    yield
    world.redis.thaw()


@fault("redis flushed", "redis")
def flushed(world, _):
    world.redis.client.flushall()
    yield
    world.redis.client.flushall()


@fault("redis forgets every other key", "redis")
def forgetful(world, rng):
    forget_half(world, rng)
    yield
    forget_half(world, rng)


def forget_half(world, rng):
    keys = list(world.redis.client.scan_iter(count=1000))
    world.redis.client.delete("nothing", *rng.sample(keys, len(keys) // 2))


@fault("redis evicts", "redis")
def evicting(world, _):
    used = world.redis.client.info("memory")["used_memory"]
    with configured(world, maxmemory_policy="allkeys-random", maxmemory=used):
        yield


@fault("redis out of memory", "redis")
def out_of_memory(world, _):
    with configured(world, maxmemory=1):
        yield


@fault("redis is a replica", "redis")
def replica(world, _):
    """READONLY, and whatever it holds."""
    with configured(world, replica_serve_stale_data="yes") as admin:
        admin.execute_command("REPLICAOF", "127.0.0.1", "1")
        yield
        admin.execute_command("REPLICAOF", "NO", "ONE")


@fault("redis has lost its master", "redis")
def master_down(world, _):
    with configured(world, replica_serve_stale_data="no") as admin:
        admin.execute_command("REPLICAOF", "127.0.0.1", "1")
        yield
        admin.execute_command("REPLICAOF", "NO", "ONE")


@fault("redis cannot save", "redis")
def misconf(world, _):
    """MISCONF to every write: a directory is where the file should be."""
    obstacle = world.redis.root / "dump.rdb"

    def saved(admin, status):
        info = admin.info("persistence")
        return not info["rdb_bgsave_in_progress"] and info["rdb_last_bgsave_status"] == status

    with configured(world, save="3600 1000000", stop_writes_on_bgsave_error="yes") as admin:
        (obstacle / "x").mkdir(parents=True)
        admin.bgsave()
        wait_until(lambda: saved(admin, "err"), "saving has failed")
        yield
        shutil.rmtree(obstacle)
        admin.bgsave()
        wait_until(lambda: saved(admin, "ok"), "saving works again")
        obstacle.unlink()


@fault("redis busy with a script", "redis")
def busy(world, _):
    with configured(world, busy_reply_threshold=20) as admin, socket.socket(socket.AF_UNIX) as link:
        link.connect(str(world.redis.socket))
        link.sendall(b"EVAL 'while true do end' 0\r\n")
        wait_until(lambda: is_busy(admin), "it is busy")
        yield
        admin.execute_command("SCRIPT", "KILL")
        wait_until(lambda: not is_busy(admin), "it is not busy any more")


def is_busy(admin):
    try:
        admin.ping()
        return False
    except redis.ResponseError as error:
        return "BUSY" in str(error)


@fault("redis wants a password", "redis")
def password(world, _):
    with configured(world, requirepass="changed") as admin:
        throw_out(admin)
        yield


@fault("redis takes no more clients", "redis")
def max_clients(world, _):
    """Nobody hammers at it."""
    with configured(world, maxclients=1) as admin:
        begin, before = now(), admin.info("stats")["rejected_connections"]
        throw_out(admin)
        yield
        tries = admin.info("stats")["rejected_connections"] - before
        assert (
            0 < tries < OPERATORS_TRIES + LINKS * len(world.names) * (5 + 10 * (now() - begin))
        ), tries


@fault("redis has too few replicas", "redis")
def too_few_replicas(world, _):
    """NOREPLICAS to every write."""
    with configured(world, min_replicas_to_write=1):
        yield


@fault("redis is split in two", "redis")
def split(world, _):
    """The last gateway is alone with one that nobody else knows."""
    other, name = Redis(world.root / "other").start(), world.names[-1]
    try:
        world.door("redis", name, "pass", back=str(other.socket))
        yield
        world.door("redis", name, "pass", back=str(world.redis.socket))
    finally:
        other.stop()
        shutil.rmtree(other.root)


HOUR = 3600 * 1000


def later(world, milliseconds):
    """Every key lives so much longer."""
    keys = list(world.redis.client.scan_iter("identity:*", count=1000))
    with world.redis.client.pipeline(transaction=False) as asked, world.redis.client.pipeline(
        transaction=False
    ) as told:
        for key in keys:
            asked.pttl(key)
        for key, left in zip(keys, asked.execute()):
            if left > 0:
                told.pexpire(key, left + milliseconds)  # a time that is over deletes it
        told.execute()


@fault("the clock of redis is an hour slow")
def slow_clock(world, _):
    """Keys live too long, but no session does."""
    later(world, HOUR)
    yield
    later(world, HOUR)


@fault("the clock of redis is an hour fast")
def fast_clock(world, _):
    later(world, -HOUR)
    yield
    later(world, -HOUR)


@fault("a hundred thousand sessions expire at once")
def burst(world, _):
    fill = world.redis.client.register_script(
        "for i = 1, 500 do redis.call('SET', 'identity:session:web:' .. ARGV[1] .. i, 'x', 'PX', 60000) end"
    )
    for part in range(BURST // 500):
        fill(args=[f"{part:030}-"])
    end = """local found = redis.call('SCAN', ARGV[1], 'MATCH', 'identity:session:web:0000000000*', 'COUNT', 500)
        for _, key in ipairs(found[2]) do redis.call('PEXPIREAT', key, ARGV[2]) end
        return found[1]"""
    moment, cursor, expire = (
        int(time.time() * 1000) + 1500,
        b"0",
        world.redis.client.register_script(end),
    )
    while (cursor := expire(args=[cursor, moment])) != b"0":
        pass
    yield
    wait_until(lambda: world.redis.client.dbsize() < BURST, "they expire")


@fault("redis pauses", "redis")
def paused(world, _):
    world.redis.client.client_pause(1000)
    yield


@fault("redis throws everybody out", "redis")
def thrown_out(world, _):
    throw_out(world.redis.client)
    yield
    throw_out(world.redis.client)
