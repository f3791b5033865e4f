# SPDX-License-Identifier: Apache-2.0
# Goal: the databases of the configuration are made when they are missing, once, whoever else is at it; and who may not make them
# is told what to do.
import stat
import subprocess

import pytest

from servers import Gateway, Stores, gatehouse_binary


def url(postgres, role, name):
    return f"postgresql:///{name}?host={postgres.root}&user={role}"


@pytest.fixture
def gateway(root, postgres):
    """Its role may make databases; the identity and the web database are not there. Their names need quotes."""
    number = len(list(root.glob("make_*")))
    found = Gateway(root / f"make_{number}", Stores("development"))
    found.role, found.names = f"maker{number}", [f'Who "{number}"', f"web-{number}'s"]
    postgres.execute(f"CREATE ROLE {found.role} LOGIN CREATEDB")
    for variable, name in zip(("DATABASE_IDENTITY_URL", "DATABASE_WEB_URL"), found.names):
        found.env[variable] = url(
            postgres, found.role, name.replace('"', "%22").replace(" ", "%20").replace("'", "%27")
        )
    return found


def there(postgres, gateway):
    rows = postgres.execute(
        "SELECT datname, pg_get_userbyid(datdba), pg_encoding_to_char(encoding) FROM pg_database"
        " WHERE datname = ANY(%s)",
        (gateway.names,),
    )
    return sorted(rows)


def test_they_are_made_once(gateway, postgres):
    assert there(postgres, gateway) == []
    made = gateway.cli("migrate", "create-databases").stdout.splitlines()
    assert [line.rpartition(": ")[2] for line in made] == [
        "made",
        "made",
    ] and "identity database" in made[0]
    assert there(postgres, gateway) == sorted(
        (name, gateway.role, "UTF8") for name in gateway.names
    )
    again = gateway.cli("migrate", "create-databases").stdout.splitlines()
    assert [line.rpartition(": ")[2] for line in again] == ["was there", "was there"]
    gateway.cli("migrate", "up")
    assert gateway.cli("migrate", "verify").returncode == 0


def test_several_at_once(gateway, postgres):
    command = [
        str(gatehouse_binary()),
        "migrate",
        "create-databases",
        "--config",
        str(gateway.config),
    ]
    running = [
        subprocess.Popen(
            command, env=gateway.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    done = [(process.communicate(timeout=60), process.returncode) for process in running]
    assert [code for _, code in done] == [0] * 4, done
    assert (
        sum(out.count(": made\n") for (out, _), _ in done) == 2
        and len(there(postgres, gateway)) == 2
    )


def test_a_role_without_the_right(gateway, postgres):
    postgres.execute(f"ALTER ROLE {gateway.role} NOCREATEDB")
    refused = gateway.cli("migrate", "create-databases", check=False)
    assert (
        refused.returncode == 69
        and "createdb --owner" in refused.stderr
        and "CREATEDB" in refused.stderr
    )
    assert there(postgres, gateway) == []


def test_a_server_that_is_away(gateway):
    gateway.env["DATABASE_IDENTITY_URL"] = f"postgresql://u:canary-away@/x?host={gateway.root}"
    refused = gateway.cli("migrate", "create-databases", check=False)
    assert (
        refused.returncode == 69
        and "No such file or directory" in refused.stderr
        and "createdb" in refused.stderr
    )
    assert "canary" not in refused.stderr


def test_without_the_database_of_the_administrator(gateway, postgres):
    """`postgres` may be closed to the role: `template1` serves as well."""
    postgres.execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
    try:
        assert gateway.cli("migrate", "create-databases").stdout.count(": made\n") == 2
    finally:
        postgres.execute("GRANT CONNECT ON DATABASE postgres TO PUBLIC")
    assert len(there(postgres, gateway)) == 2


def test_a_file(root):
    gateway = Gateway(root / "make_file", Stores("development"))
    assert ": made\n" in gateway.cli("migrate", "create-databases").stdout
    file = gateway.root / "state" / "gatehouse.db"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ": was there\n" in gateway.cli("migrate", "create-databases").stdout
    gateway.cli("migrate", "up")
    assert gateway.cli("migrate", "verify").returncode == 0
