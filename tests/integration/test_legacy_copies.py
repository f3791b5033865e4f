# SPDX-License-Identifier: Apache-2.0
# Goal: where the older application keeps copies of its sessions in Redis, what ends here ends in the copy; the copies themselves are
# never believed, and a Redis without any changes nothing.
import json

import pytest

from client import JSON
from legacy_site import OldSite
from legacy_systems import Sessions
from legacy_tables import PASSWORD
from servers import Stores

NEW = "canary a quite different walk"


class Copied(Sessions):
    """A row for each session, and session:<id> with what was in the row."""

    copies = True

    def __init__(self, root, postgres, name, redis):
        super().__init__(root, postgres, name)
        self.redis = redis

    def options(self):
        return {**super().options(), "legacy_redis_url": self.redis.url}

    def key(self, token):
        return f"session:{token}"

    def login(self, user, at=None):
        token = super().login(user, at)
        if self.copies:
            self.redis.client.setex(
                self.key(token), 3600, json.dumps({"user_id": user.id, "expires_at": 4102444800000})
            )
        return token

    def is_copied(self, token):
        return self.redis.client.exists(self.key(token)) == 1


@pytest.fixture
def old(make_site, root, postgres, redis_server):
    name = f"copies-{len(list(root.iterdir()))}"
    system = Copied(root, postgres, name.replace("-", "_"), redis_server)
    stores = Stores("development", postgres, redis_server, f"{name}_new".replace("-", "_"))
    return OldSite(
        make_site(name, stores, options={"strategy": "gradual", **system.options()}), system
    )


@pytest.mark.parametrize("strategy", ["mock-only", "mock-with-write-through", "gradual"])
@pytest.mark.parametrize("copies", [True, False])
def test_a_logout_takes_the_copy_away(old, strategy, copies):
    old.use(strategy)
    old.system.copies = copies
    user, other = old.system.add_user(), old.system.add_user()
    token, kept = old.system.login(user), old.system.login(other)
    browser = old.browser(token)
    assert browser.get("/app/", headers=JSON).status == 200 and browser.logout().status == 303
    assert not old.system.is_copied(token) and old.system.holder(token) is None
    assert old.by_old(token).status == 401
    assert old.system.is_copied(kept) is copies and old.by_old(kept).status == 200


@pytest.mark.parametrize("strategy", ["mock-with-write-through", "gradual"])
def test_a_new_password_takes_all_others_away(old, strategy):
    old.use(strategy)
    user = old.system.add_user()
    tokens = [old.system.login(user) for _ in range(3)]
    assert old.by_old(tokens[0]).status == 200
    old.gateway.cli("user", "passwd", user.email, "--password-stdin", stdin=NEW + "\n")
    assert [old.system.is_copied(token) for token in tokens] == [False] * 3
    assert [old.by_old(token).status for token in tokens] == [401] * 3


def test_a_copy_alone_is_no_session(old):
    user = old.system.add_user()
    token = old.system.login(user)
    old.system.tables.run("DELETE FROM sessions WHERE id = %s", token)
    assert old.system.is_copied(token) and old.by_old(token).status == 401


def test_a_login_here_writes_no_copy(old):
    user = old.system.add_user()
    browser = old.browser()
    form = browser.form("/auth/login")
    answer = browser.post(
        "/auth/login", {**form.hidden, "identifier": user.email, "password": PASSWORD}
    )
    assert answer.status == 303 and not old.system.is_copied(answer.cookies()[old.system.COOKIE])
