# SPDX-License-Identifier: Apache-2.0
# Goal: the way of a person and of a program through the shipped example, with curl and its cookie jar: refused, signed in, known to
# the application, signed out, refused again.
import json
import subprocess
import urllib.parse

import pytest

from client import SECRETS, forms, raw_answer


class Curl:
    """curl with a cookie jar; what it answered."""

    def __init__(self, site, directory, *options):
        self.site, self.jar, self.options = site, directory / "jar", options

    def __call__(self, path, *options):
        command = [
            "curl",
            "-sS",
            "-i",
            "-b",
            self.jar,
            "-c",
            self.jar,
            "--resolve",
            f"{self.site.name}:{self.site.port}:127.0.0.1",
            "--http1.1",
            *self.options,
            *options,
            self.site.origin + path,
        ]
        if self.site.scheme == "https":
            command[1:1] = ["--cacert", self.site.nginx.root / "certificate.pem"]
        done = subprocess.run(command, capture_output=True, timeout=30, check=True)
        answer = raw_answer(done.stdout)
        SECRETS.update(value for value in answer.cookies().values() if value)
        return answer

    def cookie(self):
        """What the jar holds of the session."""
        if not self.jar.exists():
            return None
        lines = (line.split("\t") for line in self.jar.read_text().splitlines())
        return next(
            (line[6] for line in lines if len(line) == 7 and line[5] == self.site.cookie), None
        )


@pytest.fixture
def curl(site, tmp_path):
    return Curl(site, tmp_path)


def sign_in(curl, user, path):
    form = forms(curl(path))[0]
    return curl(
        "/auth/login",
        "--data-urlencode",
        f"csrf={form.hidden['csrf']}",
        "--data-urlencode",
        f"rd={form.hidden['rd']}",
        "--data-urlencode",
        f"identifier={user.email}",
        "--data-urlencode",
        f"password={user.password}",
    )


def received(answer):
    """The identity headers that the application got."""
    assert answer.status == 200, answer
    return {
        name: value
        for name, value in json.loads(answer.body)["headers"]
        if name.startswith("X-Auth")
    }


@pytest.mark.parametrize(
    "wanted", ["/app/", "/app/?a=1&rd=//evil.example", "/app/a%20b?q=%26%3D%23&x=%D0%BF"]
)
def test_person(site, people, curl, wanted):
    refused = curl(wanted)
    assert refused.status == 302
    login = refused.header("Location")
    assert (
        urllib.parse.urlsplit(login).path == "/auth/login"
        and not urllib.parse.urlsplit(login).netloc
    )
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(login).query, strict_parsing=True) == {
        "rd": [wanted]
    }
    assert curl.cookie() is None

    entered = sign_in(curl, people["plain"], login)
    assert (entered.status, entered.header("Location")) == (303, wanted)
    token = curl.cookie()
    assert token

    page = curl(wanted)
    assert page.status == 200 and people["plain"].email in page.text
    identity = received(curl(wanted, "-H", "Accept: application/json"))
    assert identity["X-Auth-Email"] == people["plain"].email
    assert (
        identity["X-Auth-Context"] == "web"
        and identity["X-Auth-User-Id"]
        and identity["X-Auth-Session"]
    )
    assert int(identity["X-Auth-Expires"]) > 0 and "X-Auth-Permissions" not in identity

    form = next(form for form in forms(curl("/auth/logout")) if "csrf" in form.hidden)
    left = curl(
        "/auth/logout",
        *[
            word
            for name, value in form.hidden.items()
            for word in ("--data-urlencode", f"{name}={value}")
        ],
    )
    assert left.status == 303 and curl.cookie() is None
    assert curl(wanted).status == 302
    # The cookie that somebody has kept is worth nothing.
    assert curl(wanted, "-H", f"Cookie: {site.cookie}={token}").status == 302


def test_program(site, people, curl):
    accept = ("-H", "Accept: application/json")
    refused = curl("/app/", *accept)
    assert (
        refused.status == 401
        and refused.header("Content-Type") == "application/json; charset=utf-8"
    )
    assert refused.json()["error"]["code"] == "not_signed_in"

    user = people["orders"]
    body = json.dumps({"identifier": user.email, "password": user.password})
    entered = curl(
        "/auth/login", *accept, "-H", "Content-Type: application/json", "--data-raw", body
    )
    assert entered.status == 200 and entered.json()["user"]["email"] == user.email
    token = curl.cookie()

    identity = received(curl("/api/orders/7", *accept))
    assert (identity["X-Auth-Email"], identity["X-Auth-Permissions"]) == (
        user.email,
        "orders.write",
    )
    me = curl("/auth/me", *accept).json()
    assert user.email in json.dumps(me)

    left = curl("/auth/logout", *accept, "-H", "Content-Type: application/json", "--data-raw", "{}")
    assert left.status == 200 and curl.cookie() is None
    refused = curl("/api/orders/7", *accept, "-H", f"Cookie: {site.cookie}={token}")
    assert refused.status == 401


def test_unchanged_by_post(site, people, curl):
    """A POST goes through a protected location as it is, and is not replayed as something else when refused."""
    body = "x" * 100_000
    sign_in(curl, people["plain"], "/auth/login?rd=/app/")
    with site.nginx.expect("request body is buffered to a temporary file"):
        seen = curl(
            "/app/upload?x=1", "-H", "Accept: application/json", "-H", "Expect:", "--data-raw", body
        ).json()
    assert (seen["method"], seen["path"], seen["body_bytes"]) == (
        "POST",
        "/app/upload?x=1",
        len(body),
    )


@pytest.mark.parametrize("site", ["postgresql+redis"], indirect=True)
def test_http2(site, people, tmp_path):
    """In HTTP/2, which is offered over https, a browser may split its cookies over several header fields."""
    curl = Curl(site, tmp_path, "--http2")
    curl.options = ("--http2",)
    assert sign_in(curl, people["plain"], "/auth/login?rd=/app/").status == 303
    assert received(curl("/app/", "-H", "Accept: application/json", "-b", "a=1; b=2"))
