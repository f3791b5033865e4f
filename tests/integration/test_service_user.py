# SPDX-License-Identifier: Apache-2.0
# Goal: root runs a command without more words, and finds the service's secrets; what the command makes belongs to the service, and
# PostgreSQL lets it in as it lets the service in.
import os
import pwd

import pytest

from servers import Gateway, Stores

SERVICE = "www-data"
PASSWORD = "a long canary walk\n"


@pytest.fixture
def owned(root):
    """Makes a gateway that is not running and whose state directory belongs to the service's user."""
    assert os.geteuid() == 0, "run these tests as root"
    owner = pwd.getpwnam(SERVICE)

    def make(name, stores):
        gateway = Gateway(root / name, stores)
        os.chown(gateway.root / "state", owner.pw_uid, owner.pw_gid)
        gateway.env["TMPDIR"] = "/tmp"  # that of the tests may be root's alone
        return gateway

    return make


def test_what_root_makes_belongs_to_the_service(owned):
    gateway = owned("service1", Stores("mock"))
    gateway.cli("user", "add", "ann@example.org", "--password-stdin", stdin=PASSWORD)
    made = {path.name: path.owner() for path in (gateway.root / "state").iterdir()}
    assert made["gatehouse.db"] == SERVICE and set(made.values()) == {SERVICE}


def test_secrets_of_root_and_a_database_that_asks_for_the_service(owned, postgres):
    """The address is in a file beside the configuration that only root may read; who connects has to be the service's user."""
    gateway = owned("service2", Stores("development", postgres, None, SERVICE))
    address = gateway.root / "database_url"
    address.write_text(gateway.env.pop("DATABASE_URL") + "\n")
    address.chmod(0o600)
    rules = postgres.root / "data" / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f'local "{SERVICE}" "{SERVICE}" peer\n{before}')
    postgres.execute("SELECT pg_reload_conf()")
    try:
        gateway.cli("migrate", "up", "--backup")
        backups = gateway.root / "state" / "backups"
        gateway.cli("migrate", "backup")
        assert [path.owner() for path in backups.iterdir()] == [SERVICE]
        gateway.cli("user", "add", "ann@example.org", "--password-stdin", stdin=PASSWORD)
        assert "ann@example.org" in gateway.cli("user", "list").stdout
        assert "credential database_url" in gateway.cli("config", "show").stdout
    finally:
        rules.write_text(before)
        postgres.execute("SELECT pg_reload_conf()")


def test_the_key_ring_is_part_of_the_check(owned):
    gateway = owned("service3", Stores("mock"))
    keys = gateway.root / "keys"
    gateway.cli("keys", "new", "--output", str(keys))
    keys.chmod(0o600)
    assert "The configuration is good" in gateway.cli("config", "check").stdout
    keys.write_text("mint nonsense\n")
    refused = gateway.cli("config", "check", check=False)
    assert refused.returncode == 78 and str(keys) in refused.stderr
