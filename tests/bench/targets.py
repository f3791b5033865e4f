# SPDX-License-Identifier: Apache-2.0
"""Whoever answers the question "whose session is this cookie?", from nginx itself to the gateway. To Browser each looks like a site."""

import json
import os
import pathlib
import re
import secrets
import time
import uuid

from client import JSON, Browser
from instructions import start
from population import COOKIE, MONTH
from processes import Process, free_port
from servers import Gateway, Stores, User, gatehouse_binary

HERE = pathlib.Path(__file__).resolve().parent
# What X-Who tells (bench_nginx.py): id, e-mail, role, permissions, context, handle, end.
WHO = re.compile(r"[0-9a-f-]{36} (\S+@\S+) user  web [0-9a-f-]{36} \d{10}")
# Passwords cost what they cost by default. Nobody is throttled, and no session has to make room for another.
OPTIONS = {
    "log_level": "info",
    "argon2_memory_kib": 19456,
    "argon2_passes": 2,
    "max_sessions_per_user": 10000,
    "login_failures_per_account": 1000000,
    "login_failures_per_address": 1000000,
}


def program(name):
    """It is built beside the gateway."""
    return gatehouse_binary().parent / name


def cpu_seconds(pid):
    """What all threads of a process have used."""
    tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


class Target:
    """`kind` is the way in which nginx asks: return, fastcgi, http, lua; with `access` and
    `access-pipelined` it does not ask, Lua looks by itself."""

    scheme = "http"

    def __init__(self, name, label, kind, process=None, socket=None):
        self.name, self.label, self.kind, self.process, self.socket = (
            name,
            label,
            kind,
            process,
            socket,
        )
        self.gateway = self.redis = None
        self.email = None  # of the one who has signed in; None where everybody is let in
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.origin = f"http://{self.host}"
        self.cookie = f"{COOKIE}=none"

    @property
    def in_nginx(self):
        return self.kind in ("lua", "access", "access-pipelined")

    def start(self):
        if self.process:
            self.process.start()
            self.process.wait_ready(lambda: "ready" in self.process.log_text())

    def sign_in(self):
        """Gets a session."""

    def look(self, cookie):
        return Browser(self).get("/who/index.html", headers=JSON, cookies=cookie)

    def check(self):
        """What does not do its work is not measured."""
        answer = self.look(self.cookie)
        assert answer.status == 200, f"{self.label} refuses a good session: {answer}"
        if self.email is None:
            return
        who = WHO.fullmatch(answer.header("X-Who") or "")
        assert who and who[1] == self.email, f"{self.label} does not say who it is: {answer}"
        for cookie in (self.cookie[:-8] + self.cookie[:-9:-1], f"{COOKIE}=none", ""):
            answer = self.look(cookie)
            assert answer.status == 401, f"{self.label} should refuse {cookie!r}: {answer}"


class GatewayTarget(Target):
    def __init__(self, root, name, label, stores, **options):
        keys = root / f"{name}.keys"
        gateway = Gateway(root / name, stores, {**OPTIONS, "key_file": str(keys), **options})
        super().__init__(name, label, "fastcgi", gateway, gateway.socket)
        self.gateway = gateway
        keys.write_text(gateway.cli("keys", "new").stdout, encoding="ascii")
        keys.chmod(0o600)
        gateway.cli("migrate", "up")
        self.user = User(f"{name}@example.org", secrets.token_urlsafe(18))
        gateway.cli(
            "user", "add", self.user.email, "--password-stdin", stdin=self.user.password + "\n"
        )

    def start(self):
        start(self.gateway)

    def sign_in(self):
        browser = Browser(self)
        answer = browser.post_json(
            "/auth/login", {"identifier": self.user.email, "password": self.user.password}
        )
        assert answer.status == 200, answer
        self.cookie, self.email = f"{COOKIE}={browser.cookies[COOKIE]}", self.user.email


class Rival(Target):
    """A check as others write it, on a Redis of its own. Its sessions are there under their tokens, as JSON."""

    def __init__(self, name, label, kind, redis, process=None, socket=None):
        super().__init__(name, label, kind, process, socket)
        self.redis = redis

    def sign_in(self):
        token, email = secrets.token_urlsafe(48), f"{self.name}@example.org"
        session = {
            "user": str(uuid.uuid4()),
            "email": email,
            "role": "user",
            "permissions": "",
            "context": "web",
            "handle": str(uuid.uuid4()),
            "expires": int(time.time()) + MONTH,
        }
        self.redis.client.set(f"session:{token}", json.dumps(session), ex=24 * 3600)
        self.cookie, self.email = f"{COOKIE}={token}", email


def make_rival(root, redis, name, label, kind, *command):
    socket = root / f"{name}.sock"
    words = [str(word).format(socket=socket, redis=redis.socket) for word in command]
    environment = {**os.environ, "NODE_ENV": "production"}
    return Rival(
        name, label, kind, redis, Process(words, root / f"{name}.log", env=environment), socket
    )


def make_constant(root):
    socket = root / "constant.sock"
    return Target(
        "constant",
        "constant FastCGI program",
        "fastcgi",
        Process([program("bench_constant"), socket], root / "constant.log"),
        socket,
    )


class Servers:
    """Makes targets by name. `postgres` and `redis` are the gateway's, `rivals` is the others' Redis: ours keeps a list of who
    wants to hear of changes, and no command of theirs should pay for that."""

    def __init__(self, root, postgres, redis, rivals):
        self.root, self.postgres, self.redis, self.rivals = root, postgres, redis, rivals

    def gateway(self, name, label, redis=True, **options):
        stores = Stores(
            "development", self.postgres, self.redis if redis else None, f"bench_{name}"
        )
        return GatewayTarget(self.root, name, label, stores, **options)

    def make(self, name):
        pair = (self.root, self.rivals)
        threads = (program("bench_threads"), "{socket}", "{redis}")
        return {
            "limit": lambda: Target(name, "nginx itself: return 204", "return"),
            "constant": lambda: make_constant(self.root),
            "near": lambda: self.gateway(
                name, "gateway", touch_interval="1h"
            ),  # touches.py measures that
            "redis": lambda: self.gateway(name, "no near cache, Redis", near_cache_entries=0),
            "sql": lambda: self.gateway(
                name, "no near cache, PostgreSQL", redis=False, near_cache_entries=0
            ),
            "fastify": lambda: make_rival(
                *pair,
                name,
                "Fastify + ioredis",
                "http",
                "node",
                HERE / "fastify.js",
                "{socket}",
                "{redis}",
            ),
            "lua": lambda: Rival(name, "Lua in nginx + Redis", "access", self.rivals),
            "lua-pipelined": lambda: Rival(
                name, "Lua in nginx, pipelined", "access-pipelined", self.rivals
            ),
            "lua-asked": lambda: Rival(name, "Lua in nginx, by auth_request", "lua", self.rivals),
            "threads": lambda: make_rival(*pair, name, "64 threads + hiredis", "fastcgi", *threads),
            "pipelined": lambda: make_rival(
                *pair, name, "64 threads, pipelined", "fastcgi", *threads, "pipelined"
            ),
        }[name]()


NAMES = (
    "limit",
    "constant",
    "near",
    "redis",
    "sql",
    "fastify",
    "lua",
    "lua-pipelined",
    "lua-asked",
    "threads",
    "pipelined",
)
