# SPDX-License-Identifier: Apache-2.0
# Goal: `gatehouse strategy set` goes one step: from the line in the configuration file to every gateway that runs; what is refused,
# by the rules or by a gateway, leaves the file as it was and says why and what to do.
import json
import os
import re
import socket
import subprocess

import pytest

import fcgi
from legacy_systems import AuthTokenFile, Sessions
from processes import wait_until
from servers import Gateway, Stores, gatehouse_binary

REFUSED, USAGE, UNAVAILABLE, CANNOT_WRITE, CONFIG = 1, 64, 69, 73, 78
WORDS = {"mock-only", "mock-with-write-through", "gradual", "production-only"}


class Old:
    """A gateway that replaces an older system, and its configuration file as a person has written it."""

    def __init__(self, gateway, system):
        self.gateway, self.system = gateway, system
        gateway.write_config()
        self.write(
            f'# Of the shop.\n{gateway.config.read_text()}\n[context.web]\nidle = "1h" # as before\n'
        )

    @property
    def text(self):
        return self.gateway.config.read_text()

    def write(self, text):
        self.gateway.config.write_text(text)

    def cli(self, *words, **environment):
        command = [gatehouse_binary(), "strategy", *words, "--config", self.gateway.config]
        return subprocess.run(
            command,
            env={**self.gateway.env, **environment},
            capture_output=True,
            text=True,
            timeout=100,
        )

    def set(self, name, *words, **environment):
        return self.cli("set", name, *words, **environment)

    def go(self, name):
        done = self.set(name)
        assert done.returncode == 0, done.stderr
        return done

    def serves(self, gateway=None):
        return fcgi.ready((gateway or self.gateway).socket)["strategy"]

    def announced(self):
        return {one["gateway"]: one for one in json.loads(self.cli("--json").stdout)["gateways"]}

    @property
    def node(self):
        return f"{socket.gethostname()}:{self.gateway.socket}"

    def announce(self, node, strategy):
        """Another gateway says this, now."""
        self.gateway.stores.postgres.execute(
            "INSERT INTO gatehouse.strategies (node, strategy, at) VALUES (%s, %s, now()) ON CONFLICT (node) DO UPDATE "
            "SET strategy = excluded.strategy, at = excluded.at",
            (node, strategy),
            self.gateway.stores.database,
        )


def started(request, root, system, stores):
    gateway = Gateway(
        root / system.tables.name, stores, {"strategy": "mock-only", **system.options()}
    )
    gateway.cli("migrate", "up")
    made = Old(gateway, system)
    gateway.start()
    request.addfinalizer(lambda: gateway.running() and gateway.stop())
    wait_until(lambda: made.node in made.announced(), "it has said what it does")
    return made


@pytest.fixture
def old(request, root, postgres):
    name = f"step_{len(list(root.iterdir()))}"
    return started(
        request,
        root,
        Sessions(root, postgres, name),
        Stores("development", postgres, None, name + "_new"),
    )


def test_without_servers(request, root):
    """`mock`, and an older system in a file of its own."""
    old = started(request, root, AuthTokenFile(root, None, "step_file"), Stores("mock"))
    for strategy in ("mock-with-write-through", "gradual", "production-only", "gradual"):
        old.go(strategy)
        assert old.serves() == strategy


def test_all_the_way_and_back(old):
    """One line changes: neither the others, nor the file's mode and owner."""
    if os.geteuid() == 0:
        os.chown(old.gateway.config, 65534, 65534)
    old.gateway.config.chmod(0o640)
    before, was = old.text, old.gateway.config.stat()
    forwards = ["mock-with-write-through", "gradual", "production-only"]
    for strategy in [*forwards, *forwards[1::-1], "mock-only"]:
        old.go(strategy)
        assert old.text == before.replace('"mock-only"', f'"{strategy}"')
        assert old.serves() == strategy and old.announced()[old.node]["strategy"] == strategy
    now = old.gateway.config.stat()
    assert (now.st_mode, now.st_uid, now.st_gid) == (was.st_mode, was.st_uid, was.st_gid)
    assert [path.name for path in old.gateway.config.parent.glob("gatehouse.toml*")] == [
        "gatehouse.toml"
    ], "a copy was left"


def test_what_there_is(old):
    shown = old.cli()
    assert shown.returncode == 0
    assert re.match(r"mock-only \(.*gatehouse\.toml:\d+\)\n", shown.stdout)
    assert re.search(
        rf"^{re.escape(old.node)} +mock-only +\d+ s ago$", shown.stdout, re.MULTILINE
    ), shown.stdout
    told = json.loads(old.cli("--json").stdout)
    assert (told["strategy"], told["older_system"]) == ("mock-only", "sessions")
    assert [one["running"] for one in told["gateways"]] == [True]


def test_words_that_are_refused(old):
    before = old.text
    unknown = old.set("gradually")
    assert unknown.returncode == USAGE and all(word in unknown.stderr for word in WORDS)
    assert old.set("gradual", "--wait", "0").returncode == USAGE
    far = old.set("gradual")
    assert (
        far.returncode == REFUSED
        and "moves one step at a time" in far.stderr
        and "Nothing was changed" in far.stderr
    )
    overruled = old.set("mock-with-write-through", GATEHOUSE_STRATEGY="mock-only")
    assert (
        overruled.returncode == CONFIG
        and "the strategy comes from the environment GATEHOUSE_STRATEGY" in overruled.stderr
    )
    assert old.text == before and old.serves() == "mock-only"


def test_files_that_cannot_be_edited(old):
    config = old.gateway.config
    old.gateway.config = config.with_name("away.toml")
    missing = old.set("mock-with-write-through")
    assert missing.returncode == CONFIG and "away.toml" in missing.stderr
    old.gateway.config = config
    long = config.with_name(
        "x" * 245 + ".toml"
    )  # there is no room for the name of a copy beside it
    long.write_text(old.text)
    old.gateway.config, before = long, old.text
    done = old.set("mock-with-write-through")
    assert (
        done.returncode == CANNOT_WRITE
        and "Nothing was changed" in done.stderr
        and old.text == before
    )
    old.gateway.config = config
    before = old.text.replace('"mock-only"', '"""mock-only"""')
    old.write(before)
    done = old.set("mock-with-write-through")
    assert (
        done.returncode == CONFIG
        and 'write it as one line, strategy = "mock-with-write-through"' in done.stderr
    )
    assert old.text == before and old.serves() == "mock-only"


def test_a_link_stays_one(old):
    config = old.gateway.config
    real = config.with_name("real.toml")
    config.rename(real)
    config.symlink_to(real)
    old.go("mock-with-write-through")
    assert config.is_symlink() and '"mock-with-write-through"' in real.read_text()


def test_no_older_system(old):
    old.write(re.sub(r"^legacy_.*\n", "", old.text, flags=re.MULTILINE))
    done = old.set("mock-with-write-through")
    assert (
        done.returncode == CONFIG
        and "no older system is configured: set legacy_system" in done.stderr
    )
    shown = old.cli()
    assert (
        shown.returncode == 0
        and "No older system is configured, so the strategy changes nothing." in shown.stdout
    )


def test_what_would_be_lost(old):
    old.go("mock-with-write-through")
    old.go("gradual")
    before = old.text
    token = old.system.login(old.system.add_user())
    done = old.set("production-only")
    assert (
        done.returncode == REFUSED
        and "gatehouse migrate sessions" in done.stderr
        and "Nothing was changed" in done.stderr
    )
    assert old.text == before and old.serves() == "gradual"
    old.system.logout(token)
    old.go("production-only")


def test_the_older_tables_are_looked_at_first(old):
    old.system.tables.run("ALTER TABLE users RENAME COLUMN email TO mail")
    before = old.text
    done = old.set("mock-with-write-through")
    assert done.returncode == CONFIG and "no column email" in done.stderr and old.text == before


def test_a_gateway_that_refuses(old):
    """For a reason of its own: the file is as it was, the reason is printed, and the next try works."""
    keys = old.gateway.root / "state" / "keys"
    good, before = keys.read_bytes(), old.text
    keys.write_text("nonsense\n")
    done = old.set("mock-with-write-through")
    assert (
        done.returncode == REFUSED
        and f"{old.node} refuses: " in done.stderr
        and "is as it was before" in done.stderr
    ), done.stderr
    reason = old.gateway.events("key_ring")[-1]["message"]
    assert reason in done.stderr
    assert old.text == before and old.serves() == "mock-only"
    assert f"refused its last reload: {reason}" in old.cli().stdout
    keys.write_bytes(good)
    old.go("mock-with-write-through")
    assert "refused its last reload" not in old.cli().stdout


def test_a_gateway_that_does_not_answer(old):
    before = old.text
    old.gateway.freeze()
    done = old.set("mock-with-write-through", "--wait", "1")
    old.gateway.thaw()
    assert (
        done.returncode == UNAVAILABLE
        and "has not taken it within" in done.stderr
        and "is as it was before" in done.stderr
    )
    assert old.text == before
    old.gateway.wait_event("reload")
    assert old.serves() == "mock-only"


def test_a_gateway_elsewhere(old):
    """It is named, and the next step waits for it."""
    old.announce("elsewhere:/run/x.sock", "mock-only")
    done = old.set("mock-with-write-through", "--wait", "1")
    assert (
        done.returncode == UNAVAILABLE and "elsewhere:/run/x.sock (mock-only)" in done.stderr
    ), done.stderr
    assert "Run the same command on their hosts" in done.stderr
    assert old.serves() == "mock-with-write-through" and '"mock-with-write-through"' in old.text
    far = old.set("gradual")
    assert (
        far.returncode == REFUSED
        and "the gateway elsewhere:/run/x.sock is at mock-only" in far.stderr
    )
    again = old.set("mock-with-write-through", "--no-wait")
    assert again.returncode == 0 and "Not waiting" in again.stdout
    old.announce("elsewhere:/run/x.sock", "mock-with-write-through")
    assert (
        old.set("mock-with-write-through").returncode == 0
    )  # once more, to see whether all have it
    assert old.set("gradual", "--no-wait").returncode == 0
    wait_until(lambda: old.serves() == "gradual", "it has it without being waited for")


def test_two_gateways_of_one_file(old):
    """As docs/operations.md makes a second one: the same file, another socket."""
    second = Gateway(old.gateway.root / "second", Stores("mock"))
    second.env = {
        **old.gateway.env,
        "GATEHOUSE_LISTEN": str(second.socket),
        "GATEHOUSE_STATE_DIRECTORY": str(second.root / "state"),
        "GATEHOUSE_KEY_FILE": str(old.gateway.root / "state/keys"),
    }
    second.command[-1] = str(old.gateway.config)
    second.start()
    try:
        wait_until(lambda: len(old.announced()) == 2, "both have said what they do")
        old.go("mock-with-write-through")
        assert {one["strategy"] for one in old.announced().values()} == {"mock-with-write-through"}
        assert old.serves(second) == old.serves() == "mock-with-write-through"
    finally:
        second.stop()
    old.go("gradual")  # which the second one, that has gone, does not hold up


def test_no_gateway_runs(old):
    old.gateway.stop()
    done = old.go("mock-with-write-through")
    assert "counts from the next start" in done.stdout
    old.gateway.start()
    assert old.serves() == "mock-with-write-through"


def test_systemd_holds_the_socket(old, tmp_path):
    """Then it is systemctl that knows the process: `systemctl reload` of the units of ours."""
    old.gateway.stop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(old.gateway.socket))
        listener.listen()
        old.gateway.start_with(listener)
        systemctl = tmp_path / "systemctl"
        systemctl.write_text(
            f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\nkill -HUP {old.gateway.pid}\n'
        )
        systemctl.chmod(0o755)
        path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = old.set("mock-with-write-through", **path)
        assert done.returncode == 0, done.stderr
        assert (
            tmp_path / "asked"
        ).read_text() == "reload gatehouse*.service\n" and old.serves() == "mock-with-write-through"
        systemctl.write_text("#!/bin/sh\nexit 1\n")
        before = old.text
        failed = old.set("gradual", **path)
        assert (
            failed.returncode == 71
            and "systemctl reload" in failed.stderr
            and "is as it was before" in failed.stderr
        )
        assert old.text == before and old.serves() == "mock-with-write-through"
        old.gateway.stop()
