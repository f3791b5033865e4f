# SPDX-License-Identifier: Apache-2.0
# Goal: databases are brought together while gateways write into them, or a merge is killed in the middle, and nobody's session is lost.

import subprocess

import pytest

from processes import wait_until
from servers import gatehouse_binary
from split_site import (
    add,
    ask,
    begin,
    counts,
    fill,
    mark,
    sign_in,
    split,
    start_and_note,
    unsplit,
    with_split_databases,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def gateway(root, request):
    yield from begin(root, request)


@pytest.mark.parametrize("gateway", ["postgresql"], indirect=True)
def test_killed_in_the_middle(gateway):
    with_split_databases(gateway)
    fill(gateway, "identity", range(1300), range(1300))
    main = gateway.databases["main"]
    holder = gateway.postgres.connect(main.name)
    try:
        with holder.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE gatehouse.sessions IN EXCLUSIVE MODE")
            command = [
                str(gatehouse_binary()),
                "migrate",
                "merge",
                "--no-backup",
                "--config",
                str(gateway.config),
            ]
            process = subprocess.Popen(
                command, env=gateway.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            wait_until(
                lambda: main.rows("SELECT 1 FROM pg_locks WHERE NOT granted"),
                "it waits for the sessions",
            )
            process.kill()
            process.wait()
    finally:
        holder.close()
    assert main.rows("SELECT count(*) FROM users") == [(1300,)]
    taken_up = counts(gateway.cli("migrate", "merge").stdout)
    assert taken_up["users"] == (0, 0) and taken_up["sessions"][0] in (800, 1300)
    assert main.rows("SELECT count(*), count(DISTINCT id) FROM sessions") == [(1300, 1300)]


def test_while_gateways_are_at_work(gateway):
    """What they write is copied, and as long as they may write more the way back stays closed."""
    with_split_databases(gateway)
    ann = add(gateway, "ann")
    start_and_note(gateway)
    cookies = [sign_in(gateway, ann) for _ in range(5)]
    told = gateway.cli("migrate", "merge").stdout
    assert "1 gateways still work" in told and mark(gateway) == 2
    cookies.append(sign_in(gateway, ann))
    assert ask(gateway, "/auth/logout", {}, cookie=cookies[0]).status in (200, 204, 303)
    gateway.stop()
    told = gateway.cli("migrate", "merge").stdout
    assert (
        counts(told)["sessions"][0] == 1
        and "may start on DATABASE_URL alone" in told
        and mark(gateway) == 0
    )
    unsplit(gateway)
    gateway.start()
    assert [ask(gateway, cookie=one).status for one in cookies] == [401] + [204] * 5
    split(gateway)
    wait_until(
        lambda: "work on DATABASE_URL alone already" in gateway.cli("migrate", "merge").stderr,
        "it is told that it comes late",
    )
