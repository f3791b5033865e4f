# SPDX-License-Identifier: Apache-2.0
"""Makes a database what an older release left."""

import sqlite3


def older(gateway, version="version > 1"):
    """Makes an embedded database one of an older release: as if that migration had been forgotten."""
    with sqlite3.connect(gateway.file) as database:
        for kind, name in database.execute(
            "SELECT type, name FROM sqlite_master WHERE type = 'trigger' OR type = 'table' AND"
            " tbl_name IN ('changes', 'nodes', 'legacy_tokens', 'strategies', 'mail',"
            " 'one_time_tokens')"
        ).fetchall():
            database.execute(f"DROP {kind} IF EXISTS {name}")  # a table takes its triggers along
        for index in (
            "users_legacy_id",
            "users_unlocked",
            "users_role",
            "users_created_at",
            "user_permissions_permission",
        ):
            database.execute(f"DROP INDEX {index}")
        for column in (
            "legacy_id",
            "legacy_hash",
            "legacy_cutoff",
            "legacy_cleared",
            "legacy_permissions",
            "unlocked_at",
            "claimed_phone",
        ):
            database.execute(f"ALTER TABLE users DROP COLUMN {column}")
        database.execute("ALTER TABLE sessions DROP COLUMN device_name")
        for column in ("from_legacy", "operator"):
            database.execute(f"ALTER TABLE user_permissions DROP COLUMN {column}")
        database.execute(f"DELETE FROM schema_migrations WHERE database = 'identity' AND {version}")
    database.close()
