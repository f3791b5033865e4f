# SPDX-License-Identifier: Apache-2.0
# Goal: a person sees where they are signed in and ends one session or all the others; whatever ends a session ends it at once:
# sign-out, a new password, the operator.
import base64
import concurrent.futures
import hashlib
import secrets

import pytest

from client import JSON, forms, signed_in
from servers import User


@pytest.fixture
def three(site):
    """Somebody with three browsers."""
    user = site.user()
    return user, [signed_in(site, user) for _ in range(3)]


def alive(browsers):
    return [browser.get("/app/").status == 200 for browser in browsers]


def listed(browser):
    answer = browser.get("/auth/sessions", headers=JSON)
    assert answer.status == 200, answer
    return answer.json()["sessions"]


def own_handle(browser):
    return next(row["handle"] for row in listed(browser) if row["current"])


def test_list(site, three):
    user, browsers = three
    browsers[1].get("/app/")
    rows = listed(browsers[0])
    assert len(rows) == 3 and len({row["handle"] for row in rows}) == 3
    assert {row["address"] for row in rows} == {browser.address for browser in browsers}
    assert [row["current"] for row in rows].count(True) == 1
    text = browsers[0].get("/auth/sessions").text + str(rows)
    assert not [browser for browser in browsers if browser.token in text], "a page names a token"
    assert listed(signed_in(site, site.user()))[0]["address"] not in {
        browser.address for browser in browsers
    }
    assert user.email in browsers[0].get("/auth/me", headers=JSON).text


def revoke_form(browser, handle):
    page = browser.get("/auth/sessions")
    return next(
        form
        for form in forms(page)
        if form.action.endswith("/sessions/revoke") and form.hidden.get("handle") == handle
    )


def test_end_one(site, three):
    _, browsers = three
    answer = browsers[0].post(
        "/auth/sessions/revoke", revoke_form(browsers[0], own_handle(browsers[2])).hidden
    )
    assert answer.status == 303 and alive(browsers) == [True, True, False]
    answer = browsers[0].post_json("/auth/sessions/revoke", {"handle": own_handle(browsers[1])})
    assert answer.status == 200 and alive(browsers) == [True, False, False]
    assert len(listed(browsers[0])) == 1


def test_end_ones_own(site, three):
    _, browsers = three
    answer = browsers[0].post_json("/auth/sessions/revoke", {"handle": own_handle(browsers[0])})
    assert (
        answer.status == 200
        and browsers[0].token is None
        and alive(browsers) == [False, True, True]
    )


def test_end_others(site, three):
    _, browsers = three
    form = next(
        form
        for form in forms(browsers[1].get("/auth/sessions"))
        if form.action.endswith("/revoke-others")
    )
    assert browsers[1].post("/auth/sessions/revoke-others", form.hidden).status == 303
    assert alive(browsers) == [False, True, False] and len(listed(browsers[1])) == 1


@pytest.mark.parametrize(
    "handle", ["", "x", "00000000-0000-4000-8000-000000000000", "' OR 1=1--", "%", None]
)
def test_handles_of_nobody(site, three, handle):
    _, browsers = three
    fields = {} if handle is None else {"handle": handle}
    assert browsers[0].post_json("/auth/sessions/revoke", fields).status in (400, 404)
    assert alive(browsers) == [True, True, True]


def test_handles_of_others(site, three):
    _, browsers = three
    stranger = signed_in(site, site.user())
    assert (
        stranger.post_json("/auth/sessions/revoke", {"handle": own_handle(browsers[0])}).status
        == 404
    )
    assert stranger.post_json("/auth/sessions/revoke-others", {}).status == 200
    assert alive(browsers) == [True, True, True]


def test_password_change(site, three):
    user, browsers = three
    fresh = "canary " + secrets.token_urlsafe(18)
    token = browsers[0].token
    form = browsers[0].form("/auth/password/change", "/password/change")
    answer = browsers[0].post(
        "/auth/password/change",
        {**form.hidden, "current_password": user.password, "new_password": fresh},
    )
    assert answer.status == 303
    assert alive(browsers) == [True, False, False]
    # The privilege has changed, so the token has, too.
    assert browsers[0].token not in (None, token)
    assert site.browser().get("/app/", cookies=f"{site.cookie}={token}").status == 302
    assert site.browser().login(user).status == 401
    assert site.browser().login(User(user.email, fresh)).status == 303


@pytest.mark.parametrize(
    "current, fresh, status",
    [
        ("wrong password of nobody", "a good and long new password", 401),
        ("", "a good and long new password", 400),
        (None, "", 400),
        (None, "short", 422),
        (None, "x" * 129, 422),
        (None, "password1234567", 422),
        (None, None, 422),
    ],
)
def test_bad_password_changes(site, three, current, fresh, status):
    """None: the right one, and the same again."""
    user, browsers = three
    fields = {
        "current_password": user.password if current is None else current,
        "new_password": user.password if fresh is None else fresh,
    }
    answer = browsers[0].post_json("/auth/password/change", fields)
    assert answer.status == status, answer
    assert alive(browsers) == [True, True, True] and site.browser().login(user).status == 303


def test_disabled_account(site, three):
    user, browsers = three
    site.gateway.cli("user", "disable", user.email)
    assert alive(browsers) == [False, False, False]
    assert site.browser().login(user).status == 401


def test_operator_ends_sessions(site, three):
    """By the handle that pages and logs show."""
    user, browsers = three
    site.gateway.cli("session", "revoke", user.email, own_handle(browsers[1]))
    assert alive(browsers) == [True, False, True]
    site.gateway.cli("session", "revoke", user.email, "--all")
    assert alive(browsers) == [False, False, False]


def test_ended_sessions_stay_ended(site, three):
    """Signing out twice, or with a token that is over, changes nothing and does not fail."""
    _, browsers = three
    cookies, form = f"{site.cookie}={browsers[0].token}", browsers[0].form(
        "/auth/logout", "/logout"
    )
    for _ in range(2):
        assert browsers[0].post("/auth/logout", form.hidden, cookies=cookies).status == 303
        assert site.browser().get("/app/", cookies=cookies).status == 302
    assert alive(browsers) == [False, True, True]


def test_get_changes_nothing(site, three):
    _, browsers = three
    for path in (
        "/auth/logout",
        "/auth/sessions/revoke",
        "/auth/sessions/revoke-others",
        "/auth/login",
        "/auth/password/change",
    ):
        browsers[0].get(f"{path}?handle={own_handle(browsers[1])}")
    assert alive(browsers) == [True, True, True]


def version_of(site, token):
    """Which transaction has written the session's row last."""
    stored = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")
    found = site.stores.postgres.execute(
        "SELECT xmin::text, revoked FROM gatehouse.sessions WHERE id = %s",
        (stored,),
        site.stores.database,
    )
    return found[0]


@pytest.mark.parametrize("site", ["postgresql", "postgresql+redis"], indirect=True)
def test_the_logout_of_a_session_that_has_ended_already_writes_nothing(site):
    """Whoever has a cookie that is worth nothing can send it as often as they like: each is answered, and none costs a transaction."""
    browser = signed_in(site, site.user())
    token = browser.token
    assert browser.post_json("/auth/logout", {}).status == 200
    ended = version_of(site, token)
    assert ended[1] is True
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = [
            pool.submit(
                site.browser().post_json, "/auth/logout", {}, cookies=f"{site.cookie}={token}"
            )
            for _ in range(60)
        ]
    assert {answer.result().status for answer in answers} == {200}
    assert version_of(site, token) == ended
    assert site.browser().get("/app/", cookies=f"{site.cookie}={token}").status != 200
