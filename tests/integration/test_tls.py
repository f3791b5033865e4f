# SPDX-License-Identifier: Apache-2.0
# Goal: the shipped https site speaks TLS 1.2 and 1.3 with good ciphers, whatever name a visitor asks for, because its files say so
# and not because the OpenSSL of the machine happens to refuse the rest.
import os
import subprocess

import pytest

from servers import NAME, Nginx

# An OpenSSL that would do anything, for the server and for the client.
PERMISSIVE = """
openssl_conf = main
[main]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
"""
NAMES = {
    "our name": ["-servername", NAME],
    "another name": ["-servername", "other.example"],
    "no name": ["-noservername"],
}


@pytest.fixture(scope="module")
def tls(root):
    """nginx alone with the https example: nobody asks for a page here."""
    (root / "permissive.cnf").write_text(PERMISSIVE)
    nginx = Nginx(root / "tls", "example-tls.conf", root / "no-gateway.sock", "127.0.0.1:1")
    nginx.env = {**os.environ, "OPENSSL_CONF": str(root / "permissive.cnf")}
    nginx.start()
    yield nginx
    nginx.stop()


def handshake(tls, *options):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{tls.port}", *options]
    done = subprocess.run(
        command, input="", env=tls.env, capture_output=True, text=True, timeout=20, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
@pytest.mark.parametrize("name", NAMES)
def test_old_versions_are_refused_by_every_server(tls, name, version):
    assert "alert protocol version" in handshake(tls, version, *NAMES[name])


@pytest.mark.parametrize("version, spoken", [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_present_versions_are_spoken(tls, version, spoken):
    assert f"New, {spoken}, Cipher is" in handshake(tls, version, *NAMES["our name"])
    assert "unrecognized name" in handshake(tls, version, *NAMES["another name"])


@pytest.mark.parametrize(
    "cipher, taken",
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", True),
        ("ECDHE-ECDSA-CHACHA20-POLY1305", True),
        ("ECDHE-ECDSA-AES128-SHA", False),
        ("ECDHE-ECDSA-AES256-SHA384", False),
    ],
)
def test_ciphers(tls, cipher, taken):
    assert (
        f"Cipher is {cipher}" in handshake(tls, "-tls1_2", "-cipher", cipher, *NAMES["our name"])
    ) == taken


def test_a_visitor_who_comes_back_goes_on_with_the_session(tls):
    said = handshake(tls, "-tls1_2", "-reconnect", *NAMES["our name"])
    assert (said.count("New, TLSv1.2"), said.count("Reused, TLSv1.2")) == (1, 5)
