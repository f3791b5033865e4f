# SPDX-License-Identifier: Apache-2.0
"""One PostgreSQL, one Redis and several gateways on them, each behind doors of its own (proxy.py), with people and sessions."""

import concurrent.futures
import dataclasses
import json
import pathlib
import random
import time
import typing
import uuid

import psycopg2.extras
import redis

import fcgi
from history import DONE, Event, Recorder, now
from processes import wait_until
from proxy import Doors
from servers import Gateway, Stores
from stores import Postgres, Redis
from tokens import Mint, stored_id

DATABASE = "gatehouse"
PASSWORD = "the first password of everybody here"
PERMISSIONS = "a.read"
# Activity is written every second, so that its way to the stores is always busy; `brief` is there to run out.
OPTIONS = {
    "touch_interval": "1s",
    "flush_interval": "500ms",
    "max_sessions_per_user": 10000,
    "log_level": "info",
    "login_failures_per_account": 1000000,
    "login_failures_per_address": 1000000,
    "argon2_passes": 2,
}
CONTEXTS = {"web": {}, "admin": {}, "brief": {"idle": "3s", "absolute": "9s"}}
IDLE, ABSOLUTE = {"brief": 3.0}, {"brief": 9.0}
MIXED, WEB = {"web": 8, "admin": 1, "brief": 1}, {
    "web": 1
}  # of so many sessions so many are of each context
MONTH = 30 * 24 * 3600


class Session(typing.NamedTuple):
    """What a browser has, and what a test knows of it."""

    id: str
    token: str
    user: str
    context: str
    handle: str = ""


@dataclasses.dataclass
class Person:
    id: str
    email: str
    role: str = "user"
    permissions: str = PERMISSIONS
    passwords: list = dataclasses.field(
        default_factory=lambda: [PASSWORD]
    )  # several if nobody knows which one counts
    sessions: list = dataclasses.field(default_factory=list)

    def profile(self):
        return {"email": self.email, "role": self.role, "permissions": self.permissions}


class Installed(Gateway):
    """The program with the configuration that all have in common."""

    def __init__(self, world, name):
        self.name = name
        super().__init__(
            world.root / name,
            Stores(world.ENVIRONMENT),
            {**OPTIONS, **world.options, "key_file": str(world.keys)},
        )

    def events(self, name):
        """The log of a long run is long."""
        return [
            json.loads(line)
            for line in self.log_text().splitlines(keepends=True)
            if f'"event":"{name}"' in line and line.endswith("\n")
        ]

    def write_config(self, **changed):
        super().write_config(**changed)
        tables = [
            f"[context.{name}]\n"
            + "".join(f"{key} = {json.dumps(value)}\n" for key, value in options.items())
            for name, options in CONTEXTS.items()
        ]
        with open(self.config, "a", encoding="utf-8") as config:
            config.write("\n".join(tables))

    def ready(self):
        """Whether it says that all is well."""
        try:
            return fcgi.ready(self.socket)["status"] == "ok"
        except (OSError, AssertionError, ValueError):
            return False


class Node(Installed):
    """A gateway on the stores that all share, through doors of its own."""

    def __init__(self, world, name):
        super().__init__(world, name)
        redis_front, sql_front = (
            ("tcp", "tcp")
            if world.tcp
            else (str(self.root / "redis.sock"), str(self.root / ".s.PGSQL.5432"))
        )
        ports = [
            world.doors.tell(
                listen=f"redis {name}", front=redis_front, back=str(world.redis.socket)
            )["port"],
            world.doors.tell(
                listen=f"sql {name}",
                front=sql_front,
                back=str(world.postgres.root / ".s.PGSQL.5432"),
            )["port"],
        ]
        if world.tcp:
            self.env["REDIS_URL"] = f"redis://127.0.0.1:{ports[0]}/0"
            self.env["DATABASE_URL"] = f"postgresql://{DATABASE}@127.0.0.1:{ports[1]}/{DATABASE}"
        else:
            self.env["REDIS_URL"] = f"unix:{redis_front}"
            self.env["DATABASE_URL"] = f"postgresql:///{DATABASE}?host={self.root}&user={DATABASE}"


class World:
    """`tcp`: the gateways reach the stores over TCP, else over unix sockets."""

    ENVIRONMENT, SCHEMA = "production", "gatehouse."

    def __init__(self, root, nodes=2, options=None, tcp=False):
        self.root, self.options, self.tcp = pathlib.Path(root), options or {}, tcp
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o755)
        self.keys = self.root / "keys"
        self.postgres, self.redis, self.doors = (
            Postgres(self.root / "pg"),
            Redis(self.root / "redis"),
            Doors(self.root),
        )
        self.names = [f"n{number + 1}" for number in range(nodes)]
        self.nodes, self.operator, self.mint, self.hash = [], None, None, None

    def start(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for started in [
                pool.submit(server.start) for server in (self.postgres, self.redis, self.doors)
            ]:
                started.result()
        self.operator_environment()
        self.nodes = [Node(self, name).start() for name in self.names]
        self.wait_well()
        return self

    def operator_environment(self):
        """The command line, which reaches the stores directly; with it the schema, the keys and a password's hash are made."""
        self.operator = Installed(self, "operator")
        self.operator.env.update(self.direct_ways())
        self.keys.write_text(self.operator.cli("keys", "new").stdout, encoding="ascii")
        self.keys.chmod(0o600)
        self.mint = Mint(self.keys)
        self.operator.cli("migrate", "up")
        self.operator.cli(
            "user", "add", "template@example.org", "--password-stdin", stdin=PASSWORD + "\n"
        )
        self.hash = self.sql(f"SELECT hashed_password FROM {self.SCHEMA}users")[0][0]

    def direct_ways(self):
        return {
            "DATABASE_URL": self.postgres.create_database(DATABASE),
            "REDIS_URL": self.redis.url,
        }

    def stop(self):
        for process in (*self.nodes, self.doors, self.redis, self.postgres):
            if process.running():
                process.stop()

    def node(self, name):
        return next(node for node in self.nodes if node.name == name)

    def sql(self, statement, values=()):
        return self.postgres.execute(statement, values, DATABASE)

    def sockets(self):
        return {node.name: str(node.socket) for node in self.nodes}

    @property
    def has_feed(self):
        """Gateways that read from SQL what has changed also see changes that were made there by hand."""
        return self.sql("SELECT to_regclass('gatehouse.nodes') IS NOT NULL")[0][0]

    def wait_well(self, timeout=15.0):
        for node in self.nodes:
            wait_until(node.ready, f"{node.name} is well\n{node.log_tail(5)}", timeout)

    def door(self, kind, name, mode, **options):
        self.doors.tell(name=f"{kind} {name}", mode=mode, **options)

    # People and sessions, straight into the database.

    def populate(self, people, sessions, rng=random, contexts=None):
        """So many people with so many sessions each: the people, and the events that tell of them."""
        events, start = Recorder(), now()
        found = [
            Person(str(uuid.uuid4()), f"{uuid.uuid4().hex[:12]}@example.org") for _ in range(people)
        ]
        for person in found:
            person.sessions = [
                self.new_session(person, rng, contexts or MIXED) for _ in range(sessions)
            ]
        begun, moment = time.time(), now()
        self.write(found, begun)
        end = now()
        for person in found:
            events.append(
                Event(
                    "user",
                    user=person.id,
                    start=start,
                    end=end,
                    result=DONE,
                    facts=person.profile(),
                )
            )
            events += [
                self.begun(session, (start, end, moment), begun) for session in person.sessions
            ]
        return found, events

    def new_session(self, person, rng, contexts):
        context = rng.choices(list(contexts), list(contexts.values()))[0]
        token = self.mint.token(context)
        return Session(stored_id(token), token, person.id, context, str(uuid.uuid4()))

    @staticmethod
    def begun(session, times, wall):
        start, end, moment = times
        facts = {
            "handle": session.handle,
            "expires": str(int(wall + ABSOLUTE.get(session.context, MONTH))),
        }
        if session.context in IDLE:
            facts |= {"idle": IDLE[session.context], "ends": moment + ABSOLUTE[session.context]}
        return Event(
            "login",
            session.id,
            session.user,
            session.context,
            start=start,
            end=end,
            result=DONE,
            facts=facts,
        )

    def write(self, people, wall):
        users = [(person.id, person.email, self.hash, person.role) for person in people]
        grants = [(person.id, PERMISSIONS, context) for person in people for context in CONTEXTS]
        sessions = [
            (
                one.id,
                one.handle,
                one.user,
                one.context,
                wall + ABSOLUTE.get(one.context, MONTH),
                wall,
                wall,
            )
            for person in people
            for one in person.sessions
        ]
        connection = self.postgres.connect(DATABASE)
        try:
            connection.autocommit = False
            with connection, connection.cursor() as cursor:
                insert = psycopg2.extras.execute_values
                insert(
                    cursor,
                    "INSERT INTO gatehouse.users (id, email, hashed_password, role) VALUES %s",
                    users,
                )
                insert(
                    cursor,
                    "INSERT INTO gatehouse.user_permissions (user_id, permission, application_context) VALUES %s",
                    grants,
                )
                insert(
                    cursor,
                    "INSERT INTO gatehouse.sessions (id, handle, user_id, application_context, expires_at, created_at,"
                    " last_activity) VALUES %s",
                    sessions,
                    "(%s, %s, %s, %s, to_timestamp(%s), to_timestamp(%s), to_timestamp(%s))",
                )
        finally:
            connection.close()

    def audit(self, sessions):
        """What the authority says of these sessions now."""
        start, rows = now(), self.revoked([session.id for session in sessions])
        words = {True: "revoked", False: "live", None: "absent"}
        return [
            Event(
                "audit",
                session.id,
                session.user,
                start=start,
                end=now(),
                result=DONE,
                facts={"row": words[rows.get(session.id)]},
            )
            for session in sessions
        ]

    def revoked(self, ids):
        """Of those sessions that have a row: whether it says so."""
        return dict(
            self.sql("SELECT id, revoked FROM gatehouse.sessions WHERE id = ANY(%s)", (ids,))
        )

    def forget(self, key):
        """As if Redis had evicted it."""
        try:
            with redis.Redis(unix_socket_path=str(self.redis.socket), socket_timeout=0.2) as client:
                client.delete(key)
        except redis.RedisError:
            pass
