# SPDX-License-Identifier: Apache-2.0
"""The gateway, the demo application and nginx with the shipped example, put together to a site."""

import argparse
import collections
import contextlib
import dataclasses
import importlib.util
import itertools
import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import sys

from client import SECRETS, Browser
from processes import Process, children, free_port, wait_until

TOP = pathlib.Path(__file__).resolve().parents[2]
NAME = "app.example.org"
User = collections.namedtuple("User", "email password")


def gatehouse_binary():
    """$GATEHOUSE_BINARY, else what `./dev build` makes."""
    path = pathlib.Path(os.environ.get("GATEHOUSE_BINARY") or TOP / "build/release/gatehouse")
    if not path.exists():
        raise SystemExit(f"no {path}: build it, or say in GATEHOUSE_BINARY where it is")
    return path


def demo_module(name):
    """A program of tests/demo, as a module."""
    spec = importlib.util.spec_from_file_location(
        f"demo_{name}", TOP / "tests" / "demo" / f"{name}.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclasses.dataclass
class Stores:
    """What a set-up keeps its data in."""

    environment: str
    postgres: object = None
    redis: object = None
    database: str = ""


class Gateway(Process):
    """`gatehouse serve`, with a configuration of its own."""

    def __init__(self, root, stores, options=None):
        self.root = pathlib.Path(root)
        (self.root / "state").mkdir(parents=True)
        self.stores, self.socket, self.config = (
            stores,
            self.root / "gatehouse.sock",
            self.root / "gatehouse.toml",
        )
        # The least that the configuration allows for hashing: the tests sign in often.
        self.options = {
            "listen": str(self.socket),
            "state_directory": str(self.root / "state"),
            "generate_keys": True,
            "argon2_memory_kib": 7168,
            "argon2_passes": 1,
            "log_level": "debug",
            **(options or {}),
        }
        environment = {
            name: value
            for name, value in os.environ.items()
            if not re.match("GATEHOUSE_|.*_URL$|APP_CONTEXT", name)
        }
        environment["SESSION_ENVIRONMENT"] = stores.environment
        if stores.postgres:
            environment["DATABASE_URL"] = stores.postgres.create_database(stores.database)
        if stores.redis:
            environment["REDIS_URL"] = stores.redis.url
        self.write_config()
        super().__init__(
            [gatehouse_binary(), "serve", "--config", self.config],
            self.root / "gateway.log",
            env=environment,
        )
        self.log_lines, self.log_events, self.log_read = [], {}, 0

    def write_config(self, **changed):
        self.options.update(changed)
        lines = (f"{name} = {json.dumps(value)}\n" for name, value in self.options.items())
        self.config.write_text("".join(lines))

    def cli(self, *words, stdin="", check=True):
        command = [gatehouse_binary(), *words, "--config", self.config]
        done = subprocess.run(
            command, input=stdin, env=self.env, capture_output=True, text=True, timeout=60
        )
        if check and done.returncode != 0:
            raise AssertionError(
                f"gatehouse {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done

    def start(self):
        seen = len(self.events("ready"))
        super().start()
        self.wait_ready(lambda: len(self.events("ready")) > seen)
        return self

    def start_with(self, path):
        """As systemd starts it: with a socket that listens already, as descriptor 3. `path` is the socket's, or the socket itself."""
        listener = path
        if not isinstance(path, socket.socket):
            self.socket, listener = pathlib.Path(path), socket.socket(socket.AF_UNIX)
            listener.bind(str(path))
            listener.listen()
        seen = len(self.events("ready"))
        handed = ["sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<&0', "sh", *self.command]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                handed, stdin=listener, stdout=log, stderr=log, env=self.env, process_group=0
            )
        if listener is not path:
            listener.close()  # the gateway has it
        self.wait_ready(lambda: len(self.events("ready")) > seen)
        return self

    def lines(self):
        """Every line of the log, read as JSON: one that is not JSON is an error. A line is read once, because a site lives to the end
        of the run, and who waits for an event asks many times a second."""
        if self.log.exists():
            with open(self.log, "rb") as log:
                log.seek(self.log_read)
                new = log.read()
            whole = new[: new.rfind(b"\n") + 1]
            lines = [json.loads(line) for line in whole.decode(errors="replace").splitlines()]
            self.log_read += len(whole)
            self.log_lines += lines
            for line in lines:
                self.log_events.setdefault(line.get("event"), []).append(line)
        return self.log_lines

    def events(self, name):
        self.lines()
        return list(self.log_events.get(name, ()))

    def wait_event(self, name, count=1, **more):
        return wait_until(
            lambda: len(self.events(name)) >= count and self.events(name)[-1],
            f"event {name}",
            **more,
        )


class App(Process):
    """The demo application on a free port."""

    def __init__(self, root):
        super().__init__(
            [sys.executable, TOP / "tests/demo/app.py", "--listen", "127.0.0.1:0"],
            pathlib.Path(root) / "app.log",
        )

    def start(self):
        super().start()
        self.address = self.wait_ready(lambda: re.search(r"ready (\S+:\d+)\n", self.log_text()))[1]
        return self


class Nginx(Process):
    """nginx with an example site of ours, laid out by tests/demo/nginx_site.py. `edits`: what an operator changes in the files
    before the start, as (file, pattern, replacement)."""

    def __init__(self, root, example, gateway, app, edits=()):
        self.root = pathlib.Path(root)
        self.root.mkdir()
        self.example, self.gateway, self.app, self.edits = example, gateway, app, edits
        self.port = self.plain_port = None
        self.expected = []
        super().__init__(
            [
                "nginx",
                "-p",
                self.root,
                "-c",
                self.root / "nginx.conf",
                "-e",
                self.root / "error.log",
                "-g",
                "daemon off;",
            ],
            self.root / "error.log",
        )

    def lay_out(self):
        self.plain_port = self.port = free_port()
        options = argparse.Namespace(
            directory=self.root,
            example=self.example,
            gateway=self.gateway,
            app=self.app,
            listen=f"127.0.0.1:{self.plain_port}",
            server_name=NAME,
            tls_listen=None,
        )
        if "tls" in self.example:
            self.port = free_port()
            options.tls_listen = f"127.0.0.1:{self.port}"
            options.certificate, options.key = make_certificate(self.root)
        demo_module("nginx_site").lay_out(options)
        for file, pattern, replacement in self.edits:
            path = self.root / file
            text, count = re.subn(pattern, replacement, path.read_text(), flags=re.MULTILINE)
            assert count, f"{pattern} is not in {file}"
            path.write_text(text)

    def start(self):
        self.lay_out()
        super().start()
        self.wait_ready(self.accepts)
        return self

    def accepts(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except ConnectionError:
            return False

    @contextlib.contextmanager
    def reloaded(self):
        """Within it nginx is told to read its configuration again; after it every worker has."""
        workers = set(children(self.pid))
        yield
        wait_until(
            lambda: workers.isdisjoint(now := children(self.pid)) and now, "nginx has new workers"
        )

    def complaints(self):
        """Lines of the error log that tell of an error and that no test has announced."""
        lines = [
            line
            for line in self.log_text().splitlines()
            if re.search(r"\[(warn|error|crit|alert|emerg)\]", line)
        ]
        return [line for line in lines if line not in self.expected]

    @contextlib.contextmanager
    def expect(self, pattern):
        """Errors that match the pattern are right, as long as this lasts."""
        before = len(self.complaints())
        yield
        self.expected += [line for line in self.complaints()[before:] if re.search(pattern, line)]


def make_certificate(root):
    certificate, key = root / "certificate.pem", root / "key.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            f"/CN={NAME}",
            "-addext",
            f"subjectAltName=DNS:{NAME}",
            "-keyout",
            key,
            "-out",
            certificate,
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


class Site:
    """Everything together: what a visitor meets, and what an operator does."""

    def __init__(self, root, label, stores, example="example.conf", options=None, edits=()):
        self.root, self.label, self.stores = pathlib.Path(root), label, stores
        self.root.mkdir()
        self.name = NAME
        self.people = None
        self.scheme = "https" if "tls" in example else "http"
        self.app = App(self.root)
        self.gateway = Gateway(self.root / "gateway", stores, options)
        self.nginx = None
        self.example, self.edits = example, edits
        self.numbers = itertools.count(1)

    def start(self):
        self.gateway.cli("migrate", "up")
        self.gateway.start()
        self.app.start()
        self.nginx = Nginx(
            self.root / "nginx", self.example, self.gateway.socket, self.app.address, self.edits
        ).start()
        return self

    def stop(self):
        for process in (self.nginx, self.app, self.gateway):
            if process and process.running():
                process.stop()

    @property
    def port(self):
        return self.nginx.port

    @property
    def host(self):
        return f"{self.name}:{self.port}"

    @property
    def origin(self):
        return f"{self.scheme}://{self.host}"

    @property
    def cookie(self):
        return ("__Host-" if self.scheme == "https" else "") + "gatehouse_web"

    def tls(self):
        context = ssl.create_default_context(cafile=self.nginx.root / "certificate.pem")
        context.set_alpn_protocols(["http/1.1"])
        return context

    def user(self, *grants, role=None, verified=False):
        """A new account."""
        user = User(
            f"user{next(self.numbers):04}.{self.root.name}@example.org",
            "canary " + secrets.token_urlsafe(18),
        )
        SECRETS.add(user.password)
        more = [*(("--role", role) if role else ()), *(("--verified",) if verified else ())]
        self.gateway.cli(
            "user", "add", user.email, "--password-stdin", *more, stdin=user.password + "\n"
        )
        for permission in grants:
            self.gateway.cli("user", "grant", user.email, permission)
        return user

    def browser(self, **more):
        return Browser(self, **more)

    def store_dump(self):
        """All that the stores hold, as bytes."""
        parts = [
            path.read_bytes()
            for path in (self.gateway.root / "state").rglob("*")
            if path.is_file() and "keys" not in path.name
        ]
        if self.stores.postgres:
            parts.append(self.stores.postgres.dump(self.stores.database))
        if self.stores.redis:
            parts.append(self.stores.redis.dump())
        return b"\n".join(parts)

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)
