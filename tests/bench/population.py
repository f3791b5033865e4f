# SPDX-License-Identifier: Apache-2.0
"""Sessions by the hundred thousand, straight into the database, and what nginx is sent to use them."""

import io
import time
import uuid

from tokens import Mint, stored_id

COOKIE = "gatehouse_web"
MONTH = 30 * 24 * 3600
USERS = 1000
USER_COLUMNS = "id, email, hashed_password"
SESSION_COLUMNS = "id, handle, user_id, application_context, expires_at, created_at, last_activity"


def copy(cursor, table, columns, rows):
    text = io.StringIO("".join("\t".join(row) + "\n" for row in rows))
    cursor.copy_expert(f"COPY gatehouse.{table} ({columns}) FROM STDIN", text)


def populate(gateway, postgres, sessions, path):
    """So many sessions of USERS users (of as many as there are sessions, if those are fewer); their cookies are the lines of the
    file. The users' password is that of the one user whom the database has already."""
    database = gateway.stores.database
    mint = Mint(gateway.options["key_file"])
    ((password,),) = postgres.execute(
        "SELECT hashed_password FROM gatehouse.users LIMIT 1", database=database
    )
    users = [str(uuid.uuid4()) for _ in range(min(USERS, sessions))]
    now = time.time()
    times = [
        time.strftime("%Y-%m-%d %H:%M:%S+00", time.gmtime(moment))
        for moment in (now + MONTH, now, now)
    ]
    with postgres.connect(database) as connection, connection.cursor() as cursor, open(
        path, "w", encoding="ascii"
    ) as cookies:
        copy(
            cursor,
            "users",
            USER_COLUMNS,
            ((user, email_of(number), password) for number, user in enumerate(users)),
        )
        for begin in range(0, sessions, 50000):
            numbers = range(begin, min(begin + 50000, sessions))
            tokens = [mint.token("web") for _ in numbers]
            copy(
                cursor,
                "sessions",
                SESSION_COLUMNS,
                (
                    (stored_id(token), str(uuid.uuid4()), users[number % len(users)], "web", *times)
                    for number, token in zip(numbers, tokens)
                ),
            )
            cookies.writelines(f"{COOKIE}={token}\n" for token in tokens)
        cursor.execute("ANALYZE gatehouse.sessions, gatehouse.users")


def email_of(number):
    return f"person{number}@example.org"
