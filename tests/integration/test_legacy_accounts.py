# SPDX-License-Identifier: Apache-2.0
# Goal: whoever deletes an account is out of the older system too, wherever the strategy writes there; and while that system leads, it
# says who has an account, so that nobody deletes or changes one here.
import pytest

from client import JSON, SECRETS
from legacy_site import READING
from legacy_tables import PASSWORD
from processes import wait_until

FORMS = ("delete", "phone")


def sign_in(old, user):
    browser = old.browser()
    fields = browser.form("/auth/login").hidden
    fields = {**fields, "identifier": user.identifier, "password": PASSWORD}
    assert browser.post("/auth/login", fields).status == 303
    return browser


def in_old(old, token):
    """Whether its own application takes it, by what a logout there takes away."""
    if hasattr(old.system, "in_row"):
        return old.system.in_row(token)
    return old.system.holder(token) is not None


@pytest.mark.parametrize("strategy", READING)
def test_an_account_is_deleted_where_gatehouse_decides(old, strategy):
    old.use(strategy)
    someone, other = old.system.add_user(), old.system.add_user()
    token, kept = old.system.login(someone), old.system.login(other)
    SECRETS.update((token, kept))
    assert [old.by_old(one).status for one in (token, kept)] == [200, 200]
    browser = sign_in(old, someone)
    assert browser.get("/auth/account/data").status == 200
    if strategy != "gradual":
        for name in FORMS:
            assert browser.get(f"/auth/account/{name}").status == 404
            assert f"/auth/account/{name}" not in browser.get("/auth/me").text
        return
    path = "/auth/account/delete"
    fields = {**browser.form(path, path).hidden, "current_password": PASSWORD}
    with old.system.away():
        refused = browser.post(path, fields)
        assert refused.status == 503 and "Nothing was changed" in refused.text
    assert browser.get("/app/", headers=JSON).status == 200
    # The first statement on a connection of before may find it closed.
    done = wait_until(
        lambda: (answer := browser.post(path, fields)).status == 303 and answer, "deleted"
    )
    assert done.header("Location") == "/auth/login?notice=account_deleted"
    assert browser.get("/app/", headers=JSON).status == 401
    assert old.by_old(token).status == 401 and not in_old(old, token)
    assert old.by_old(kept).status == 200 and in_old(old, kept)
