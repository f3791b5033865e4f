# SPDX-License-Identifier: Apache-2.0
# Goal: the rights that docs/migration.md grants on each kind of older system are enough for everything that the gateway does there,
# and `config check` misses each of them; what is missing is named with what mends it, by the check and in the log.
import re
import subprocess

import pytest

from guide import Guide
from legacy_site import OldSite
from legacy_systems import HOURS, SYSTEMS, age, life
from legacy_tables import PASSWORD
from servers import TOP, Stores, gatehouse_binary
from stores import Postgres

GUIDE = Guide("migration.md")
ROLE = "gatehouse"
KINDS = [name for name, system in SYSTEMS.items() if not system.EMBEDDED]


def granted(kind):
    """The statements of the guide for this kind of system."""
    usage = "GRANT USAGE ON SCHEMA public TO gatehouse;"
    first = [
        line
        for line in GUIDE.commands(r"1\. Say what the older system is").splitlines()
        if line.startswith("GRANT ")
    ]
    assert first[0] == usage
    others = {
        re.match("`(.*)`:", name)[1]: text.splitlines()
        for name, text in GUIDE.fenced("sql")
        if name.startswith("`")
    }
    return first if kind == "sessions" else [usage, *others[kind]]


@pytest.fixture(scope="module")
def server(root):
    """One of its own, in which the gateway's role has the name that it has in the guide."""
    started = Postgres(root / "pg-rights", max_connections=200).start()
    started.execute(f"CREATE ROLE {ROLE} LOGIN")
    yield started
    started.stop()


@pytest.fixture(scope="module", params=KINDS)
def old(request, make_site, root, server, redis_server):
    name = "rights_" + request.param.replace("-", "_")
    system = SYSTEMS[request.param](root, server, name)
    request.addfinalizer(system.stop)
    server.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC", (), name)
    server.execute(f"GRANT ALL ON SCHEMA public TO {name}", (), name)  # whose tables they are
    for statement in granted(request.param):
        server.execute(statement, (), name)
    options = {
        "strategy": "mock-with-write-through",
        **system.options(),
        "legacy_timeout": "2s",
        "legacy_database_url": f"postgresql:///{name}?host={server.root}&user={ROLE}",
    }
    made = OldSite(
        make_site(
            name.replace("_", "-"),
            Stores("development", server, redis_server, "own_" + name),
            options=options,
        ),
        system,
    )
    made.granted = granted(request.param)
    request.addfinalizer(made.site.stop)
    return made


def check(old, *words):
    return old.gateway.cli("config", "check", *words, check=False)


def failures(old):
    """Everything that the gateway does over there; what of it went wrong."""
    wrong, before = [], len(old.gateway.events("legacy_not_told"))

    def expect(what, good):
        wrong.extend([] if good else [what])

    user, other = old.system.add_user(), old.system.add_user()
    expect(
        "an old cookie",
        [old.by_old(old.system.login(one)).status for one in (user, other)] == [200, 200],
    )
    if not old.system.ONE_EACH:
        used = old.system.login(other)
        aged = age(old.system, used, 10 * HOURS)
        expect(
            "a session that is used",
            old.by_old(used).status == 200 and life(old.system, used) > aged + 9 * HOURS,
        )
    browser = old.browser()
    form = browser.form("/auth/login").hidden
    answer = browser.post(
        "/auth/login", {**form, "identifier": user.identifier, "password": PASSWORD}
    )
    expect(
        "a login",
        answer.status == 303
        and old.system.holder(browser.cookies.get(old.system.COOKIE, "none")) == user.id,
    )
    expect("a logout", answer.status != 303 or browser.logout().status == 303)
    for words, stdin in (
        (
            ("user", "passwd", other.identifier, "--password-stdin"),
            "canary a quite different walk\n",
        ),
        (("session", "revoke", user.identifier, "--all"), ""),
    ):
        expect(words, old.gateway.cli(*words, stdin=stdin, check=False).returncode == 0)
    for words in (("users",), ("sessions",), ("plan", "--to", "production-only")):
        # 1: users.auth_token stays behind after a logout, and counts as lost.
        expect(words, old.gateway.cli("migrate", *words, check=False).returncode in (0, 1))
    expect("legacy_not_told", len(old.gateway.events("legacy_not_told")) == before)
    return wrong


def test_they_are_enough(old):
    for strategy in ("mock-only", "mock-with-write-through", "gradual"):
        old.use(strategy)
        assert failures(old) == []
    assert check(old).returncode == 0 and not check(old).stderr
    assert not [
        line for line in old.gateway.events("legacy_trouble") if "permission" in line["reason"]
    ]


def mended(old, stderr):
    """What the check says is done."""
    statements = re.findall(r"GRANT .*;", stderr)
    assert statements, stderr
    for statement in statements:
        old.system.tables.run(statement)
    done = check(old)
    assert done.returncode == 0 and not done.stderr, done.stderr


def single_rights(statement):
    """Each right of a GRANT by itself, as a REVOKE."""
    rights, rest = re.fullmatch(r"GRANT (.*) (ON .*) TO gatehouse;", statement).groups()
    for right, columns in re.findall(r"([A-Z]+)(?: \(([^)]*)\))?", rights):
        for column in columns.split(", ") if columns else [None]:
            yield f"REVOKE {right}{f' ({column})' if column else ''} {rest} FROM gatehouse", right, column


def test_each_of_them_is_needed_and_missed_and_mended(old):
    old.use("mock-with-write-through")
    for statement in old.granted:
        for revoke, right, column in single_rights(statement):
            old.system.tables.run(revoke)
            done = check(old)
            assert done.returncode == 78, revoke
            assert re.search(rf"GRANT {right}( \({column}\))? ON", done.stderr), done.stderr
            # Permissions that may not be read are none; nothing else depends on them.
            assert "user_permissions" in statement or failures(
                old
            ), f"{right} {column} is not needed"
            mended(old, done.stderr)
    old.system.tables.run(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ROLE}")
    old.system.tables.run(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {ROLE}")
    old.system.tables.run(f"REVOKE ALL ON SCHEMA public FROM {ROLE}")
    done = check(old)
    assert done.returncode == 78
    mended(old, done.stderr)
    assert failures(old) == []


def test_the_log_says_why(old):
    """Once, however many ask."""
    old.gateway.stop()  # a reason that it has told lately it does not tell again
    old.gateway.start()
    old.use("mock-with-write-through")
    tokens = [old.system.login(old.system.add_user()) for _ in range(3)]
    seen = len(old.gateway.events("legacy_trouble"))
    old.system.tables.run(f"REVOKE SELECT (id) ON users FROM {ROLE}")
    try:
        for token in tokens * 3:
            assert old.by_old(token).status == 503
        line = old.gateway.wait_event("legacy_trouble", seen + 1)
        assert "permission denied" in line["reason"] and "gatehouse config check" in line["hint"]
        for token in tokens * 3:
            assert old.by_old(token).status == 503
    finally:
        mended(old, check(old).stderr)
    assert [old.by_old(token).status for token in tokens] == [200] * 3
    reasons = [line["reason"] for line in old.gateway.events("legacy_trouble")[seen:]]
    assert len(reasons) == len(set(reasons)) <= 2, reasons


def test_tables_and_columns_that_are_not_there(old):
    run = old.system.tables.run
    run("ALTER TABLE users RENAME TO members")
    missing = check(old)
    run("ALTER TABLE members RENAME TO users")
    assert (
        missing.returncode == 78
        and 'no table users: if it has another name there, add "users_table = NAME"'
        in missing.stderr
    )
    # There the password may be missing.
    column, name = {
        "sessions-2": ("password_hash", "user_password"),
        "auth-token": ("phone", "user_phone"),
    }.get(old.system.PRESET, ("hashed_password", "user_password"))
    run(f"ALTER TABLE users RENAME COLUMN {column} TO secret")
    missing = check(old)
    run(f"ALTER TABLE users RENAME COLUMN secret TO {column}")
    assert (
        missing.returncode == 78
        and missing.stderr.count(f"table users has no column {column}: if it has another") == 1
    )
    assert f'"{name} = NAME"' in missing.stderr
    assert check(old).returncode == 0


def test_it_is_away(old):
    """A database that comes back is no mistake of the configuration."""
    name = old.system.tables.name
    old.stores.postgres.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    try:
        done, offline = check(old), check(old, "--offline")
    finally:
        old.stores.postgres.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert (
        done.returncode == 0
        and "warning: the older system's database cannot be asked now" in done.stderr
    )
    assert offline.returncode == 0 and not offline.stderr


@pytest.mark.systems(lambda system: system.PRESET == "sessions")
def test_it_hangs(old):
    """The check comes to an end all the same; once is enough, because that takes as long as a connection may."""
    old.stores.postgres.freeze()
    try:
        done = check(old)
    finally:
        old.stores.postgres.thaw()
    assert done.returncode == 0 and "cannot be asked now" in done.stderr


def test_a_file(make_site, root):
    system = SYSTEMS["auth-token-file"](root, None, "rights_file")
    site = make_site(
        "rights-file", Stores("mock"), options={"strategy": "mock-only", **system.options()}
    )
    assert site.gateway.cli("config", "check").returncode == 0
    for layout, words in (
        ("users_table = people", "no table people"),
        ("user_email = mail", "table users has no column mail"),
    ):
        site.gateway.write_config(legacy_layout=[layout])
        done = site.gateway.cli("config", "check", check=False)
        assert done.returncode == 78 and words in done.stderr
    site.gateway.write_config(
        legacy_layout=[], legacy_database_url=f"sqlite:{root}/no-such-file.db"
    )
    done = site.gateway.cli("config", "check", check=False)
    assert done.returncode == 0 and "cannot be asked now" in done.stderr


def test_a_start_does_not_depend_on_it():
    """systemd's check before a reload asks no other system, and there is none before a start."""
    unit = (TOP / "systemd/gatehouse.service").read_text(encoding="utf-8")
    checks = re.findall(r"^Exec(\w+)=\+?/usr/bin/gatehouse (.*?) --config", unit, re.MULTILINE)
    assert checks == [("Start", "serve"), ("Reload", "config check --offline")]


def test_without_its_own_database(tmp_path):
    """`mock` keeps nothing of the older system in its own file, and says so."""
    config = tmp_path / "gatehouse.toml"
    config.write_text(
        f'environment = "mock"\nlegacy_system = "session-id"\nstate_directory = "{tmp_path}"\nlisten = "{tmp_path}/s"\n'
    )
    done = subprocess.run(
        [gatehouse_binary(), "serve", "--config", config],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (
        done.returncode == 78
        and "Set legacy_database_url to the database of the older system" in done.stderr
    )
