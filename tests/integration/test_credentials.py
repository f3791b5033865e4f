# SPDX-License-Identifier: Apache-2.0
# Goal: the stores' passwords are replaced while the gateway runs: in the order that docs/operations.md tells nobody notices; in the wrong
# order the other store answers until the gateway knows the new one, and no session ends.
import json

import pytest

import fcgi
from processes import free_port, wait_until
from servers import Gateway, Stores
from stores import Postgres, Redis

PASSWORD = "canary a long walk along the coast"
RECONNECTED = 5.0  # seconds until a password that was put right counts


class GuardedRedis(Redis):
    """On TCP: only there a URL can hold a password."""

    def __init__(self, root, password):
        super().__init__(root)
        self.port = free_port()
        self.command = [*self.command, "--port", str(self.port), "--bind", "127.0.0.1"]
        self.url, self.first = self.url_with(password), password

    def url_with(self, password):
        return f"redis://:{password}@127.0.0.1:{self.port}/0"

    def start(self):
        super().start()
        self.passwords("resetpass", f">{self.first}")
        return self

    def passwords(self, *changes):
        self.client.execute_command("ACL", "SETUSER", "default", *changes)

    def throw_out(self):
        for kind in ("normal", "pubsub"):
            self.client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")


class GuardedPostgres(Postgres):
    def start(self):
        super().start()
        (self.root / "data" / "pg_hba.conf").write_text(
            "local all postgres trust\nlocal all all scram-sha-256\n"
        )
        self.execute("SELECT pg_reload_conf()")
        return self

    def set_password(self, role, password):
        self.execute(f"ALTER ROLE {role} PASSWORD '{password}'")
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", (role,)
        )


def ready(gateway):
    return fcgi.ready(gateway.socket)


def is_well(gateway):
    return ready(gateway)["status"] == "ok"


def sign_in(gateway):
    body = json.dumps({"identifier": "ann@example.org", "password": PASSWORD})
    facts = {
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_ACCEPT": "application/json",
    }
    return fcgi.ask(gateway.socket, fcgi.facts("/auth/login", "POST", **facts), body)


def check(gateway, cookie):
    return fcgi.ask(gateway.socket, fcgi.facts(HTTP_COOKIE=cookie)).status


def restart(gateway, url):
    gateway.stop()
    gateway.env["REDIS_URL"] = url
    gateway.start()


def start(gateway):
    """Its first user's cookie."""
    gateway.cli("migrate", "up")
    gateway.cli("user", "add", "ann@example.org", "--password-stdin", stdin=PASSWORD + "\n")
    gateway.start()
    wait_until(lambda: is_well(gateway), "all is well")
    return sign_in(gateway).header("Set-Cookie").split(";")[0]


@pytest.fixture(scope="module")
def guarded_redis(root):
    server = GuardedRedis(root / "guarded-redis", "first").start()
    yield server
    server.passwords("nopass")
    server.stop()


@pytest.fixture
def with_redis(root, postgres, guarded_redis):
    found = Gateway(
        root / "credentials-redis", Stores("production", postgres, guarded_redis, "credentials")
    )
    yield found
    if found.running():
        found.stop()


def test_redis(with_redis, guarded_redis):
    gateway, passwords = with_redis, guarded_redis.passwords
    guarded_redis.client.connection_pool.connection_kwargs["password"] = "first"
    cookie = start(gateway)
    # Both passwords count for a while.
    passwords(">second")
    guarded_redis.throw_out()
    assert check(gateway, cookie) == 204
    wait_until(lambda: is_well(gateway), "connected again with the first")
    restart(gateway, guarded_redis.url_with("second"))
    wait_until(lambda: is_well(gateway), "connected with the second")
    guarded_redis.client.connection_pool.connection_kwargs["password"] = "second"
    passwords("<first")
    guarded_redis.throw_out()
    assert check(gateway, cookie) == 204
    wait_until(lambda: is_well(gateway), "connected again with the second")
    # Replaced in one step, it is an outage of Redis.
    passwords(">third", "<second")
    guarded_redis.client.connection_pool.connection_kwargs["password"] = "third"
    guarded_redis.throw_out()
    wait_until(
        lambda: ready(gateway)["stores"] == {"sql": "up", "redis": "down", "web": "up"},
        "Redis is away",
    )
    assert (
        ready(gateway)["status"] == "degraded"
        and check(gateway, cookie) == 204
        and sign_in(gateway).status == 200
    )
    restart(gateway, guarded_redis.url_with("third"))
    wait_until(lambda: is_well(gateway), "connected with the third")
    assert check(gateway, cookie) == 204


@pytest.fixture
def with_postgres(root):
    server = GuardedPostgres(root / "guarded-pg").start()
    found = Gateway(root / "credentials-sql", Stores("development", server, None, "guarded"))
    found.passfile = root / "pgpass"
    found.env["DATABASE_URL"] += f"&passfile={found.passfile}"
    yield found
    if found.running():
        found.stop()
    server.stop()


def write_passfile(gateway, password):
    gateway.passfile.touch(mode=0o600)
    gateway.passfile.write_text(f"*:*:*:*:{password}\n")


def test_postgresql(with_postgres):
    """The password is in a file of its own, which is read for every connection: nothing has to be restarted."""
    gateway, server = with_postgres, with_postgres.stores.postgres
    write_passfile(gateway, "first")
    server.set_password("guarded", "first")
    cookie = start(gateway)
    server.set_password("guarded", "second")
    wait_until(
        lambda: ready(gateway)["stores"] == {"sql": "down", "web": "down"},
        "nobody gets in with the first",
    )
    assert sign_in(gateway).status == 503 and check(gateway, cookie) == 503
    write_passfile(gateway, "second")
    wait_until(lambda: is_well(gateway), "connected with the second", RECONNECTED)
    assert check(gateway, cookie) == 204 and sign_in(gateway).status == 200
    assert "second" not in gateway.log_text()
