# SPDX-License-Identifier: Apache-2.0
# Goal: lines that a site's own configuration may well have beside the shipped files open no door and break no check.
import json
import signal
import socketserver
import threading

import pytest

import fcgi
from client import JSON, raw, signed_in
from nginx_lint import IDENTITY, lint
from processes import wait_until

MEGABYTE = 1 << 20
PROTECTED = ("/app/", "/admin/", "/api/orders/")
APP = r"^    location \^~ /app/ \{\n"


@pytest.fixture(scope="module")
def own_site(make_site, make_stores):
    return make_site(
        "lines",
        make_stores("sqlite", ""),
        edits=[("site.conf", APP, "    location ^~ /app/ {\n        client_max_body_size 10m;\n")],
    )


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_large_upload_where_only_the_location_allows_it(own_site, method):
    browser = signed_in(own_site, own_site.user())
    assert browser.request(method, "/app/", body=b"x" * (3 * MEGABYTE), headers=JSON).status == 200
    assert (
        own_site.browser().request(method, "/app/", body=b"x" * (3 * MEGABYTE), headers=JSON).status
        == 401
    )
    assert (
        browser.request(method, "/admin/", body=b"x" * (3 * MEGABYTE), headers=JSON).status == 413
    )


# An office that comes in without a password, as the operator believes, and a cache for what the application allows to be kept.
OPEN = """    satisfy any;
    allow 127.0.0.0/8;
    deny all;
    proxy_cache kept;
    proxy_cache_key $uri;
"""


@pytest.fixture(scope="module")
def wide(make_site, make_stores):
    return make_site(
        "wide",
        make_stores("sqlite", ""),
        edits=[
            (
                "nginx.conf",
                "access_log off;",
                "access_log off; proxy_cache_path temp/kept keys_zone=kept:1m;",
            ),
            ("site.conf", r"^    # Public\. Whoever", OPEN + "    # Public. Whoever"),
        ],
    )


def test_satisfy_any_of_the_server_admits_nobody(wide):
    assert [wide.browser().get(path, headers=JSON).status for path in PROTECTED] == [401] * 3
    assert signed_in(wide, wide.user()).get("/app/", headers=JSON).status == 200


def test_a_cache_of_the_server_gives_nobody_the_page_of_another(wide):
    """The path ends in the max-age that the application answers with."""
    users = [wide.user(), wide.user()]
    answers = [signed_in(wide, user).get("/app/cache/60", headers=JSON).json() for user in users]
    assert [dict(answer["headers"])["X-Auth-Email"] for answer in answers] == [
        user.email for user in users
    ]
    kept = wide.nginx.root / "temp/kept"
    assert list(kept.iterdir()) == []
    assert wide.browser().get("/cache/60", headers=JSON).status == 200
    wait_until(lambda: list(kept.iterdir()), "a public page is kept as before")


def test_regular_expression_of_the_server_takes_no_protected_page(make_site, make_stores):
    """Pictures and style sheets are public, as the operator believes, and nginx prefers regular expressions."""
    styles = "    location ~ \\.css$ {\n        include snippets/gatehouse-clear.conf;\n        proxy_pass http://app;\n    }\n"
    site = make_site(
        "styles",
        make_stores("sqlite", ""),
        edits=[("site.conf", r"^    # Public\. Whoever", styles + "    # Public. Whoever")],
    )
    assert [
        site.browser().get(f"{path}x.css", headers=JSON).status for path in ("/", *PROTECTED)
    ] == [200, 401, 401, 401]


# An operator's own page for what went wrong. "=" makes its status that of the answer: 200.
SORRY = """    error_page 500 502 503 504 = /sorry.html;
    error_page 401 403 = /sorry.html;
    fastcgi_intercept_errors on;
    location = /sorry.html { return 200 "sorry"; }
"""


@pytest.fixture(scope="module")
def sorry(make_site, make_stores):
    return make_site(
        "sorry",
        make_stores("sqlite", ""),
        edits=[("site.conf", r"^    # Public\. Whoever", SORRY + "    # Public. Whoever")],
    )


def test_error_pages_of_the_server_admit_no_stranger(sorry):
    """nginx would show the page in the check's place, too, and its 200 would mean "let in"."""
    assert [sorry.browser().get(path, headers=JSON).status for path in PROTECTED] == [401] * 3
    browser = signed_in(sorry, sorry.user())
    assert [browser.get(path, headers=JSON).status for path in PROTECTED] == [200, 403, 403]


def test_error_pages_of_the_server_admit_nobody_while_the_gateway_is_away(sorry):
    with sorry.nginx.expect("gatehouse.sock|auth request unexpected status: 502"):
        sorry.gateway.stop(signal.SIGKILL)
        try:
            answers = [sorry.browser().get(path, headers=JSON) for path in PROTECTED]
            assert [answer.status for answer in answers] == [503] * 3, answers
        finally:
            sorry.gateway.start()


def test_gateway_s_own_pages_are_not_replaced(sorry):
    """A wrong password is answered by the form again, not by the page of the server."""
    user = sorry.user()
    assert sorry.browser().login(user._replace(password="wrong")).status == 401


def test_lint_finds_nothing_in_it(sorry):
    assert lint(sorry.nginx.root / "nginx.conf") == []


def test_slow_header_is_cut_off_by_the_default_server(make_site, make_stores):
    """Its time counts also when the header has named our host; the site's own would be an hour here."""
    site = make_site(
        "slow",
        make_stores("sqlite", ""),
        edits=[
            ("site.conf", r"client_header_timeout 10s", "client_header_timeout 1h"),
            ("site.conf", r"1h(;\n    return 444)", r"300ms\1"),
        ],
    )
    assert raw(site, f"GET / HTTP/1.1\r\nHost: {site.host}\r\nX-Slow: ".encode()) == b""


class Script(socketserver.StreamRequestHandler):
    """An application that speaks FastCGI, as PHP does; it answers with the parameters that it got."""

    def record(self):
        _, kind, _, length, padding, _ = fcgi.struct.unpack(">BBHHBB", self.rfile.read(8))
        return kind, self.rfile.read(length + padding)[:length]

    def handle(self):
        params, kind, content = b"", None, b"x"
        while (kind, content) != (fcgi.STDIN, b""):
            kind, content = self.record()
            params += content if kind == fcgi.PARAMS else b""
        body = json.dumps(dict(self.pairs(params))).encode()
        head = b"Status: 200\r\nContent-Type: application/json\r\n\r\n"
        self.wfile.write(
            fcgi.stream(fcgi.STDOUT, head + body) + fcgi.record(fcgi.END_REQUEST, bytes(8))
        )

    @staticmethod
    def pairs(data):
        at = 0

        def length():
            nonlocal at
            size = 4 if data[at] >> 7 else 1
            at += size
            return int.from_bytes(data[at - size : at], "big") & 0x7FFFFFFF

        while at < len(data):
            name, value = length(), length()
            yield data[at : at + name].decode(), data[at + name : at + name + value].decode()
            at += name + value


@pytest.fixture(scope="module")
def script(root):
    with socketserver.ThreadingUnixStreamServer(str(root / "script.sock"), Script) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield root / "script.sock"
        server.shutdown()
        thread.join()


def parameters(values):
    """A line for each identity header, as gatehouse-identity.conf says."""
    return "".join(
        f"        fastcgi_param HTTP_{name.upper().replace('-', '_')} {value};\n"
        for name, value in values.items()
    )


def test_script_hears_of_nobody_but_the_gateway(make_site, make_stores, script):
    lines = parameters(IDENTITY) + f"        fastcgi_pass unix:{script};\n"
    site = make_site(
        "script",
        make_stores("sqlite", ""),
        edits=[
            (
                "site.conf",
                rf"({APP}(?:.*\n)*?)        include snippets/gatehouse-identity.conf;\n        proxy_pass http://app;\n",
                rf"\1{lines}",
            )
        ],
    )
    user, lie = site.user(), {name: "lie" for name in IDENTITY}
    heard = signed_in(site, user).get("/app/", headers={**JSON, **lie}).json()
    assert heard["HTTP_X_AUTH_EMAIL"] == user.email and "lie" not in heard.values()
    assert lint(site.nginx.root / "nginx.conf") == []
