# SPDX-License-Identifier: Apache-2.0
# Goal: whoever saves the applications of docs/integrate.md as they stand there, and types its commands, has them behind Gatehouse:
# they know who is there, take no form of another site, let people sign out, and take WebSockets. Only the port is another one; npm
# brings what is installed already. Django and Go count where they are installed.
import importlib.util
import os
import re
import shutil
import subprocess
import sys

import pytest

from client import JSON, raw, raw_answer, signed_in
from guide import Guide
from processes import Process, free_port
from servers import TOP, Stores, demo_module

GUIDE = Guide("integrate.md")
MODULES = TOP / "tests/integration/apps/node_modules"
# Title, language of the block, name of the file.
APPLICATIONS = {
    "express": ("In five minutes", "js", "app.mjs"),
    "flask": ("Flask", "python", "app.py"),
    "django": ("Django", "python", "app.py"),
    "go": ("Go", "go", "main.go"),
    "websocket": ("WebSocket", "js", "ws.mjs"),
}
OPTIONAL = {
    "django": importlib.util.find_spec("django"),
    "go": shutil.which("go"),
}
PRESENT = [
    name for name in APPLICATIONS if name != "websocket" and OPTIONAL.get(name, True) is not None
]


def section(title):
    found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", GUIDE.text, re.MULTILINE | re.DOTALL)
    return found[1]


class Application(Process):
    """One of the guide's applications, saved and started as the guide says."""

    def __init__(self, name, root, port):
        title, language, file = APPLICATIONS[name]
        (block,) = re.findall(rf"```{language}\n(.*?)```", section(title), re.DOTALL)
        self.folder, self.port = root / name, port
        self.folder.mkdir()
        bin_ = self.folder / "bin"
        bin_.mkdir()
        (bin_ / "npm").write_text(
            f'#!/bin/sh\n[ "$1" = install ] && ln -s {MODULES} node_modules\n'
        )
        (bin_ / "npm").chmod(0o755)
        commands = re.findall(
            r"^    (.+)", re.sub(r"```.*?```", "", section(title), flags=re.DOTALL), re.MULTILINE
        )
        self.dev = [line for line in commands if line.startswith("./dev ")]
        *before, start = [line for line in commands if line not in self.dev]
        environment = {
            **os.environ,
            "PATH": f"{bin_}:{os.environ['PATH']}:/usr/bin",
            "GOCACHE": str(self.folder / "go"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        script = "\n".join(before) + "\npwd >&2\n"
        done = subprocess.run(
            ["sh", "-eu"],
            input=script,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        place = done.stderr.splitlines()[-1]
        with open(os.path.join(place, file), "w", encoding="utf-8") as saved:
            saved.write(block.replace("3000", str(port)).replace("60_000", "300"))
        start = start.replace("3000", str(port)).replace("python3", sys.executable)
        super().__init__(
            ["sh", "-c", f"cd {place} && exec {start}"], self.folder / "log", env=environment
        )

    def start(self):
        super().start()
        self.wait_ready(lambda: demo_module("run").answers(f"127.0.0.1:{self.port}"), timeout=60)
        return self

    def stop(self, *_):
        self.send(15, whole_tree=True)
        return self.process.wait(15)


@pytest.fixture(scope="module", name="site")
def site_in_front(make_site):
    port = free_port()
    site = make_site(
        "integrate",
        Stores("mock"),
        edits=[("site.conf", r"server 127\.0\.0\.1:\d+;", f"server 127.0.0.1:{port};")],
    )
    site.application_port = port
    return site


@pytest.fixture(scope="module")
def place(root):
    folder = root / "guide-applications"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module", params=PRESENT)
def application(request, site, place):
    started = Application(request.param, place, site.application_port).start()
    yield started
    started.stop()


def add(browser, words, **headers):
    form = browser.form("/app/", "/app/notes")
    return browser.post("/app/notes", {**form.hidden, "words": words}, headers=headers)


def test_a_stranger_sees_the_public_page_alone(site, application):
    assert "Notes" in site.browser().get("/").text
    answer = site.browser().get("/app/")
    assert answer.status == 302 and answer.header("Location") == "/auth/login?rd=%2Fapp%2F"


def test_it_knows_who_is_there_and_keeps_people_apart(site, application):
    ann, other = site.user(), site.user()
    browser = site.browser()
    assert browser.login(ann, target="/app/").header("Location") == "/app/"
    answer = add(browser, "<b>milk")
    assert answer.status in (302, 303) and answer.header("Location").endswith("/app/"), answer
    shown = browser.get("/app/").text
    assert f"Notes of {ann.email}" in shown and "milk" in shown and "<b>" not in shown
    assert "milk" not in signed_in(site, other).get("/app/").text


@pytest.mark.parametrize(
    "headers, taken",
    [
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://sub.example.org"}, False),
        ({"Sec-Fetch-Site": None, "Origin": "https://evil.example"}, False),
        ({"Sec-Fetch-Site": None}, True),
    ],
)
def test_it_takes_no_form_of_another_site(site, application, headers, taken):
    browser = signed_in(site, site.user())
    if taken:
        assert add(browser, "planted", **headers).status in (302, 303)
    else:  # another site knows no token of ours
        answer = browser.post("/app/notes", {"words": "planted"}, headers=headers)
        assert answer.status == 403, answer
    assert ("planted" in browser.get("/app/").text) == taken


def test_past_nginx_nobody_is_let_in(site, application):
    plain = type(
        "Site", (), {"scheme": "http", "port": application.port, "host": "localhost", "origin": "x"}
    )
    browser = site.browser()
    browser.site = plain
    assert browser.get("/app/").status == 403


def test_the_forms_of_the_guide_sign_out(site, application):
    browser = signed_in(site, site.user())
    assert 'action="/auth/logout"' in browser.get("/app/").text
    answer = browser.post("/auth/logout", {})
    assert answer.status == 303 and browser.get("/app/").status == 302
    browser = signed_in(site, site.user())
    headers = {"Origin": site.origin, "Sec-Fetch-Site": "same-origin", **JSON}
    answer = browser.request("POST", "/auth/logout", headers=headers)
    assert (answer.status, answer.json()) == (200, {"status": "signed_out"})


def test_the_command_of_the_guide_is_one(application):
    for line in application.dev:
        words = line.split()
        assert words[:2] == ["./dev", "run"]
        run = [sys.executable, TOP / "tests/demo/run.py", "gatehouse", "--check", *words[2:]]
        assert subprocess.run(run, check=False).returncode == 0


def handshake(site, browser, origin):
    lines = {
        "Host": site.host,
        "Upgrade": "websocket",
        "Connection": "Upgrade, close",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Origin": origin,
        "Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items()) or "a=b",
    }
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    request = f"GET /app/ws/ HTTP/1.1\r\n{text}\r\n"
    return raw_answer(raw(site, request.encode(), until=b"open me again"))


@pytest.mark.parametrize("application", ["websocket"], indirect=True)
def test_the_websocket_of_the_guide(site, application):
    ann = site.user()
    browser = signed_in(site, ann)
    answer = handshake(site, browser, site.origin)
    assert answer.status == 101 and f"Hello {ann.email}".encode() in answer.body
    assert b"open me again" in answer.body, "it is closed after a while"
    assert handshake(site, browser, "https://evil.example").status == 401
    assert handshake(site, site.browser(), site.origin).status == 302
    browser.post("/auth/logout", {})
    assert handshake(site, browser, site.origin).status == 302
    assert application.running()
