# SPDX-License-Identifier: Apache-2.0
"""A gateway that sends mail, and its queue."""

import json
import sqlite3
import uuid

import fcgi
from processes import wait_until
from servers import Gateway, Stores


NAMES = iter(range(10_000))


class Sender:
    """A gateway without nginx, and its queue of mail as an operator's SQL sees it."""

    def __init__(self, root, setup, postgres, options):
        name = f"mail{next(NAMES)}"
        self.postgres = postgres if setup == "postgresql" else None
        password = options.pop("mail_password", None)
        self.gateway = Gateway(
            root / name, Stores("development", self.postgres, None, name), options
        )
        if password:
            self.gateway.env["GATEHOUSE_MAIL_PASSWORD"] = password
        self.gateway.cli("migrate", "up")
        self.database, self.file = name, self.gateway.root / "state/gatehouse.db"

    def sql(self, statement, *values):
        """Runs a statement in which `mail` is the table and {now} the present."""
        if self.postgres:
            text = (
                statement.replace("?", "%s")
                .replace("{now}", "now()")
                .replace("mail ", "gatehouse.mail ", 1)
            )
            return self.postgres.execute(text, values, self.database)
        text = statement.replace(
            "{now}", "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
        )
        with sqlite3.connect(self.file, timeout=15) as database:
            rows = database.execute(text, values).fetchall()
        database.close()
        return rows

    def queue(self, recipient="ann@example.org", kind="password_changed"):
        mail = str(uuid.uuid4())
        self.sql(
            "INSERT INTO mail (id, kind, recipient, language, application_context, queued_at, due_at)"
            " VALUES (?, ?, ?, 'en', 'web', {now}, {now})",
            mail,
            kind,
            recipient,
        )
        return mail

    def is_sent(self, mail):
        return self.sql("SELECT sent_at FROM mail WHERE id = ?", mail)[0][0] is not None

    def wait_sent(self, mail):
        wait_until(lambda: self.is_sent(mail), "the mail is noted as sent")

    def listed(self):
        return json.loads(self.gateway.cli("mail", "queue", "--json").stdout)

    def make_due(self, mail):
        """As if the time until its next try, or until the end of a claim, had passed."""
        self.sql("UPDATE mail SET due_at = queued_at WHERE id = ?", mail)


def numbers(gateway):
    return fcgi.ready(gateway.socket)


def second_of(sender, root):
    second = Gateway(
        root / f"second{next(NAMES)}",
        Stores("development"),
        {
            **sender.gateway.options,
            "state_directory": str(sender.gateway.root / "state"),
            "listen": str(sender.gateway.root / "second.sock"),
        },
    )
    for name in ("DATABASE_URL", "GATEHOUSE_MAIL_PASSWORD"):
        if name in sender.gateway.env:
            second.env[name] = sender.gateway.env[name]
    second.socket = sender.gateway.root / "second.sock"
    return second
