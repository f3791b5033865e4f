# SPDX-License-Identifier: Apache-2.0
# Goal: an answer that carries a renewed cookie is kept by nobody, whatever the application has said about its page; every other answer
# says about caching what the application said.
import pytest

from client import signed_in
from processes import wait_until

# A nested location with lines of its own, which includes the snippets again as they demand.
NESTED = """    location ^~ /app/ {
        location /app/nested/ {
            proxy_hide_header X-Powered-By;
            add_header X-Own own always;
            include snippets/gatehouse-protect.conf;
            include snippets/gatehouse-identity.conf;
            proxy_pass http://app;
        }
"""


@pytest.fixture(scope="module")
def renewing(make_site, make_stores):
    """Every use after a second renews the cookie."""
    return make_site(
        "renewing",
        make_stores("sqlite", ""),
        options={"touch_interval": "1s"},
        edits=[("site.conf", r"^    location \^~ /app/ \{\n", lambda _: NESTED)],
    )


def remembered(site):
    """A browser of somebody who stays signed in."""
    browser = site.browser()
    assert browser.login(site.user(), remember="on").status == 303
    return browser


def renewed(browser, path):
    """The answer at this path that renews the cookie."""
    answers = []

    def came():
        answers.append(browser.get(path))
        return answers[-1].all("Set-Cookie")

    wait_until(came, "the cookie is renewed")
    assert browser.site.cookie in answers[-1].cookies()
    return answers[-1], answers[:-1]


@pytest.mark.parametrize(
    "path, said",
    [
        ("/app/public/600", ["public, max-age=600"]),
        ("/app/nested/public/600", ["public, max-age=600"]),
        ("/app/cache/600", ["max-age=600"]),
        ("/app/", ["no-store"]),
    ],
)
def test_a_renewed_cookie_is_kept_by_nobody(renewing, path, said):
    browser = signed_in(renewing, renewing.user())
    assert browser.get(path).all("Set-Cookie") == []
    browser = remembered(renewing)
    answer, before = renewed(browser, path)
    assert answer.status == 200 and answer.all("Cache-Control") == ["private, no-store"]
    assert all(
        other.all("Cache-Control") == said and not other.all("Set-Cookie") for other in before
    )
    after = browser.get(path)
    assert after.status == 200 and (after.all("Set-Cookie") or after.all("Cache-Control") == said)


def test_a_refused_answer_of_the_application_is_kept_by_nobody(renewing):
    browser = remembered(renewing)
    answer, before = renewed(browser, "/app/status/404")
    assert answer.status == 404 and answer.all("Cache-Control") == ["private, no-store"]
    assert all(other.all("Cache-Control") == ["no-store"] for other in before)
