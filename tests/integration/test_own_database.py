# SPDX-License-Identifier: Apache-2.0
# Goal: a context with a database of its own keeps preferences there and nowhere else; `migrate` takes care of that database, `ready`
# names it, and its absence stops neither this context nor the other.
import json
import sqlite3

import pytest

import fcgi
from processes import wait_until
from servers import Gateway, Stores, User
from stores import Postgres
from outage import credentials, out_of_order

PATH = "/auth/preferences"


@pytest.fixture(scope="module", name="second")
def second_server(root):
    server = Postgres(root / "own").start()
    yield server
    server.stop()


class Own(Gateway):
    """With a context `admin` whose database is elsewhere."""

    def write_config(self, **changed):
        super().write_config(**changed)
        with open(self.config, "a", encoding="utf-8") as config:
            config.write('[context.admin]\nidle = "1h"\n')

    def ask(self, path, context="web", fields=None, cookie=""):
        body = "" if fields is None else json.dumps(fields)
        facts = {"GATE_CONTEXT": context, "HTTP_ACCEPT": "application/json", "HTTP_COOKIE": cookie}
        if fields is not None:
            facts |= {
                "method": "POST",
                "CONTENT_TYPE": "application/json",
                "CONTENT_LENGTH": str(len(body)),
            }
        return fcgi.ask(self.socket, fcgi.facts(path, **facts), body)

    def sign_in(self, user, context):
        signed = self.ask("/auth/login", context, credentials(user))
        assert signed.status == 200, signed
        return signed.header("Set-Cookie").split(";")[0]

    def theme(self, context, cookie):
        checked = self.ask("/auth/verify", context, cookie=cookie)
        assert checked.status == 204, checked
        return checked.header("X-Auth-Theme")

    def stores_up(self):
        return json.loads(self.ask("/auth/ready").body)["stores"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql+redis"], name="gateway")
def gateway_with_two(request, root, second):
    if request.param == "sqlite":
        stores = Stores("mock")
    else:
        stores = Stores(
            "development",
            request.getfixturevalue("postgres"),
            request.getfixturevalue("redis_server"),
            "gate_own",
        )
    gateway = Own(root / f"own-{request.param}", stores, {"secure_cookies": False})
    gateway.env["DATABASE_ADMIN_URL"] = (
        f"sqlite:{gateway.root}/state/admin.db"
        if request.param == "sqlite"
        else second.create_database("own")
    )
    gateway.said = gateway.cli("migrate", "up").stdout
    yield gateway.start()
    gateway.stop()


@pytest.fixture(name="user")
def person(gateway, request):
    user = User(
        f"{request.node.name.replace('[', '.').rstrip(']').replace('+', '.')}@example.org",
        "canary a long walk by the sea",
    )
    gateway.cli("user", "add", user.email, "--password-stdin", stdin=user.password + "\n")
    return user


def test_migrate(gateway):
    assert (
        "admin: applied 0001_web" in gateway.said
        and "admin: nothing to do" in gateway.cli("migrate", "up").stdout
    )
    rows = json.loads(gateway.cli("migrate", "status", "--json").stdout)
    assert {(row["database"], row["state"]) for row in rows} == {
        ("identity", "applied"),
        ("web", "applied"),
        ("admin", "applied"),
    }
    assert "admin: fits this version" in gateway.cli("migrate", "verify").stdout


def test_each_has_its_own(gateway, user, second):
    web, admin = gateway.sign_in(user, "web"), gateway.sign_in(user, "admin")
    assert (
        gateway.ask(PATH, "admin", {"theme": "dark", "preferences": {"a": 1}}, admin).status == 200
    )
    assert (gateway.theme("web", web), gateway.theme("admin", admin)) == (None, "dark")
    assert gateway.ask(PATH, "web", {"theme": "light"}, web).status == 200
    assert (gateway.theme("web", web), gateway.theme("admin", admin)) == ("light", "dark")
    assert json.loads(gateway.ask(PATH, "web", cookie=web).body) == {
        "theme": "light",
        "language": "auto",
        "preferences": {},
    }
    who = gateway.ask("/auth/verify", "admin", cookie=admin).header("X-Auth-User-Id")
    statement = f"SELECT theme FROM web_sessions WHERE user_id = '{who}'"
    if gateway.stores.postgres:
        found = second.execute(statement.replace("web_", "gatehouse.web_"), database="own")
    else:
        found = sqlite3.connect(gateway.root / "state/admin.db").execute(statement).fetchall()
    assert found == [("dark",)]


@pytest.mark.parametrize("gateway", ["postgresql+redis"], indirect=True)
@pytest.mark.parametrize("how", ["frozen", "stopped"])
def test_away(gateway, user, second, how):
    web, admin = gateway.sign_in(user, "web"), gateway.sign_in(user, "admin")
    with out_of_order(second, how):
        assert (
            gateway.ask(PATH, "web", {"theme": "dark"}, web).status == 200
            and gateway.theme("web", web) == "dark"
        )
        assert gateway.ask(PATH, "admin", {"theme": "dark"}, admin).status == 503
        assert gateway.theme("admin", admin) is None and gateway.sign_in(user, "admin")
        wait_until(
            lambda: gateway.stores_up()
            == {"sql": "up", "redis": "up", "web": "up", "web:admin": "down"},
            "ready knows",
        )
    wait_until(
        lambda: gateway.ask(PATH, "admin", {"theme": "light"}, admin).status == 200, "it is back"
    )
    assert gateway.theme("admin", admin) == "light"
    wait_until(lambda: set(gateway.stores_up().values()) == {"up"}, "ready is ok")
