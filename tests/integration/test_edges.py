# SPDX-License-Identifier: Apache-2.0
# Goal: what stands around the application: https and nothing else where it is shipped for https, no banners, no body of a
# stranger's on disk.
import http.client
import socket
import ssl

import pytest

from client import Browser, signed_in


OVER_HTTPS = pytest.mark.parametrize("site", ["postgresql+redis"], indirect=True)


class PlainBrowser(Browser):
    def connect(self):
        return http.client.HTTPConnection(
            "127.0.0.1", self.site.nginx.plain_port, timeout=20, source_address=(self.address, 0)
        )


@OVER_HTTPS
def test_http_leads_to_https(site):
    for path in ("/", "/app/?a=1&b=%0d%0aX:1", "/auth/login", "//evil.example/"):
        answer = PlainBrowser(site).get(path, headers={"Host": site.name})
        assert (answer.status, answer.header("Location")) == (
            301,
            f"https://{site.name}{path}",
        ), answer
        assert not answer.header("X-1") and not answer.all("Set-Cookie")


@OVER_HTTPS
def test_hsts_everywhere(site, people):
    browser = signed_in(site, people["plain"])
    for path in (
        "/",
        "/app/",
        "/admin/",
        "/api/orders/",
        "/auth/login",
        "/auth/me",
        "/app/status/404",
    ):
        assert browser.get(path).header("Strict-Transport-Security") == "max-age=31536000", path
        assert (
            site.browser().get(path).header("Strict-Transport-Security") == "max-age=31536000"
        ), path


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
@OVER_HTTPS
def test_no_old_tls(site):
    context = site.tls()
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with site.nginx.expect("SSL_do_handshake"), socket.create_connection(
        ("127.0.0.1", site.port), 5
    ) as link:
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(link, server_hostname=site.name)


def test_no_banners(site, people):
    browser = signed_in(site, people["plain"])
    for path in ("/", "/app/", "/admin/", "/auth/login", "/auth/nothing", "/auth/verify"):
        assert browser.get(path).header("Server") == "nginx"
