# SPDX-License-Identifier: Apache-2.0
"""The rows of test_ends.py: what ends a session, by whom, and why a gateway may not hear of it.

An act is a function of a Scene (ends_run.py). It returns what it did: pairs of an event and the sessions that it was to end."""

import dataclasses
import itertools
import signal
import threading

from both_faults import APART
from faults import Fault, fault
from hard_times import late
from lives import recorded, succeeded
from path_faults import behaving
from sql_faults import altered
from world import PASSWORD, PERMISSIONS

ACTS = {}  # (what, by) → function
MISSES = {}  # name → Fault
LASTS = {}  # name → how many seconds it lasts
TRIES = 3
STAYS_AWAY = 5.0  # seconds
DOWN = {"mode": "down"}
ALONE = {"truncate"}  # ends the sessions of all other rows, too: has a world of its own


@dataclasses.dataclass(frozen=True)
class Row:
    what: str
    by: str
    miss: str

    def __str__(self):
        return f"{self.what}-by_{self.by}-{self.miss}"

    @property
    def group(self):
        """Rows of one group are tried at the same time in the same world."""
        return self.miss, self.what if self.what in ALONE else ""


def act(by, what=None):
    def add(function):
        ACTS[what or function.__name__, by] = function
        return function

    return add


# By a page: at the gateway scene.node.


@act("page")
def logout(scene):
    return [(sign_out(scene, victim), [victim]) for victim in scene.victims]


def sign_out(scene, victim):
    """Again if that failed: the disk of a busy machine, or Redis, may take too long while the answer depends on it."""
    for _ in range(TRIES):
        event = scene.client.logout(victim, scene.node)
        if succeeded(event) or recorded(event):
            break
    return event


@act("page")
def end_one(scene):
    return [
        (scene.client.revoke_one(scene.actor, victim, scene.node), [victim])
        for victim in scene.victims
    ]


@act("page")
def end_others(scene):
    return [(scene.client.revoke_others(scene.actor, scene.node), scene.victims)]


@act("page")
def password(scene):
    event, _ = scene.client.change_password(
        scene.actor, scene.person, PASSWORD, f"another {PASSWORD}", scene.node
    )
    return [(event, [scene.actor, *scene.victims])]


# By the command line, which reaches both stores directly.


@act("command", "end_one")
def end_one_by_command(scene):
    return [(scene.operator.revoke(scene.person, victim), [victim]) for victim in scene.victims]


@act("command", "end_all")
def end_all_by_command(scene):
    return [(scene.operator.revoke_all(scene.person), scene.everything)]


@act("command", "password")
def password_by_command(scene):
    words = ["user", "passwd", scene.person.email, "--password-stdin"]
    return [
        (
            scene.operator.run(
                "admin_revoke", scene.person, words, f"another {PASSWORD}\n", all=True
            ),
            scene.everything,
        )
    ]


@act("command", "disable")
def disable_by_command(scene):
    return [(scene.operator.disable(scene.person), scene.everything)]


@act("command", "delete_user")
def delete_user_by_command(scene):
    words = ["user", "delete", scene.person.email, "--yes"]
    return [(scene.operator.run("admin_revoke", scene.person, words, all=True), scene.everything)]


@act("command", "withdraw_permission")
def withdraw_by_command(scene):
    words = ["user", "revoke", scene.person.email, PERMISSIONS]
    return [(scene.operator.run("profile", scene.person, words, **scene.without_permission()), [])]


# By psql: nobody is told.

STATEMENTS = {
    "revoke": "UPDATE gatehouse.sessions SET revoked = true, revoked_at = now() WHERE id = %s",
    "revoke_undated": "UPDATE gatehouse.sessions SET revoked = true WHERE id = %s",
    "expire": "UPDATE gatehouse.sessions SET expires_at = now() WHERE id = %s",
    "delete_session": "DELETE FROM gatehouse.sessions WHERE id = %s",
}


def each_by_sql(statement):
    def body(scene):
        return [
            (
                scene.operator.by_hand(
                    "admin_revoke", scene.person, statement, (victim.id,), victim=victim.id
                ),
                [victim],
            )
            for victim in scene.victims
        ]

    return body


for name, text in STATEMENTS.items():
    act("sql", name)(each_by_sql(text))


@act("sql", "disable")
def disable_by_sql(scene):
    return [(scene.operator.disable_by_hand(scene.person), scene.everything)]


@act("sql", "delete_user")
def delete_user_by_sql(scene):
    text = "DELETE FROM gatehouse.users WHERE id = %s"
    return [
        (
            scene.operator.by_hand(
                "admin_revoke", scene.person, text, (scene.person.id,), all=True
            ),
            scene.everything,
        )
    ]


@act("sql", "truncate")
def truncate_by_sql(scene):
    return [
        (
            scene.operator.by_hand(
                "admin_revoke", scene.person, "TRUNCATE gatehouse.sessions CASCADE", (), all=True
            ),
            scene.everything,
        )
    ]


@act("sql", "withdraw_permission")
def withdraw_by_sql(scene):
    text = "DELETE FROM gatehouse.user_permissions WHERE user_id = %s"
    return [
        (
            scene.operator.by_hand(
                "profile", scene.person, text, (scene.person.id,), **scene.without_permission()
            ),
            [],
        )
    ]


# Why a gateway may not hear of it.


def miss(name, seconds, *hits):
    LASTS[name] = seconds
    return fault(name, *hits, among=MISSES)


@miss("all_well", 0.5)
def all_well(_world, _rng):
    yield


@miss("redis_away", 3.0, "redis")
def redis_away(world, _):
    """Not for the command line either; it comes back with all that it held."""
    world.redis.freeze()
    yield
    world.redis.thaw()


def redis_cut(seconds):
    """No gateway reaches it; it keeps what it holds."""

    @miss(f"redis_cut_{seconds}s", float(seconds), "redis")
    def body(world, _):
        with behaving(world, "redis", world.names, DOWN):
            yield


for length in (3, 8, 20):
    redis_cut(length)

LASTS["redis_late"] = 3.0
MISSES["redis_late"] = Fault(
    "redis_late", ("redis",), late("redis", by=0.06).body
)  # SQL answers some checks, Redis others


@miss("sql_away", 3.0, "sql")
def sql_away(world, _):
    with behaving(world, "sql", world.names, DOWN):
        yield


@miss("apart", 3.0, "redis", "sql")
def apart(world, _):
    """The first gateway has no SQL, the others have no Redis."""
    with behaving(world, "sql", world.names[:1], DOWN), behaving(
        world, "redis", world.names[1:], DOWN
    ):
        yield


@miss("sql_read_only_apart", 3.0, "redis", "sql")
def sql_read_only_apart(world, _):
    """Everybody reads SQL, and nobody can write; the others have no Redis."""
    with altered(world, "default_transaction_read_only = on"), behaving(
        world, "redis", world.names[1:], DOWN
    ):
        yield


@miss("sql_back_for_one", 1.0, "sql", "redis")
def sql_back_for_one(world, _):
    """Redis has lost everything when SQL comes back for the last gateway; for the others it stays away for longer than that one waits
    for what they may have to say."""
    with behaving(world, "sql", world.names[:-1], DOWN):
        with behaving(world, "sql", world.names[-1:], DOWN):
            yield
            world.redis.client.flushall()
        threading.Event().wait(STAYS_AWAY)


@miss("restart", APART)
def restart(world, _):
    """No gateway runs while it happens."""
    first, *others = world.nodes
    first.stop()
    for node in others:
        node.stop(signal.SIGKILL)
    yield world.names
    for node in world.nodes:
        node.start()


LEFT_OUT = {
    ("page", "restart"): "no gateway is there to show a page",
    ("command", "sql_read_only_apart"): "a command that cannot write changes nothing, and says so",
    ("sql", "sql_read_only_apart"): "likewise",
}
BLIND = ("sql_away", "sql_back_for_one", "sql_read_only_apart")  # SQL cannot be told by any gateway
ROWS = [
    Row(what, by, name)
    for name, (what, by) in itertools.product(MISSES, ACTS)
    if (by, name) not in LEFT_OUT
]


def without_sql(name, first):
    """What a logout may be answered."""
    if name == "sql_read_only_apart" and not first:  # nor can it tell Redis
        return {"recorded", "failed"}
    return {"done"} if name in ("sql_away", "sql_back_for_one") else {"done", "recorded"}


def possible(row, node, names):
    """What may be answered; by a page of the gateway `node` out of `names`."""
    if row.miss == "all_well":
        return {"done"}
    if row.by == "page" and (row.miss in BLIND or row.miss == "apart" and node == names[0]):
        return {"failed"} if row.what != "logout" else without_sql(row.miss, node == names[0])
    return {"done", "recorded"} if row.by != "sql" else {"done"}
