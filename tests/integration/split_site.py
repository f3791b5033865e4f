# SPDX-License-Identifier: Apache-2.0
"""A site whose people and web data are in two databases."""

import json
import re
import sqlite3

import fcgi
from client import ADDRESSES, SECRETS
from processes import wait_until
from servers import Gateway, Stores, User


PARTS = ("identity", "web")


class Database:
    """One of the databases, seen past the gateway."""

    def __init__(self, root, postgres, name):
        self.postgres, self.name, self.file = postgres, name, root / f"{name}.db"
        self.url = f"sqlite:{self.file}"
        if postgres:
            self.url = f"postgresql:///{name}?host={postgres.root}&user={name.rpartition('_')[0]}"

    def rows(self, statement):
        """{now}: this moment, {later}: in an hour."""
        if self.postgres:
            words = {"now": "now()", "later": "now() + interval '1 hour'"}
            return self.postgres.execute(
                "SET search_path = gatehouse; " + statement.format(**words), database=self.name
            )
        now = "(CAST(strftime('%s') AS INTEGER) * 1000)"
        with sqlite3.connect(self.file, timeout=10) as database:
            found = database.execute(
                statement.format(now=now, later=f"({now} + 3600000)")
            ).fetchall()
        database.close()
        return found


def split(gateway):
    gateway.env |= {f"DATABASE_{part.upper()}_URL": gateway.databases[part].url for part in PARTS}


def unsplit(gateway):
    for part in PARTS:
        del gateway.env[f"DATABASE_{part.upper()}_URL"]


def with_split_databases(gateway):
    split(gateway)
    for words in ("create-databases", "up"):
        gateway.cli("migrate", words)


def ask(gateway, path="/auth/verify", fields=None, cookie=""):
    body = "" if fields is None else json.dumps(fields)
    facts = {
        "REQUEST_SCHEME": "http",
        "REMOTE_ADDR": next(ADDRESSES),
        "HTTP_ACCEPT": "application/json",
        "HTTP_COOKIE": cookie,
    }
    if fields is not None:
        facts |= {
            "method": "POST",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
        }
    return fcgi.ask(gateway.socket, fcgi.facts(path, **facts), body)


def add(gateway, name):
    user = User(f"{name}@example.org", f"canary a long walk of {name}")
    SECRETS.add(user.password)
    gateway.cli("user", "add", user.email, "--password-stdin", stdin=user.password + "\n")
    return user


def sign_in(gateway, user):
    reply = ask(gateway, "/auth/login", {"identifier": user.email, "password": user.password})
    assert reply.status == 200, reply
    cookie = reply.header("Set-Cookie").split(";")[0]
    SECRETS.add(cookie.partition("=")[2])
    return cookie


def counts(text):
    """Missing and newer rows by table, of what `merge` and `split` print."""
    return {
        table: (int(missing), int(newer))
        for table, missing, newer in re.findall(
            r"^(\w+) +\d+ read +(\d+) missing +(\d+) newer", text, re.MULTILINE
        )
    }


def mark(gateway):
    main = gateway.databases["main"]
    there = (
        "SELECT 1 FROM pg_tables WHERE tablename = 'split'"
        if main.postgres
        else "SELECT 1 FROM sqlite_master WHERE name = 'split'"
    )
    return main.rows("SELECT count(*) FROM split")[0][0] if main.rows(there) else 0


def start_and_note(gateway):
    gateway.start()
    wait_until(lambda: mark(gateway) == 2, "the split is noted")


WEB = """
INSERT INTO web_sessions (id, user_id, theme, expires_at, created_at, last_activity) VALUES ('s1', '{a}', 'dark', {{later}}, {{now}}, {{now}});
INSERT INTO web_user_cache (user_id, data, updated_at) VALUES ('{a}', '{{{{"a": [1, "x"]}}}}', {{now}});
INSERT INTO orders (id, user_id, from_currency, to_currency, amount, exchange_rate, created_at, updated_at)
  VALUES ('{a}', '{a}', 'EUR', 'UAH', '12.34567891', '43.5', {{now}}, {{now}});
INSERT INTO payments (id, order_id, user_id, payment_method, amount, created_at) VALUES ('{a}', '{a}', '{a}', 'card', '0.00000001', {{now}});
INSERT INTO exchange_rates (id, from_currency, to_currency, rate, valid_from) VALUES ('{a}', 'EUR', 'UAH', '43.5', {{now}});
INSERT INTO analytics_events (id, event_type, event_data, created_at) VALUES ('{a}', 'it''s', NULL, {{now}})
""".format(
    a="00000000-0000-4000-8000-00000000000a"
)


WEB_TABLES = (
    "web_sessions",
    "web_user_cache",
    "orders",
    "payments",
    "exchange_rates",
    "analytics_events",
)


def begin(root, request):
    """Not running. It has the one database; `split()` gives it the others too, `unsplit()` takes them away."""
    number = len(list(root.glob("merge_*")))
    postgres = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    found = Gateway(root / f"merge_{number}", Stores("development"))
    found.databases = {
        part: Database(found.root, postgres, f"merge{number}_{part}") for part in ("main", *PARTS)
    }
    if postgres:
        postgres.execute(f"CREATE ROLE merge{number} LOGIN CREATEDB")
    found.env["DATABASE_URL"] = found.databases["main"].url
    found.postgres = postgres
    for words in ("create-databases", "up"):
        found.cli("migrate", words)
    yield found
    if found.running():
        found.stop()


def fill(gateway, part, users, sessions):
    """Rows straight into a database: users u0 …, sessions s0 …, each of the user with its number."""
    database = gateway.databases[part]
    user = "00000000-0000-4000-8000-{:012}"
    for statement, values in (
        (
            "users (id, email, created_at, updated_at)",
            [f"'{user.format(n)}', 'u{n}@example.org', {{now}}, {{now}}" for n in users],
        ),
        (
            "sessions (id, handle, user_id, expires_at, created_at, last_activity)",
            [
                f"'s{n}', '{user.format(n)}', '{user.format(n)}', {{later}}, {{now}}, {{now}}"
                for n in sessions
            ],
        ),
    ):
        if values:
            database.rows(
                f"INSERT INTO {statement} VALUES " + ", ".join(f"({one})" for one in values)
            )
