#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""run.py GATEHOUSE: the demo. The gateway with its embedded store, nginx with the shipped example site, and the demo application, in
a temporary directory, until Ctrl-C or SIGTERM. GATEHOUSE_PORT chooses the port; a free one is taken if that is not free. With --app the
site is in front of an application of yours."""

import argparse
import contextlib
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
USER, ADMIN = "ann@example.org", "admin@example.org"
PATIENCE = 30.0


def say(text):
    print(text, flush=True)


def tell(text):
    """Beside the one line that says that all is ready."""
    print(text, file=sys.stderr, flush=True)


def address(text):
    """HOST:PORT, which nginx can resolve and connect to; the text itself."""
    found = re.fullmatch(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})", text)
    if not found or not 1 <= int(found[2]) <= 65535:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no HOST:PORT; write the address of your application as 127.0.0.1:3000"
        )
    try:
        socket.getaddrinfo(found[1].strip("[]"), int(found[2]), type=socket.SOCK_STREAM)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{found[1]}: {error.strerror}") from None
    return text


def unblock():
    """In a child: we wait for these signals, it obeys them."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [*ENDING, signal.SIGCHLD])


class Demo:
    def __init__(self, binary, root, app=None):
        self.binary, self.root, self.processes = binary, root, []
        self.app = app  # HOST:PORT of an application that somebody else runs
        self.socket, self.config = root / "gatehouse.sock", root / "gatehouse.toml"
        (root / "state").mkdir()
        self.told = root / "console.json"
        self.port, self.accounts = None, {}
        self.inbox = root / "mail"
        self.inbox.mkdir(mode=0o700)
        self.config.write_text(f'listen = "{self.socket}"\nstate_directory = "{root}/state"\n')
        foreign = re.compile(r"GATEHOUSE_|APP_CONTEXT|FORCE_MOCK_MODE|(DATABASE|REDIS)_")
        self.environment = {
            name: value for name, value in os.environ.items() if not foreign.match(name)
        }
        self.environment["SESSION_ENVIRONMENT"] = "mock"

    def gatehouse(self, *words, text=""):
        command = [self.binary, *words, "--config", self.config]
        subprocess.run(
            command,
            input=text,
            text=True,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def add_user(self, email, *more):
        password = secrets.token_hex(9)
        self.gatehouse("user", "add", email, "--password-stdin", *more, text=password + "\n")
        return password

    def start(self, name, command, ready):
        """Starts a program and waits until a line of what it adds to its log matches `ready`; that match."""
        log = self.root / f"{name}.log"
        with open(log, "ab") as output:
            before = output.tell()
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self.environment,
                start_new_session=True,
                preexec_fn=unblock,
            )
        self.processes.append((name, process))
        deadline, pause = time.monotonic() + PATIENCE, threading.Event()
        while process.poll() is None and time.monotonic() < deadline:
            if found := ready(log.read_bytes()[before:].decode(errors="replace")):
                return found
            pause.wait(0.02)
        raise SystemExit(
            f"{name} did not start:\n{log.read_bytes()[before:].decode(errors='replace')}"
        )

    def start_gateway(self):
        self.gatehouse("migrate", "up")
        self.start(
            "gateway",
            [self.binary, "serve", "--config", self.config],
            re.compile(r'"event":\s*"ready"').search,
        )

    def add_users(self):
        """Those that the demo is shown with: Ann's password, and the administrator's."""
        for name, email, more in (("ann", USER, ()), ("admin", ADMIN, ("--role", "admin"))):
            self.accounts[name] = {"email": email, "password": self.add_user(email, *more)}
        self.tell_console()
        return [account["password"] for account in self.accounts.values()]

    def stores_of_console(self):
        """What the first page can stop."""
        return {"the database file": {"file": str(self.root / "state" / "gatehouse.db")}}

    def tell_console(self):
        """What the first page needs to know (console.py). The file has passwords."""
        gateway = next((child.pid for name, child in self.processes if name == "gateway"), None)
        told = {
            "accounts": self.accounts,
            "port": self.port,
            "socket": str(self.socket),
            "gateway": gateway,
            "stores": self.stores_of_console(),
        }
        fresh = self.told.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(told), encoding="utf-8")
        fresh.replace(self.told)

    def start_all(self, port):
        self.port = port
        self.tell_console()
        with open(self.config, "a", encoding="utf-8") as config:
            config.write(
                f'mail_url = "file://{self.inbox}"\nmail_from = "Demo <demo@example.org>"\n'
                f'context.web.url = "http://127.0.0.1:{port}"\ncontext.web.registration = "open"\n'
            )
        self.start_gateway()
        app = self.start(
            "app",
            [
                sys.executable,
                HERE / "app.py",
                "--listen",
                "127.0.0.1:0",
                "--inbox",
                self.inbox,
                *([] if self.app else ["--console", self.told]),
            ],
            re.compile(r"ready (\S+)\n").search,
        )
        site = self.root / "nginx"
        if self.app:
            tell(f"mail arrives at http://{app[1]}/inbox")
            if not answers(self.app):
                tell(f"nothing listens on {self.app} yet: start your application there")
        behind = self.app or app[1]
        options = ["--listen", f"127.0.0.1:{port}", "--gateway", self.socket, "--app", behind]
        subprocess.run(
            [sys.executable, HERE / "nginx_site.py", site, *map(str, options)], check=True
        )
        self.start(
            "nginx",
            [
                "nginx",
                "-p",
                site,
                "-c",
                site / "nginx.conf",
                "-e",
                site / "error.log",
                "-g",
                "daemon off;",
            ],
            lambda _: answers(f"127.0.0.1:{port}"),
        )

    def wait(self):
        """Until we are told to end, or a part of us has ended by itself: its name."""
        while True:
            received = signal.sigwait({*ENDING, signal.SIGCHLD})
            if received in ENDING:
                return None
            for name, process in self.processes:
                if process.poll() is not None:
                    return name

    def stop(self):
        end([process for _, process in reversed(self.processes)])


def end(processes):
    """Asks all of them to end, and waits until they have."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(where):
    host, _, port = where.rpartition(":")
    with contextlib.suppress(OSError):
        socket.create_connection((host.strip("[]"), int(port)), 1).close()
        return True
    return False


def free_port(wanted):
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
    raise SystemExit("no free port")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gatehouse", type=pathlib.Path, help="the gateway's program")
    parser.add_argument(
        "--app", type=address, metavar="HOST:PORT", help="your application, in place of the demo's"
    )
    parser.add_argument(
        "--check", action="store_true", help="look at the arguments, and do nothing else"
    )
    asked = parser.parse_args()
    if asked.check:
        return
    binary = asked.gatehouse.resolve()
    signal.pthread_sigmask(signal.SIG_BLOCK, [*ENDING, signal.SIGCHLD])
    root = pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-demo-"))
    demo = Demo(binary, root, asked.app)
    try:
        port = free_port(int(os.environ.get("GATEHOUSE_PORT") or 8080))
        demo.start_all(port)
        user, admin = demo.add_users()
        tell(f"for /admin/ user: {ADMIN} password: {admin}")
        say(f"ready: http://127.0.0.1:{port}/ user: {USER} password: {user}")
        if ended := demo.wait():
            raise SystemExit(
                f"{ended} has ended by itself:\n{(root / f'{ended}.log').read_text(errors='replace')[-4000:]}"
            )
    finally:
        demo.stop()
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
