# SPDX-License-Identifier: Apache-2.0
# Goal: ./dev does what its help says: it tells its commands apart, installs only what is missing and starts no service,
# and the demo it runs can be signed in to and leaves nothing behind.
import contextlib
import http.cookiejar
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request

import leash
import pytest
from documents import packages
from tree import ROOT, Tree

DEV = ROOT / "dev"
POLICY = pathlib.Path("/usr/sbin/policy-rc.d")


def dev(*words, **more):
    return subprocess.run([DEV, *words], capture_output=True, text=True, timeout=120, **more)


def test_help_names_every_command():
    said = dev("help")
    assert said.returncode == 0
    for command in (
        "run",
        "up",
        "test",
        "fuzz",
        "lint",
        "bench",
        "build",
        "install",
        "clean",
        "help",
    ):
        assert re.search(rf"^  {command} ", said.stdout, re.MULTILINE)
    assert dev().stdout == said.stdout


@pytest.mark.parametrize("word", ["tset", "--fast", ""])
def test_an_unknown_command_is_refused(word):
    said = dev(word)
    assert said.returncode == 64
    assert "usage:" in said.stderr


@pytest.fixture
def fake_debian(tmp_path):
    """A Debian on which the packages of `missing` are missing and apt-get only writes down what it is asked."""

    def make(missing, removed=()):
        installed = "".join(
            f"{name} installed\n" for _, name, _ in packages(Tree()) if name not in missing
        )
        programs = {
            "dpkg-query": f"cat <<'END'\n{installed}END\n",
            "apt-get": f'echo "apt-get $*" >>{tmp_path}/calls\nls {POLICY} >>{tmp_path}/policy 2>&1\n'
            f'[[ " $* " != *" -s "* ]] || printf "%s" "{"".join(f"Remv {name} [1]" for name in removed)}"\n',
            "systemctl": f'echo "systemctl $*" >>{tmp_path}/calls\n',
            "sudo": 'shift; exec "$@"\n',
        }
        for name, body in programs.items():
            (tmp_path / name).write_text(f"#!/bin/bash\n{body}")
            (tmp_path / name).chmod(0o755)
        return {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    def calls():
        path = tmp_path / "calls"
        return path.read_text().splitlines() if path.exists() else []

    make.calls = calls
    make.policy = tmp_path / "policy"
    return make


needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can keep services from starting"
)


def test_nothing_is_installed_when_nothing_is_missing(fake_debian):
    assert dev("install", env=fake_debian(missing=())).returncode == 0
    assert fake_debian.calls() == []


@needs_root
def test_only_what_is_missing_is_installed(fake_debian):
    before = POLICY.exists()
    said = dev("install", "test", env=fake_debian(missing=("redis-server", "wrk")))
    assert said.returncode == 0, said.stderr
    update, simulated, installed, disabled = fake_debian.calls()
    assert update.startswith("apt-get update")
    assert simulated.endswith(" redis-server") and installed.endswith(" redis-server")
    assert "--no-install-recommends" in installed
    assert disabled == "systemctl disable --quiet redis-server.service"
    assert (
        fake_debian.policy.read_text().splitlines() == [str(POLICY)] * 3
    ), "services could have been started"
    assert POLICY.exists() == before


@needs_root
@pytest.mark.parametrize("old", [False, True])
def test_a_node_from_elsewhere_stands_in_for_debians(fake_debian, tmp_path, old):
    environment = fake_debian(missing=("nodejs", "npm"))
    for name in ("node", "npm"):
        (tmp_path / name).write_text(f"#!/bin/bash\nexit {int(old)}\n")
        (tmp_path / name).chmod(0o755)
    assert dev("install", "test", env=environment).returncode == 0
    assert [
        call.endswith(" nodejs npm") for call in fake_debian.calls() if " install " in call
    ] == ([True, True] if old else [])


@needs_root
@pytest.mark.parametrize(
    "purpose, missing, removed",
    [
        ("build", "libboost1.81-dev", "libboost1.74-dev"),
        ("bench", "libnginx-mod-http-lua", "libluajit-5.1-2"),
    ],
)
def test_what_there_can_be_only_one_of_makes_room(fake_debian, purpose, missing, removed):
    said = dev("install", purpose, env=fake_debian(missing=(missing,), removed=(removed,)))
    assert said.returncode == 0
    assert removed in said.stderr


@needs_root
def test_nothing_else_is_removed(fake_debian):
    said = dev(
        "install", "build", env=fake_debian(missing=("libboost1.81-dev",), removed=("precious",))
    )
    assert said.returncode == 1
    assert "precious" in said.stderr
    assert not any("install -y" in call for call in fake_debian.calls())


class Demo:
    """`./dev run`, up to its line `ready:`."""

    def __init__(self, *words, **environment):
        self.process = subprocess.Popen(
            [DEV, "run", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **environment},
        )
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("ready:"):
                break
        words = self.lines[-1].split()
        self.url, self.user, self.password = words[1], words[3], words[5]

    def processes(self):
        return [self.process.pid, *leash.descendants(self.process.pid)]

    def application(self):
        """The origin of the demo application itself, which nginx passes requests on to."""
        for pid in self.processes():
            inodes = {
                os.readlink(link)
                for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()
                if os.path.islink(link)
            }
            if b"app.py" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
                    words = line.split()
                    if words[3] == "0A" and f"socket:[{words[9]}]" in inodes:
                        return f"http://127.0.0.1:{int(words[1].partition(':')[2], 16)}"
        raise AssertionError("no application")

    def get(self, path, opener=None, data=None, headers=None, base=None):
        base = base or self.url.rstrip("/")
        request = urllib.request.Request(base + path, data, headers or {})
        try:
            with (opener or urllib.request.build_opener()).open(request, timeout=20) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.url, error.read().decode()

    def sign_in(self, browser, page):
        """Sends the form of a login page."""
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        form = {**fields, "identifier": self.user, "password": self.password}
        origin = {"Origin": self.url.rstrip("/")}
        return self.get("/auth/login", browser, urllib.parse.urlencode(form).encode(), origin)

    def browser(self):
        return urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )


@contextlib.contextmanager
def running_demo(*words, **environment):
    demo = Demo(*words, **environment)
    try:
        yield demo
    finally:
        demo.process.terminate()
        demo.process.wait(30)


def exists(pid):
    return pathlib.Path(f"/proc/{pid}").exists()


@pytest.fixture
def scratch():
    """A directory with a short name, because paths of unix sockets are short."""
    with tempfile.TemporaryDirectory(prefix="d-") as directory:
        yield pathlib.Path(directory)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_ends_and_leaves_nothing(scratch, number):
    with running_demo(TMPDIR=str(scratch)) as demo:
        assert demo.lines == [f"ready: {demo.url} user: {demo.user} password: {demo.password}\n"]
        started = demo.processes()
        assert len(started) >= 5, "the leash, the demo, the gateway, the application, nginx"
        assert list(scratch.iterdir())
        demo.process.send_signal(number)
        assert demo.process.wait(30) == 0
        assert [pid for pid in started if exists(pid)] == []
        assert list(scratch.iterdir()) == []


def test_the_demo_can_be_signed_in_to():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with running_demo(GATEHOUSE_PORT=str(port)) as demo:
            assert f":{port}/" not in demo.url, "somebody else has that port"
            assert demo.get("/")[0] == 200
            browser = demo.browser()
            _, login, page = demo.get("/app/", browser)
            assert "/auth/login" in login
            status, url, page = demo.sign_in(browser, page)
            assert (status, url) == (200, demo.url + "app/")
            assert demo.user in page
            assert demo.get("/admin/", browser)[0] == 403


PRESS = json.dumps({"name": "the database file", "stopped": True}).encode()


def test_only_the_demos_own_page_can_stop_its_store():
    with running_demo() as demo:
        own = {"Content-Type": "application/json", "Origin": demo.url.rstrip("/")}
        for wrong in (
            {"Origin": "http://127.0.0.1:1"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "none"},
            {"Content-Type": "text/plain"},
            {"Content-Type": "application/x-www-form-urlencoded"},
        ):
            assert demo.get("/demo/store", data=PRESS, headers={**own, **wrong})[0] == 403, wrong
        assert (
            demo.get("/demo/store", data=PRESS, headers={"Content-Type": own["Content-Type"]})[0]
            == 403
        )
        assert demo.get("/demo/store")[0] == 404, "a GET presses nothing"
        assert '"the database file": false' in demo.get("/demo/state")[2]
        past_nginx = demo.application()
        for path, data in (("/demo/store", PRESS), ("/demo/state", None)):
            headers = {**own, "Origin": past_nginx}
            assert demo.get(path, data=data, headers=headers, base=past_nginx)[0] == 403
        assert demo.get("/demo/store", data=PRESS, headers=own)[2] == '{"stopped": true}'
        assert '"the database file": true' in demo.get("/demo/state")[2]


class Own(http.server.BaseHTTPRequestHandler):
    """Somebody's application: it says who is there."""

    def do_GET(self):
        text = f"hello {self.headers.get('X-Auth-Email')} at {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Nobody reads it."""


def test_an_application_of_ones_own_takes_the_place_of_the_demos():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Own) as own:
        threading.Thread(target=own.serve_forever, daemon=True).start()
        with running_demo("--app", f"127.0.0.1:{own.server_address[1]}") as demo:
            assert demo.get("/")[2] == "hello None at /"
            browser = demo.browser()
            assert demo.sign_in(browser, demo.get("/app/", browser)[2]) == (
                200,
                demo.url + "app/",
                f"hello {demo.user} at /app/",
            )
        own.shutdown()


@pytest.mark.parametrize(
    "words, hint",
    [
        (["--app", "http://127.0.0.1:3000"], "is no HOST:PORT"),
        (["--app", "127.0.0.1"], "is no HOST:PORT"),
        (["--app", "127.0.0.1:99999"], "is no HOST:PORT"),
        (["--app", "a;b:3000"], "is no HOST:PORT"),
        (["--app", "nowhere.invalid:3000"], "nowhere.invalid"),
        (["--app"], "expected one argument"),
        (["--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_a_wrong_application_is_named_before_anything_is_built(words, hint):
    said = dev("run", *words)
    assert said.returncode == 64 and hint in said.stderr, said
    assert "building" not in said.stderr


def test_the_port_can_be_chosen():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running_demo(GATEHOUSE_PORT=str(port)) as demo:
        assert demo.url == f"http://127.0.0.1:{port}/"
