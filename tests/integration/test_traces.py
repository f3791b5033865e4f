# SPDX-License-Identifier: Apache-2.0
# Goal: what all the other tests have left behind, so it runs last: no error in nginx's log that was not asked for, no secret in any log or
# store, no key without an end, no line in the gateway's log that is not JSON.
import subprocess

import pytest

import client


@pytest.fixture(autouse=True)
def after_the_others(site):
    if len(client.SECRETS) < 30 or not site.gateway.events("verify"):
        pytest.skip("nothing has happened yet: run it together with the other tests")


def test_nginx_reports_no_error(site):
    assert site.nginx.complaints() == []


def test_no_secret_in_logs_and_stores(site, tmp_path):
    """Passwords, tokens and cookies of the whole run. Each is unique, so one hit is one leak."""
    secrets = tmp_path / "secrets"
    secrets.write_text("".join(f"{secret}\n" for secret in client.SECRETS if len(secret) >= 20))
    places = {
        "gateway.log": site.gateway.log.read_bytes(),
        "error.log": site.nginx.log.read_bytes(),
        "access.log": (site.nginx.root / "access.log").read_bytes(),
        "app.log": site.app.log.read_bytes(),
        "stores": site.store_dump(),
    }
    if site.stores.postgres:
        places["postgres.log"] = site.stores.postgres.log.read_bytes()
    assert all(len(content) > 100 for name, content in places.items() if name != "app.log")
    for place, content in places.items():
        found = subprocess.run(
            ["grep", "-a", "-F", "-o", "-f", secrets],
            input=content,
            capture_output=True,
            check=False,
        )
        assert (
            found.returncode == 1
        ), f"{place}: {[secret[:8] + b'...' for secret in set(found.stdout.split())]}"


def test_no_file_of_a_request(site):
    assert not [path for path in (site.nginx.root / "temp").rglob("*") if path.is_file()]


def test_gateway_logs_json(site):
    lines = site.gateway.lines()
    assert lines and all({"event", "level"} <= set(line) for line in lines)
    assert {line["mode"] for line in site.gateway.events("verify")} == {site.stores.environment}
    assert not [line for line in lines if line["event"] == "exception"]


def test_every_session_in_redis_ends(site):
    if site.stores.redis:
        connection = site.stores.redis.client
        assert [key for key in connection.scan_iter() if connection.pttl(key) <= 0] == []
