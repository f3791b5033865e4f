# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL and Redis for the tests: data and unix socket in a directory of their own, nothing on TCP."""

import os
import pathlib
import shutil
import signal
import subprocess

import psycopg2
import redis

from processes import Process


def directory_for(path, user):
    path.mkdir(parents=True)
    if os.geteuid() == 0:
        shutil.chown(path, user, user)
    return path


class Postgres(Process):
    """A cluster made by initdb. As root it runs as `postgres`, because it refuses to run as root."""

    def __init__(self, root, **settings):
        self.root = directory_for(pathlib.Path(root), "postgres")
        binaries = max(
            pathlib.Path("/usr/lib/postgresql").glob("*/bin"),
            key=lambda path: int(path.parent.name),
        )
        self.initdb = binaries / "initdb"
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": self.root,
            "fsync": "off",
            "max_connections": 80,
            "shared_buffers": "16MB",
            "log_min_duration_statement": -1,
            **settings,
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        super().__init__(
            [binaries / "postgres", "-D", self.root / "data", *options],
            self.root / "postgres.log",
            "postgres",
        )

    def start(self):
        if not (self.root / "data").exists():
            initdb = Process(
                [
                    self.initdb,
                    "-D",
                    self.root / "data",
                    "-U",
                    "postgres",
                    "-A",
                    "trust",
                    "-N",
                    "-E",
                    "UTF8",
                    "--locale=C.UTF-8",
                    "--wal-segsize=1",
                ],
                self.root / "initdb.log",
                "postgres",
            ).start()
            if initdb.process.wait() != 0:
                raise RuntimeError(initdb.log_tail())
        super().start()
        self.wait_ready(self.accepts)
        return self

    def accepts(self):
        try:
            self.connect().close()
            return True
        except psycopg2.OperationalError:
            return False

    def connect(self, database="postgres"):
        connection = psycopg2.connect(
            dbname=database, user="postgres", host=str(self.root), connect_timeout=5
        )
        connection.autocommit = True
        return connection

    def execute(self, statement, values=(), database="postgres"):
        """Runs one statement as the administrator; its rows, if it has any."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def create_database(self, name):
        """An empty database that belongs to a role without other rights; its URL."""
        self.execute(f'CREATE ROLE "{name}" LOGIN')
        self.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
        return f"postgresql:///{name}?host={self.root}&user={name}"

    def dump(self, database):
        command = ["pg_dump", "--inserts", "-h", str(self.root), "-U", "postgres", database]
        return subprocess.run(command, check=True, capture_output=True).stdout

    def stop(self, number=signal.SIGINT, timeout=15.0):
        return super().stop(number, timeout)


class Redis(Process):
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.root.mkdir(parents=True)
        self.socket = self.root / "redis.sock"
        super().__init__(
            [
                "redis-server",
                "--port",
                "0",
                "--unixsocket",
                self.socket,
                "--save",
                "",
                "--dir",
                self.root,
                "--daemonize",
                "no",
            ],
            self.root / "redis.log",
        )
        self.url = f"unix:{self.socket}"
        # Of the tests' own; the gateway has none of it.
        self.client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5)

    def start(self):
        super().start()
        self.wait_ready(self.accepts)
        return self

    def accepts(self):
        try:
            return self.client.ping()
        except (redis.ConnectionError, redis.TimeoutError):
            return False

    def dump(self):
        """Every key and every value, as bytes."""
        parts = []
        for key in self.client.scan_iter(count=1000):
            kind = self.client.type(key)
            value = self.client.get(key) if kind == b"string" else self.client.dump(key)
            parts += [key, value or b""]
        return b"\n".join(parts)
