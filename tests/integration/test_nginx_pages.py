# SPDX-License-Identifier: Apache-2.0
# Goal: what nginx itself answers in place of the gateway or of the application is a page in the visitor's language and theme, with a way
# on; or JSON for a program.
import re

import pytest

from client import JSON, raw, raw_answer, signed_in

PAGE = {"Accept": "text/html"}
WORDS = {"en": "You don’t have access", "ru": "Нет доступа", "uk": "Немає доступу"}
TOO_LONG = {"en": "That’s too long", "ru": "Слишком длинно", "uk": "Задовго"}


def check_page(answer, language, title):
    assert answer.header("Content-Type") == "text/html; charset=utf-8" and answer.all(
        "Cache-Control"
    ) == ["no-store"]
    assert (
        f'<html lang="{language}"' in answer.text and f"<h1>{title}</h1>" in answer.text
    ), answer.text
    assert re.search(r'<a href="[^"]*">\w', answer.text) and "Accept-Language" in answer.header(
        "Vary"
    )


@pytest.mark.parametrize(
    "accepts, language",
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("uk-UA,uk;q=0.9,ru;q=0.8", "uk"),
        ("en-GB,en;q=0.9,ru;q=0.8", "en"),
        ("de-DE,de;q=0.9, uk;q=0.5", "uk"),
        ("fr", "en"),
        ("", "en"),
        ("rum", "en"),
        ("RU", "ru"),
    ],
)
def test_language_of_the_browser(site, people, accepts, language):
    browser = signed_in(site, people["plain"])
    headers = {**PAGE, "Accept-Language": accepts}
    answer = browser.get("/admin/", headers=headers)
    assert answer.status == 403
    check_page(answer, language, WORDS[language])
    assert 'data-theme="' not in answer.text
    # The gateway's own pages are in the same language.
    assert f'<html lang="{language}"' in site.browser().get("/auth/nothing", headers=headers).text


def test_language_and_theme_that_the_user_has_chosen(site):
    browser = signed_in(site, site.user())
    form = browser.form("/auth/preferences")
    assert (
        browser.post("/auth/preferences", {**form.hidden, "theme": "dark", "language": "uk"}).status
        == 303
    )
    answer = browser.get("/admin/", headers={**PAGE, "Accept-Language": "en"})
    assert answer.status == 403 and '<html lang="uk" data-theme="dark">' in answer.text
    check_page(answer, "uk", WORDS["uk"])
    assert browser.get("/admin/", headers=JSON).json()["error"]["code"] == "forbidden"


@pytest.mark.parametrize("path", ["/auth/login", "/app/upload"])
@pytest.mark.parametrize("language", TOO_LONG)
def test_too_large(site, people, path, language):
    browser = signed_in(site, people["plain"])
    body = b"x" * (2 << 20)
    with site.nginx.expect("client intended to send too large body"):
        answer = browser.request(
            "POST", path, body=body, headers={**PAGE, "Accept-Language": language}
        )
        assert answer.status == 413
        check_page(answer, language, TOO_LONG[language])
        answer = browser.request("POST", path, body=body, headers=JSON)
    assert answer.status == 413 and answer.json()["error"]["code"] == "body_too_large"


@pytest.mark.parametrize("language", TOO_LONG)
def test_unreadable(site, language):
    """415 comes from the gateway itself."""
    headers = {
        **PAGE,
        "Accept-Language": language,
        "Content-Type": "text/plain",
        "Origin": site.origin,
    }
    answer = site.browser().request("POST", "/auth/login", body="x", headers=headers)
    assert (
        answer.status == 415
        and f'<html lang="{language}">' in answer.text
        and '<a class="button" href="/">' in answer.text
    )


@pytest.mark.parametrize("site", ["postgresql+redis"], indirect=True)
def test_address_too_long(site):
    """Over https nginx knows the site before it reads the address; over http the default server answers."""
    answer = raw_answer(
        raw(site, f"GET /{'x' * 9000} HTTP/1.1\r\nHost: {site.host}\r\n\r\n".encode())
    )
    assert answer.status == 414
    check_page(answer, "en", "This address is too long")
    assert site.browser().get("/gatehouse-414").status == 404


def test_readiness_is_refused_with_a_page(site):
    with site.nginx.expect("access forbidden by rule"):
        answer = site.browser(address="127.9.9.9").get(
            "/auth/ready", headers={**PAGE, "Accept-Language": "ru"}
        )
    assert answer.status == 403
    check_page(answer, "ru", WORDS["ru"])


def test_the_gateway_is_away(make_site, make_stores):
    site = make_site("away", make_stores("sqlite", ""))
    with site.nginx.expect(r"connect\(\) to unix:|auth request unexpected status: 502"):
        site.gateway.stop()
        for path in ("/app/", "/auth/login"):
            answer = site.browser().get(path, headers={**PAGE, "Accept-Language": "uk"})
            assert answer.status == 503 and answer.header("Retry-After") == "2"
            check_page(answer, "uk", "Тимчасово недоступно")
            assert '<a href="">Спробувати ще раз</a>' in answer.text


def test_where_password_managers_look(site, people):
    answer = signed_in(site, people["plain"]).get("/.well-known/change-password")
    assert (answer.status, answer.header("Location")) == (302, "/auth/password/change")
