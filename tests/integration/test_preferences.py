# SPDX-License-Identifier: Apache-2.0
# Goal: a person chooses theme and language at /auth/preferences, in a page or as a program; the application hears of it in its next
# request, in every session of the person, and the pages follow; what is not ours is refused; and the tables of the web database
# say the same.
import json
import sqlite3

import pytest

from client import JSON, forms, signed_in
from processes import wait_until

PATH = "/auth/preferences"


@pytest.fixture(name="person")
def somebody(site):
    return site.user()


def sent(browser):
    """What the application is told: theme and language."""
    answer = browser.get("/app/", headers=JSON)
    assert answer.status == 200, answer
    headers = {name.lower(): value for name, value in answer.json()["headers"]}
    return headers.get("x-auth-theme"), headers.get("x-auth-language")


def rows(site, statement):
    """Of the web database: in PostgreSQL the only one."""
    if site.stores.postgres:
        return site.stores.postgres.execute(
            statement.replace(" FROM ", " FROM gatehouse."), database=site.stores.database
        )
    connection = sqlite3.connect(site.gateway.root / "state/gatehouse.db")
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_form_and_pages(site, person):
    browser = signed_in(site, person)
    page = browser.get(PATH, headers={"Accept-Language": "uk"})
    assert page.status == 200 and '<html lang="uk">' in page.text
    assert "no-store" in page.header("Cache-Control")
    form = forms(page)[0]
    assert sent(browser) == (None, None)
    saved = browser.post(PATH, {**form.hidden, "theme": "dark", "language": "ru"})
    assert (saved.status, saved.header("Location")) == (303, f"{PATH}?notice=saved")
    assert sent(browser) == ("dark", "ru")
    for path in (
        f"{PATH}?notice=saved",
        "/auth/me",
        "/auth/sessions",
        "/auth/password/change",
        "/auth/logout",
    ):
        assert (
            '<html lang="ru" data-theme="dark">'
            in browser.get(path, headers={"Accept-Language": "uk"}).text
        ), path
    assert (
        '<html lang="uk">'
        in site.browser().get("/auth/login", headers={"Accept-Language": "uk"}).text
    )


def test_every_session_of_the_person_and_nobody_else(site, person, people):
    first, second, other = (
        signed_in(site, person),
        signed_in(site, person),
        signed_in(site, people["plain"]),
    )
    assert [sent(browser) for browser in (first, second, other)] == [(None, None)] * 3
    answer = first.post_json(
        PATH, {"theme": "light", "language": "uk", "preferences": {"rows": 50, "open": ["a", None]}}
    )
    assert answer.status == 200 and answer.json() == first.get(PATH, headers=JSON).json()
    third = signed_in(site, person)
    for browser in (first, second, third):
        assert sent(browser) == ("light", "uk")
        assert browser.get(PATH, headers=JSON).json() == {
            "theme": "light",
            "language": "uk",
            "preferences": {"rows": 50, "open": ["a", None]},
        }
    assert sent(other) == (None, None)
    assert first.post_json(PATH, {"theme": "auto"}).json()["preferences"] == {
        "rows": 50,
        "open": ["a", None],
    }
    assert [sent(browser) for browser in (first, second, third)] == [(None, "uk")] * 3


def test_what_the_tables_say(site, person):
    """Applications read them: the session that made the change, and one that begins later."""
    here = signed_in(site, person)
    assert (
        here.post_json(PATH, {"theme": "dark", "language": "uk", "preferences": {"a": 1}}).status
        == 200
    )
    user = next(
        value
        for name, value in here.get("/app/", headers=JSON).json()["headers"]
        if name == "X-Auth-User-Id"
    )
    statement = (
        f"SELECT theme, language, preferences, data FROM web_sessions WHERE user_id = '{user}'"
    )
    assert len(rows(site, statement)) == 1
    signed_in(site, person)
    found = wait_until(
        lambda: len(now := rows(site, statement)) == 2 and now, "the new session has its row"
    )
    for theme, language, preferences, data in found:
        preferences = json.loads(preferences) if isinstance(preferences, str) else preferences
        assert (theme, language, preferences, data) == ("dark", "uk", {"a": 1}, None)


def test_restart(site, person):
    browser = signed_in(site, person)
    assert browser.post_json(PATH, {"theme": "dark"}).status == 200
    site.gateway.stop()
    site.gateway.start()
    assert sent(browser) == ("dark", None)
    assert 'data-theme="dark"' in browser.get("/auth/me").text


@pytest.mark.parametrize(
    "fields, status, code",
    [
        ({"theme": "blue"}, 400, "invalid_theme"),
        ({"language": "de"}, 400, "invalid_language"),
        ({}, 400, "incomplete"),
        ({"preferences": [1]}, 400, "object_expected"),
        ({"preferences": {"a": "x" * 5000}}, 413, "preferences_too_large"),
        ({"theme": "light", "preferences": {"deep": [[[[[[[[1]]]]]]]]}}, 400, "malformed_body"),
    ],
)
def test_refused(site, person, fields, status, code):
    browser = signed_in(site, person)
    assert browser.post_json(PATH, {"theme": "dark"}).status == 200
    refused = browser.post_json(PATH, fields)
    assert (refused.status, refused.json()["error"]["code"]) == (status, code)
    assert sent(browser) == ("dark", None)


def test_numbers_count_with_all_digits_that_are_stored(site, person):
    """4 kB of 1E308 are 200 kB in PostgreSQL; what is kept, and comes back, is bounded all the same."""
    browser = signed_in(site, person)
    assert browser.post_json(PATH, {"theme": "dark", "preferences": {"n": [1]}}).status == 200
    answer = browser.post_json(PATH, {"theme": "light", "preferences": {"n": [1e308] * 640}})
    kept = browser.get(PATH, headers=JSON)
    if site.stores.postgres:
        assert (answer.status, answer.json()["error"]["code"]) == (413, "preferences_too_large")
        assert kept.json()["preferences"] == {"n": [1]} and sent(browser) == ("dark", None)
    assert len(kept.text) < 8500


def test_only_from_our_own_page(site, person):
    browser = signed_in(site, person)
    form = browser.form(PATH, "/preferences")
    fields = {**form.hidden, "theme": "dark", "language": "auto"}
    assert browser.post(PATH, fields, headers={"Sec-Fetch-Site": "cross-site"}).status == 403
    assert (
        browser.post(
            PATH, fields, headers={"Sec-Fetch-Site": None, "Origin": "https://evil.example"}
        ).status
        == 403
    )
    assert browser.post(PATH, {**fields, "csrf": "x"}).status == 403
    assert (
        browser.post_json(
            PATH, {"theme": "dark"}, headers={"Origin": "https://evil.example"}
        ).status
        == 403
    )
    assert sent(browser) == (None, None)
    stranger = site.browser()
    assert stranger.get(PATH).status == 303 and stranger.get(PATH, headers=JSON).status == 401
