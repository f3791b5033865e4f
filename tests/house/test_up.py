# SPDX-License-Identifier: Apache-2.0
# Goal: ./dev up serves the demo with real stores, builds and restarts the gateway when a source has been saved, goes on with the old one
# when that cannot be built, shows every log, and leaves nothing behind.
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import leash
import pytest
from tree import ROOT

LEASH, UP = ROOT / "tests/house/leash.py", ROOT / "tests/demo/up.py"
PROGRAM = ROOT / "build/release/gatehouse"
PATIENCE = 120.0
BUILD = """\
if grep -n error {source}; then exit 1; fi
cp {program} {build}/new && mv {build}/new {build}/gatehouse
"""


class Terminal:
    """`./dev up` or the like, and what it has written so far."""

    def __init__(self, command, scratch):
        self.lines = []
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "TMPDIR": str(scratch)},
        )
        self.timer = threading.Timer(PATIENCE, self.process.kill)
        self.timer.start()
        ready = self.until(r"ready: (\S+)/ user: (\S+) password: (\S+)")
        self.url, self.account = ready[1], {"identifier": ready[2], "password": ready[3]}

    def until(self, pattern):
        """Reads on to a line that the pattern fits; the match."""
        for line in self.process.stdout:
            self.lines.append(line)
            if found := re.match(pattern, line):
                return found
        raise AssertionError(f"no line {pattern}:\n{''.join(self.lines[-40:])}")

    def asks(self, path):
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return answer.status, answer.read().decode()

    def posts(self, path, fields):
        """Cookies and answer."""
        headers = {"Content-Type": "application/json", "Origin": self.url}
        request = urllib.request.Request(self.url + path, json.dumps(fields).encode(), headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.headers.get_all("Set-Cookie"), json.load(answer)

    def check(self, cookie):
        headers = {"Accept": "application/json", "Cookie": cookie}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.url + "/app/", headers=headers), timeout=20
            ) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def end(self, number):
        self.process.send_signal(number)
        self.until_the_end()
        return self.process.wait(30)

    def until_the_end(self):
        self.lines += self.process.stdout.readlines()


@pytest.fixture
def scratch():
    """A directory with a short name, because paths of unix sockets are short."""
    with tempfile.TemporaryDirectory(prefix="u-") as directory:
        pathlib.Path(directory).chmod(0o755)
        yield pathlib.Path(directory)


@pytest.fixture
def start(scratch):
    terminals = []

    def started(*command):
        terminals.append(Terminal([str(word) for word in command], scratch))
        return terminals[-1]

    yield started
    for terminal in terminals:
        terminal.timer.cancel()
        terminal.process.terminate()
        terminal.process.wait(30)
        terminal.process.stdout.close()


def alive(pids):
    return [pid for pid in pids if pathlib.Path(f"/proc/{pid}").exists()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_saved_source_is_built_and_the_gateway_restarted(start, scratch, tmp_path, number):
    source, build = tmp_path / "top/gateway/a.cpp", tmp_path / "build"
    for directory in (source.parent, build):
        directory.mkdir(parents=True)
    source.write_text("int a;\n")
    shutil.copy(PROGRAM, build)
    (tmp_path / "command").write_text(BUILD.format(source=source, program=PROGRAM, build=build))
    up = start(
        sys.executable,
        LEASH,
        sys.executable,
        UP,
        build,
        "--top",
        tmp_path / "top",
        "--command",
        "bash",
        tmp_path / "command",
    )
    assert "<form" in up.asks("/auth/login")[1]

    source.write_text("int ab;\n")
    up.until(r"up +\| saved: gateway/a\.cpp; building")
    first = int(up.until(r"up +\| the gateway has been restarted, process (\d+)")[1])
    assert alive([first]) and up.asks("/auth/login")[0] == 200

    source.write_text("int error;\n")
    up.until(r"build +\| 1:int error;")
    up.until(r"up +\| it could not be built; the gateway that is running goes on")
    assert alive([first]) and up.asks("/auth/login")[0] == 200

    (source.parent / "new.cpp").write_text("int b;\n")
    up.until(r"build +\| 1:int error;")
    source.unlink()
    second = int(up.until(r"up +\| the gateway has been restarted, process (\d+)")[1])
    assert not alive([first]) and alive([second])
    assert up.asks("/auth/login")[0] == 200

    started = [up.process.pid, *leash.descendants(up.process.pid)]
    assert (
        len(started) >= 8
    ), "the leash, the loop, PostgreSQL, Redis, the gateway, the application, nginx and its worker"
    assert list(scratch.iterdir())
    assert up.end(number) == 0
    assert alive(started) == [] and list(scratch.iterdir()) == []
    shown = {line.partition("|")[0].strip() for line in up.lines if "|" in line}
    assert {"postgresql", "redis", "gateway", "access", "build", "up"} <= shown


def test_a_gateway_that_ended_is_started_again_after_the_next_build(start, tmp_path):
    source, build = tmp_path / "top/storage/a.cpp", tmp_path / "build"
    for directory in (source.parent, build):
        directory.mkdir(parents=True)
    shutil.copy(PROGRAM, build)
    up = start(
        sys.executable,
        LEASH,
        sys.executable,
        UP,
        build,
        "--top",
        tmp_path / "top",
        "--command",
        "true",
    )
    gateway = next(
        pid
        for pid in leash.descendants(up.process.pid)
        if pathlib.Path(f"/proc/{pid}/exe").resolve() == build / "gatehouse"
    )
    os.kill(gateway, signal.SIGKILL)
    up.until(r"up +\| the gateway has ended with -9; it is started again after the next build")
    source.write_text("int a;\n")
    up.until(r"up +\| the gateway has been restarted")
    assert up.asks("/auth/login")[0] == 200


def test_the_first_page_can_stop_each_store_and_nobody_is_signed_out(start, scratch):
    up = start(sys.executable, LEASH, sys.executable, UP, PROGRAM.parent, "--command", "true")
    cookies, _ = up.posts("/auth/login", up.account)
    (cookie,) = (line.split(";")[0] for line in cookies if line.startswith("gatehouse_web="))
    press = lambda name, stopped: up.posts("/demo/store", {"name": name, "stopped": stopped})[1]
    for name in ("PostgreSQL", "Redis"):
        assert press(name, True) == {"stopped": True}
        seconds = time.monotonic()
        while time.monotonic() < seconds + 2:
            assert up.check(cookie) == 200 and up.check(cookie[:-6] + "AAAAAA") == 401, name
        assert press(name, False) == {"stopped": False}
    for name in ("PostgreSQL", "Redis"):
        press(name, True)
    while (status := up.check(cookie)) != 503:
        assert status == 200
    assert up.check(cookie[:-6] + "AAAAAA") == 401
    # Ended with both of them stopped, it leaves nothing behind.
    started = [up.process.pid, *leash.descendants(up.process.pid)]
    assert up.end(signal.SIGINT) == 0
    assert alive(started) == [] and list(scratch.iterdir()) == []


def test_the_command_watches_the_sources_of_the_project(start, scratch):
    up = start(ROOT / "dev", "up")
    os.utime(ROOT / "gateway/main.cpp")
    up.until(r"up +\| saved: gateway/main\.cpp; building")
    up.until(r"up +\| the gateway has been restarted")
    assert up.asks("/auth/login")[0] == 200
    assert up.end(signal.SIGINT) == 0
    assert list(scratch.iterdir()) == []
