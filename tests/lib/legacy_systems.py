# SPDX-License-Identifier: Apache-2.0
"""The systems that Gatehouse replaces, each as its documents describe it: its tables and keys, and what its application does
with them. The databases are made from tests/legacy/, beside the gateway's own. All is one interface, OldSystem."""

import contextlib
import datetime
import json
import pathlib
import secrets
import uuid

from legacy_tables import File, NUMBERS, OldUser, Tables, now
from stores import Redis


# Of that password. The systems use 10; with 4 the tests do not wait for it.
BCRYPT = "$2b$04$5afYHdihKCmMnk3w/MSsQu0goXh7DgBYOURPA3G95d0bWjl7iv5FG"


DAY, HOURS = datetime.timedelta(days=1), datetime.timedelta(hours=1)


class OldSystem:
    """`tables` are there; what the application does with a session is up to each."""

    PRESET, COOKIE, SCRIPT = "", "sessionId", "session_id.postgresql.sql"
    EMBEDDED = False
    KNOWS_LOGIN = True  # it has recorded when somebody logged in
    ONE_EACH = False  # a user has one session at a time

    def __init__(self, root, postgres, name):
        self.tables = (
            File(pathlib.Path(root) / f"{name}.db", self.SCRIPT)
            if self.EMBEDDED
            else Tables(postgres, name, self.SCRIPT)
        )

    def options(self):
        """Of the gateway's configuration."""
        return {"legacy_system": self.PRESET, "legacy_database_url": self.tables.url}

    def add_user(self, hashed=BCRYPT, role="user", verified=True):
        user = OldUser(
            str(uuid.uuid4()), f"old{next(NUMBERS)}.{uuid.uuid4().hex[:6]}@example.org", role=role
        )
        self.tables.run(
            "INSERT INTO users (id, email, hashed_password, is_verified, role) VALUES (%s, %s, %s, %s, %s)",
            user.id,
            user.email,
            hashed,
            verified,
            role,
        )
        return user

    def login(self, user, at=None):
        """A session of this user, begun then: its token."""
        raise NotImplementedError

    def holder(self, token):
        """Whose session the application takes this for: a user's id, or None."""
        raise NotImplementedError

    def logout(self, token):
        raise NotImplementedError

    def lapse(self, token):
        """It is past its end."""
        raise NotImplementedError

    def dump(self):
        return self.tables.dump()

    def away(self):
        """A context in which its stores do not answer."""
        return self.tables.away()

    def stop(self):
        pass

    def one(self, statement, *values):
        rows = self.tables.run(statement, *values)
        return str(rows[0][0]) if rows else None


class SessionId(OldSystem):
    """users.session_id: one session for each user."""

    PRESET, ONE_EACH = "session-id", True

    def login(self, user, at=None):
        token = secrets.token_hex(32)
        self.tables.run(
            "UPDATE users SET session_id = %s, last_login_at = %s WHERE id = %s",
            token,
            at or now(),
            user.id,
        )
        return token

    def holder(self, token):
        return self.one("SELECT id FROM users WHERE session_id = %s", token)

    def logout(self, token):
        self.tables.run("UPDATE users SET session_id = NULL WHERE session_id = %s", token)

    lapse = None  # it has no ends


class Sessions(OldSystem):
    """A table of sessions with an end and a mark."""

    PRESET, SCRIPT = "sessions", "sessions.postgresql.sql"

    def login(self, user, at=None):
        token, at = secrets.token_hex(32), at or now()
        self.tables.run(
            "INSERT INTO sessions (id, user_id, expires_at, created_at, last_activity) VALUES (%s, %s, %s, %s, %s)",
            token,
            user.id,
            now() + DAY,
            at,
            at,
        )
        return token

    def holder(self, token):
        return self.one(
            "SELECT user_id FROM sessions WHERE id = %s AND NOT revoked AND expires_at > now()",
            token,
        )

    def logout(self, token):
        self.tables.run(
            "UPDATE sessions SET revoked = true, revoked_at = now() WHERE id = %s", token
        )

    def lapse(self, token):
        self.tables.run(
            "UPDATE sessions SET expires_at = now() - interval '1 minute' WHERE id = %s", token
        )


class Sessions2(OldSystem):
    """The same without a mark, without roles, and with moments that have no zone."""

    PRESET, SCRIPT = "sessions-2", "sessions_2.postgresql.sql"

    def add_user(self, hashed=BCRYPT, role="user", verified=True):
        user = OldUser(str(uuid.uuid4()), f"old{next(NUMBERS)}.{uuid.uuid4().hex[:6]}@example.org")
        self.tables.run(
            "INSERT INTO users (id, email, password_hash, email_verified) VALUES (%s, %s, %s, %s)",
            user.id,
            user.email,
            hashed,
            verified,
        )
        return user

    def login(self, user, at=None):
        token, at = secrets.token_hex(32), (at or now()).replace(tzinfo=None)
        self.tables.run(
            "INSERT INTO sessions (id, user_id, session_data, expires_at, created_at, updated_at) "
            "VALUES (%s, %s, '{}', %s, %s, %s)",
            token,
            user.id,
            (now() + DAY).replace(tzinfo=None),
            at,
            at,
        )
        return token

    def holder(self, token):
        return self.one(
            "SELECT user_id FROM sessions WHERE id = %s AND expires_at > now() AT TIME ZONE 'UTC'",
            token,
        )

    def logout(self, token):
        self.tables.run("DELETE FROM sessions WHERE id = %s", token)

    def lapse(self, token):
        self.tables.run(
            "UPDATE sessions SET expires_at = now() AT TIME ZONE 'UTC' - interval '1 minute' WHERE id = %s",
            token,
        )


class AuthToken(OldSystem):
    """Integer ids and phone numbers; user_sessions, and users.auth_token, which a logout leaves as it is."""

    PRESET, COOKIE, SCRIPT = "auth-token", "auth_token", "auth_token.postgresql.sql"

    def add_user(self, hashed=BCRYPT, role="user", verified=True):
        digits = f"{next(NUMBERS):04}{secrets.randbelow(1000):03}"
        phone = f"+7 (900) {digits[:3]}-{digits[3:5]}-{digits[5:]}"
        number = 1000 + next(NUMBERS)
        self.tables.run(
            "INSERT INTO users (id, phone, hashed_password) VALUES (%s, %s, %s)",
            number,
            phone,
            hashed,
        )
        return OldUser(str(number), phone=phone)

    def login(self, user, at=None):
        token, at = secrets.token_urlsafe(32), (at or now()).replace(tzinfo=None, microsecond=0)
        self.tables.run(
            "INSERT INTO user_sessions (user_id, auth_token, created_at, last_seen_at) VALUES (%s, %s, %s, %s)",
            int(user.id),
            token,
            at,
            at,
        )
        self.tables.run("UPDATE users SET auth_token = %s WHERE id = %s", token, int(user.id))
        return token

    def login_before(self, user):
        """As it was before there was user_sessions."""
        token = secrets.token_urlsafe(32)
        self.tables.run("UPDATE users SET auth_token = %s WHERE id = %s", token, int(user.id))
        return token

    def holder(self, token):
        return self.one(
            "SELECT user_id FROM user_sessions WHERE auth_token = %s", token
        ) or self.one("SELECT id FROM users WHERE auth_token = %s", token)

    def in_row(self, token):
        """Whether a row of its own is there, which is what a logout takes away."""
        return (
            self.one("SELECT user_id FROM user_sessions WHERE auth_token = %s", token) is not None
        )

    def logout(self, token):
        self.tables.run("DELETE FROM user_sessions WHERE auth_token = %s", token)

    lapse = None


class AuthTokenFile(AuthToken):
    """The same in SQLite, as it began."""

    SCRIPT, EMBEDDED = "auth_token.sqlite.sql", True


class Keys(OldSystem):
    """session:<id> in Redis; users in a table."""

    PRESET, KNOWS_LOGIN = "redis", False

    def __init__(self, root, postgres, name):
        super().__init__(root, postgres, name)
        self.redis = Redis(pathlib.Path(root) / f"{name}-redis").start()

    def options(self):
        return {**super().options(), "legacy_redis_url": self.redis.url}

    def put(self, token, text, seconds=24 * 3600):
        self.redis.client.setex(f"session:{token}", seconds, text)

    def login(self, user, at=None):
        token = secrets.token_hex(32)
        ends = int((now() + DAY).timestamp() * 1000)
        self.put(
            token,
            json.dumps(
                {
                    "user_id": user.id,
                    "expires_at": ends,
                    "metadata": {"ip": "192.0.2.1", "userAgent": "old"},
                }
            ),
        )
        return token

    def holder(self, token):
        text = self.redis.client.get(f"session:{token}")
        found = json.loads(text) if text else {"expires_at": 0}
        return found["user_id"] if found["expires_at"] > now().timestamp() * 1000 else None

    def logout(self, token):
        self.redis.client.delete(f"session:{token}")

    def lapse(self, token):
        key = f"session:{token}"
        self.redis.client.setex(
            key, 3600, json.dumps({**json.loads(self.redis.client.get(key)), "expires_at": 1})
        )

    def dump(self):
        return super().dump() + self.redis.dump()

    @contextlib.contextmanager
    def away(self):
        self.redis.freeze()
        try:
            yield
        finally:
            self.redis.thaw()

    def stop(self):
        self.redis.stop()


SYSTEMS = {
    "session-id": SessionId,
    "auth-token": AuthToken,
    "auth-token-file": AuthTokenFile,
    "redis": Keys,
    "sessions": Sessions,
    "sessions-2": Sessions2,
}


def age(system, token, since):
    """As if it had been used last so long ago; what `life` says then."""
    if system.PRESET == "redis":
        value = {
            **json.loads(system.redis.client.get(f"session:{token}")),
            "kept": {"as": [1.5, "it", None]},
        }
        system.put(
            token,
            json.dumps(
                {**value, "expires_at": value["expires_at"] - int(since.total_seconds() * 1000)}
            ),
            int((24 * HOURS - since).total_seconds()),
        )
    elif system.PRESET == "auth-token":
        since = 10 * since
        system.tables.run(
            "UPDATE user_sessions SET last_seen_at = %s WHERE auth_token = %s",
            (now() - since).replace(tzinfo=None, microsecond=0),
            token,
        )
    else:
        system.tables.run(
            "UPDATE sessions SET expires_at = expires_at - %s WHERE id = %s", since, token
        )
    return life(system, token)


def life(system, token):
    """When it was used last, or will end."""
    if system.PRESET == "redis":
        value = json.loads(system.redis.client.get(f"session:{token}"))
        assert (
            abs(
                system.redis.client.pttl(f"session:{token}") / 1000
                - (value["expires_at"] / 1000 - now().timestamp())
            )
            < 10
        )
        assert (
            value.get("kept", {"as": [1.5, "it", None]}) == {"as": [1.5, "it", None]}
            and value["user_id"]
        ), "the rest stays"
        return datetime.datetime.fromtimestamp(value["expires_at"] / 1000, datetime.timezone.utc)
    column = (
        "last_seen_at FROM user_sessions WHERE auth_token"
        if system.PRESET == "auth-token"
        else "expires_at FROM sessions WHERE id"
    )
    found = system.tables.run(f"SELECT {column} = %s", token)[0][0]
    found = datetime.datetime.fromisoformat(found) if isinstance(found, str) else found
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)
