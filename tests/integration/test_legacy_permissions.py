# SPDX-License-Identifier: Apache-2.0
# Goal: what people may do over there they may do here, by whatever way they come; what is withdrawn there is withdrawn here as long as
# the older system leads; and an older system without such a table is none the worse.
import getpass
import json

import pytest

from client import JSON
from legacy_site import OldSite, told
from legacy_systems import Sessions, Sessions2, SessionId
from servers import Stores

SYSTEMS = {"sessions": Sessions, "sessions-2": Sessions2, "session-id": SessionId}


class People(OldSite):
    def grant(self, user, permission, **columns):
        columns = {"user_id": user.id, "permission": permission, **columns}
        self.system.tables.run(
            f"INSERT INTO user_permissions ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})",
            *columns.values(),
        )

    def withdraw(self, user, permission):
        self.system.tables.run(
            "DELETE FROM user_permissions WHERE user_id = %s AND permission = %s",
            user.id,
            permission,
        )

    def rights(self, token):
        return told(self.by_old(token)).get("x-auth-permissions", "").split()

    def rows(self, user):
        return self.identity(
            "SELECT permission, application_context, granted_by, expires_at IS NOT NULL, operator FROM {}user_permissions"
            " WHERE user_id = ? ORDER BY permission",
            user.id,
        )


@pytest.fixture
def make_people(make_site, root, postgres):
    def make(kind, **options):
        name = f"rights-{kind}-{len(list(root.iterdir()))}"
        system = SYSTEMS[kind](root, postgres, name.replace("-", "_"))
        stores = Stores("development", postgres, None, f"{name}_new".replace("-", "_"))
        return People(
            make_site(
                name,
                stores,
                options={"strategy": "mock-with-write-through", **system.options(), **options},
            ),
            system,
        )

    return make


@pytest.mark.parametrize("kind", ["sessions", "sessions-2"])
@pytest.mark.parametrize("strategy", ["mock-only", "mock-with-write-through", "gradual"])
def test_permissions_come_with_their_user(make_people, kind, strategy):
    people = make_people(kind)
    people.use(strategy)
    user, other = people.system.add_user(), people.system.add_user()
    people.grant(user, "orders.write")
    people.grant(user, "orders.read")
    assert people.rights(people.system.login(user)) == ["orders.read", "orders.write"]
    assert people.rights(people.system.login(other)) == []


@pytest.mark.parametrize("strategy", ["mock-only", "mock-with-write-through"])
def test_while_the_older_system_leads_its_permissions_are_followed(make_people, strategy):
    people = make_people("sessions")
    people.use(strategy)
    user = people.system.add_user()
    people.grant(user, "orders.read")
    token = people.system.login(user)
    assert people.rights(token) == ["orders.read"]
    people.gateway.cli("user", "grant", user.email, "reports.read")
    people.withdraw(user, "orders.read")
    people.grant(user, "orders.write")
    assert people.rights(people.system.login(user)) == [
        "orders.write",
        "reports.read",
    ], "what was granted here stays"


def test_end_context_and_who_granted_it(make_people):
    people = make_people("sessions")
    boss, user = people.system.add_user(), people.system.add_user()
    people.grant(user, "for.long", granted_by=boss.id, expires_at="2099-01-01T00:00:00Z")
    people.grant(user, "over", expires_at="2020-01-01T00:00:00Z")
    assert people.rights(people.system.login(user)) == ["for.long"]
    people.gateway.cli("user", "grant", user.email, "ours")
    assert [tuple(map(str, row)) for row in people.rows(user)] == [
        ("for.long", "web", boss.id, "True", "None"),
        ("ours", "web", "None", "False", getpass.getuser()),
        ("over", "web", "None", "True", "None"),
    ]


def test_in_bulk_and_counted(make_people):
    people = make_people("sessions")
    known, unknown = people.system.add_user(), people.system.add_user()
    token = people.system.login(known)
    assert people.rights(token) == []
    people.use("gradual")
    for user in (known, unknown):
        people.grant(user, "orders.write")
    # As a version that knew nothing of permissions has left it.
    people.identity("UPDATE {}users SET legacy_permissions = NULL")
    rows = 3  # one is the fixture's

    def counted():
        plan = json.loads(
            people.gateway.cli(
                "migrate", "plan", "--to", "production-only", "--json", check=False
            ).stdout
        )
        return plan["permissions_there"], plan["permissions_here"]

    assert counted() == (rows, 0)
    assert (
        f"{rows} permissions of the older system; 0 of them are here"
        in people.gateway.cli("migrate", "plan", "--to", "production-only", check=False).stdout
    )
    assert people.gateway.cli("migrate", "users").returncode == 0
    assert counted() == (rows, rows)
    assert (
        [row[0] for row in people.rows(known)]
        == [row[0] for row in people.rows(unknown)]
        == ["orders.write"]
    )
    people.gateway.cli("user", "revoke", known.email, "orders.write")
    assert people.gateway.cli("migrate", "users").returncode == 0
    assert people.rows(known) == [], "what was taken away here stays away"


def test_no_such_table_no_such_permissions(make_people):
    people = make_people("session-id")
    user = people.system.add_user()
    assert people.rights(people.system.login(user)) == []
    plan = json.loads(
        people.gateway.cli("migrate", "plan", "--to", "gradual", "--json", check=False).stdout
    )
    assert "permissions_there" not in plan


def test_a_table_that_was_named_must_be_there(make_people):
    people = make_people("session-id", legacy_layout=["permissions_table = grants"])
    done = people.gateway.cli("migrate", "plan", "--to", "gradual", check=False)
    assert done.returncode == 69 and "grants" in done.stderr


def test_more_than_the_header_has_room_for_is_left_out(make_people):
    people = make_people("sessions")
    user = people.system.add_user()
    for number in range(40):
        people.grant(user, f"{number:02}" + "x" * 90)
    people.grant(user, "not a word")
    token = people.system.login(user)
    answer = people.by_old(token)
    assert answer.status == 200 and len(told(answer)["x-auth-permissions"]) <= 2048
    assert people.gateway.wait_event("legacy_permissions_left_out")["count"] == 41 - len(
        people.rights(token)
    )
    assert people.browser(token).get("/app/", headers=JSON).status == 200
