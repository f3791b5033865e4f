# SPDX-License-Identifier: Apache-2.0
"""A database of either kind, and its rows as values that can be compared."""

import datetime
import json
import sqlite3

from split_site import WEB_TABLES


KINDS = ("sqlite", "postgresql")


#: Of a row: what it is in either kind of database.
INSTANTS = {
    "created_at",
    "updated_at",
    "last_login_at",
    "legacy_cutoff",
    "unlocked_at",
    "expires_at",
    "last_activity",
    "revoked_at",
    "granted_at",
    "known_since",
    "ended_at",
    "valid_from",
    "valid_until",
}


FLAGS = {"is_verified", "disabled", "remember", "revoked", "legacy_cleared", "from_legacy"}


DOCUMENTS = {"data", "preferences", "event_data"}


AMOUNTS = {"amount", "exchange_rate", "rate"}


class Place:
    """A database of one kind, seen past the gateway."""

    def __init__(self, root, postgres, kind, name):
        self.postgres, self.kind, self.name, self.file = postgres, kind, name, root / f"{name}.db"
        self.url = postgres.create_database(name) if kind == "postgresql" else f"sqlite:{self.file}"

    def connect(self):
        if self.kind == "sqlite":
            return sqlite3.connect(self.file, timeout=10, isolation_level=None)
        connection = self.postgres.connect(self.name)
        with connection.cursor() as cursor:
            cursor.execute("SET search_path = gatehouse; SET timezone = 'UTC'")
        return connection

    def rows(self, statement):
        """{now}: this moment, {later}: in an hour."""
        words = {"now": "now()", "later": "now() + interval '1 hour'"}
        if self.kind == "sqlite":
            now = "(CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))"
            words = {"now": now, "later": f"({now} + 3600000)"}
        connection = self.connect()
        try:
            cursor = connection.cursor()
            cursor.execute(statement.format(**words))
            return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def table(self, name):
        """Its rows as sets of columns and values, alike for both kinds."""
        connection = self.connect()
        try:
            cursor = connection.cursor()
            cursor.execute(f"SELECT * FROM {name}")
            names = [column[0] for column in cursor.description]
            return sorted(
                tuple(sorted((key, plain(key, value)) for key, value in zip(names, row)))
                for row in cursor.fetchall()
            )
        finally:
            connection.close()


def plain(column, value):
    if value is None:
        return ""
    if column in INSTANTS and isinstance(value, datetime.datetime):
        return str(
            (value - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc))
            // datetime.timedelta(milliseconds=1)
        )
    if column in FLAGS:
        return str(bool(value))
    if column in DOCUMENTS:
        return json.dumps(json.loads(value) if isinstance(value, str) else value, sort_keys=True)
    if column in AMOUNTS:
        return f"{float(value):.8f}"
    return str(value)


TABLES = ("users", "sessions", "user_permissions", "legacy_tokens", *WEB_TABLES)
