# SPDX-License-Identifier: Apache-2.0
"""Where an older system keeps its people and sessions: tables of PostgreSQL, or a file of SQLite."""

import contextlib
import dataclasses
import datetime
import itertools
import pathlib
import sqlite3

import psycopg2


TABLES = pathlib.Path(__file__).resolve().parents[1] / "legacy"


PASSWORD = "correct horse battery"


NUMBERS = itertools.count(1)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


@dataclasses.dataclass(frozen=True)
class OldUser:
    id: str
    email: str = ""
    phone: str = ""
    role: str = "user"
    password: str = PASSWORD

    @property
    def identifier(self):
        return self.email or self.phone


class Tables:
    """A database of its own on a server that is shared."""

    def __init__(self, postgres, name, script):
        self.postgres, self.name = postgres, name
        self.url = postgres.create_database(name)
        connection = psycopg2.connect(dbname=name, user=name, host=str(postgres.root))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute((TABLES / script).read_text(encoding="utf-8"))
        finally:
            connection.close()

    def run(self, statement, *values):
        return self.postgres.execute(statement, values, self.name)

    def dump(self):
        """All that is in it; pg_dump puts a random word between."""
        lines = self.postgres.dump(self.name).splitlines()
        return b"\n".join(
            line for line in lines if not line.startswith((b"\\restrict ", b"\\unrestrict "))
        )

    @contextlib.contextmanager
    def away(self):
        """Nobody gets in, and who was in is out."""
        self.postgres.execute(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS false')
        self.postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (self.name,),
        )
        try:
            yield
        finally:
            self.postgres.execute(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS true')


class File:
    """The same in one file. Statements are written as for PostgreSQL."""

    def __init__(self, path, script):
        self.path, self.url = pathlib.Path(path), f"sqlite:{path}"
        self.name = self.path.stem
        connection = sqlite3.connect(self.path)
        connection.executescript((TABLES / script).read_text(encoding="utf-8"))
        connection.close()

    def connect(self):
        return contextlib.closing(sqlite3.connect(self.path, timeout=10, isolation_level=None))

    def run(self, statement, *values):
        with self.connect() as connection:
            values = [
                str(value) if isinstance(value, datetime.datetime) else value for value in values
            ]
            return connection.execute(statement.replace("%s", "?"), values).fetchall()

    def dump(self):
        with self.connect() as connection:
            return "\n".join(connection.iterdump()).encode()

    @contextlib.contextmanager
    def away(self):
        """Somebody holds it, and does not let go."""
        with self.connect() as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")
