# SPDX-License-Identifier: Apache-2.0
"""The embedded set-up: several gateways, and the command line, on one SQLite file, and nothing else."""

import json
import pathlib
import sqlite3

from world import ABSOLUTE, CONTEXTS, MONTH, PERMISSIONS, Installed, World

# A signal that is ignored stays ignored: what is too large for a file is an error then, as on a full disk, and not the end of the program.
ERRORS_ARE_TOLD = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"]


class EmbeddedNode(Installed):
    def __init__(self, world, name):
        super().__init__(world, name)
        self.env.update(world.direct_ways())
        self.command = [*ERRORS_ARE_TOLD, *self.command]


class EmbeddedWorld(World):
    ENVIRONMENT, SCHEMA = "development", ""
    has_feed = False  # nobody works on the file by hand

    def __init__(self, root, nodes=2):  # pylint: disable=super-init-not-called
        self.root, self.options, self.tcp = pathlib.Path(root), {"secure_cookies": True}, False
        self.keys, self.file = self.root / "keys", self.root / "gatehouse.db"
        self.names = [f"n{number + 1}" for number in range(nodes)]
        self.nodes, self.operator, self.mint, self.hash = [], None, None, None

    def start(self):
        self.operator_environment()
        self.nodes = [EmbeddedNode(self, name).start() for name in self.names]
        self.wait_well()
        return self

    def stop(self):
        for node in self.nodes:
            if node.running():
                node.stop()

    def direct_ways(self):
        return {"DATABASE_URL": f"sqlite:{self.file}"}

    def connect(self):
        return sqlite3.connect(
            self.file, timeout=10.0, isolation_level=None, check_same_thread=False
        )

    def sql(self, statement, values=()):
        connection = self.connect()
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def forget(self, key):
        """There is nothing that could forget."""

    def write(self, people, wall):
        moment = int(wall * 1000)
        connection = self.connect()
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO users (id, email, hashed_password, role, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (person.id, person.email, self.hash, person.role, moment, moment)
                    for person in people
                ],
            )
            connection.executemany(
                "INSERT INTO user_permissions (user_id, permission, application_context, granted_at) VALUES (?, ?, ?, ?)",
                [
                    (person.id, PERMISSIONS, context, moment)
                    for person in people
                    for context in CONTEXTS
                ],
            )
            connection.executemany(
                "INSERT INTO sessions (id, handle, user_id, application_context, expires_at, created_at, last_activity)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        one.id,
                        one.handle,
                        one.user,
                        one.context,
                        moment + ABSOLUTE.get(one.context, MONTH) * 1000,
                        moment,
                        moment,
                    )
                    for person in people
                    for one in person.sessions
                ],
            )
            connection.execute("COMMIT")
        finally:
            connection.close()

    def revoked(self, ids):
        return dict(
            self.sql(
                "SELECT id, revoked FROM sessions WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(ids),),
            )
        )
