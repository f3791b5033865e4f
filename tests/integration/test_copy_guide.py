# SPDX-License-Identifier: Apache-2.0
# Goal: whoever follows docs/operations.md from the one file to PostgreSQL, word for word, and back, has everybody where they were.
# Only the places are others than in a real installation.
import types

import pytest

from guide import Guide, Machine
from servers import Gateway, Stores
from test_migrate_copy import statuses
from split_site import add, ask, sign_in

STOP, START = (f"systemctl {word} gatehouse.socket gatehouse.service" for word in ("stop", "start"))


@pytest.fixture
def gateway(root):
    found = Gateway(root / "copy-guide", Stores("mock"), {"secure_cookies": True})
    yield found.start()
    if found.running():
        found.stop()


def cookies_of(gateway, users):
    return [sign_in(gateway, user) for user in users]


def test_the_guide(gateway, postgres, redis_server, tmp_path):
    site = types.SimpleNamespace(gateway=gateway, nginx=types.SimpleNamespace(root=tmp_path, pid=0))
    machine = Machine(tmp_path / "machine", site)
    machine.command("sudo", 'shift 2; exec "$@"')
    credentials = tmp_path / "etc"
    credentials.mkdir(mode=0o700)
    url = postgres.create_database("copy_guide")
    text = Guide("operations.md").commands("From SQLite to PostgreSQL, and back")
    for guide, here in (
        ("/etc/gatehouse/", f"{credentials}/"),
        (" -g gatehouse ", " "),
        ("/var/lib/gatehouse/", f"{gateway.root}/state/"),
        ("postgresql://gatehouse@/gatehouse?host=/run/postgresql", url),
    ):
        assert guide in text
        text = text.replace(guide, here)
    first, second, back = text.split(STOP)
    second, started, nothing = second.partition(START)
    assert started and not nothing.strip()

    ann, bob = add(gateway, "ann"), add(gateway, "bob")
    gateway.cli("user", "grant", ann.email, "orders.write")
    home, work, gone = cookies_of(gateway, (ann, bob, ann))
    assert ask(gateway, "/auth/preferences", {"theme": "dark"}, cookie=home).status == 200
    machine.follow(first)
    late = sign_in(gateway, bob)
    assert ask(gateway, "/auth/logout", {}, cookie=gone).status in (200, 204, 303)
    gateway.stop()
    machine.follow(second)
    assert not (credentials / "new_database_url").exists()

    (credentials / "redis_url").write_text(redis_server.url)
    del gateway.env["SESSION_ENVIRONMENT"]
    gateway.env["CREDENTIALS_DIRECTORY"] = str(credentials)
    for _ in range(2):
        gateway.start()
        assert statuses(gateway, (home, work, late, gone)) == [204, 204, 204, 401]
        answer = ask(gateway, cookie=home)
        assert (
            answer.header("X-Auth-Permissions") == "orders.write"
            and answer.header("X-Auth-Theme") == "dark"
        )
        late = sign_in(gateway, ann)
        gateway.stop()
        if "CREDENTIALS_DIRECTORY" in gateway.env:
            assert gateway.events("ready")[-1]["mode"] == "production"
            machine.follow(back)
            del gateway.env["CREDENTIALS_DIRECTORY"]
            gateway.env["SESSION_ENVIRONMENT"] = "mock"
