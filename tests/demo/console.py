# SPDX-License-Identifier: Apache-2.0
"""What the first page of the demo can do besides showing itself: it stops a store, ends a session and measures when it is refused, sends
forged cookies, counts checks. Only a page of the demo's own origin may ask for that."""

import contextlib
import fcntl
import http.client
import json
import os
import pathlib
import re
import secrets
import signal
import statistics
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import fcgi  # noqa: E402 pylint: disable=wrong-import-position
from processes import (
    NotReady,
    children,
    wait_until,
)  # noqa: E402 pylint: disable=wrong-import-position

LOCKS, FIRST_LOCK = (
    8,
    120,
)  # all of SQLite's on a file: https://www.sqlite.org/walformat.html#wal_locks
PATIENCE = 5.0  # seconds
CHECKS = 500
COOKIE = "gatehouse_web"
SHOWN = ("checks_total", "answered_from_memory_total", "sessions_in_memory", "memory_is_fresh")


class Refused(Exception):
    """The request is not acted upon: status and reason."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


class LockedFile:
    """The embedded store. While it is stopped we hold every lock on the file, as a program would that works on it for long."""

    def __init__(self, path):
        self.path, self.memory = path, None

    @property
    def stopped(self):
        return self.memory is not None

    def stop(self):
        memory = open(f"{self.path}-shm", "rb+")  # pylint: disable=consider-using-with
        try:
            wait_until(lambda: taken(memory), "nobody uses the file", PATIENCE)
            self.memory = memory
        except NotReady as error:
            memory.close()
            raise Refused(503, f"{error}; try again") from None

    def go_on(self):
        if self.memory:
            self.memory.close()
        self.memory = None


def taken(memory):
    with contextlib.suppress(BlockingIOError):
        fcntl.lockf(memory, fcntl.LOCK_EX | fcntl.LOCK_NB, LOCKS, FIRST_LOCK)
        return True
    return False


class FrozenServer:
    """A server whose processes are stopped: connections stay, nobody answers."""

    def __init__(self, pid):
        self.pid, self.stopped = pid, False

    def send(self, number):
        for pid in [self.pid, *children(self.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def stop(self):
        self.send(signal.SIGSTOP)
        self.stopped = True

    def go_on(self):
        if self.stopped:
            self.send(signal.SIGCONT)
        self.stopped = False


class Console:
    """`told`: a file that tests/demo/run.py writes when everything runs: accounts, port, socket, process of the gateway, stores."""

    def __init__(self, told):
        self.path, self.stores, self.seen = told, {}, {}
        self.lock = threading.Lock()

    @property
    def told(self):
        told = json.loads(self.path.read_text(encoding="utf-8"))
        for name, what in told["stores"].items():
            if name not in self.stores:
                self.stores[name] = (
                    FrozenServer(what["pid"]) if "pid" in what else LockedFile(what["file"])
                )
        return told

    def release(self):
        for store in self.stores.values():
            store.go_on()

    def check_host(self, headers):
        """A name that somebody else has given to this machine is none of the demo's."""
        hosts = [f"{name}:{self.told['port']}" for name in ("127.0.0.1", "localhost")]
        if headers.get("Host") not in hosts:
            raise Refused(403, "the demo has another host")

    def check(self, headers):
        """What the demo's own page may ask, and nobody else's."""
        self.check_host(headers)
        site, own = headers.get("Sec-Fetch-Site"), f"http://{headers.get('Host')}"
        ours = site == "same-origin" if site else headers.get("Origin") == own
        if not ours or headers.get("Content-Type") != "application/json":
            raise Refused(403, "only the demo's own page may ask for this")

    def act(self, path, headers, body):
        actions = {
            "/demo/store": self.switch,
            "/demo/end": self.end,
            "/demo/forge": self.forge,
            "/demo/burst": self.burst,
        }
        self.check(headers)
        if path not in actions:
            raise Refused(404, "no such switch")
        fields = json.loads(body or "{}")
        with self.lock:
            return actions[path](headers, fields)

    def note(self, headers):
        """The application has been asked in a session: its cookie, so that it can be asked with again."""
        session, cookie = headers.get("X-Auth-Session"), headers.get("Cookie", "")
        found = re.search(rf"{COOKIE}=[\w-]+", cookie)
        if session and found:
            self.seen[session] = found[0]
            while len(self.seen) > 50:
                self.seen.pop(next(iter(self.seen)))

    def state(self, headers):
        self.check_host(headers)
        told = self.told
        other = "localhost" if headers["Host"].startswith("127.0.0.1") else "127.0.0.1"
        return {
            "accounts": told["accounts"],
            "other": f"http://{other}:{told['port']}/",
            "embedded": any("file" in what for what in told["stores"].values()),
            "stores": {name: store.stopped for name, store in self.stores.items()},
            "numbers": self.numbers(),
        }

    def switch(self, _, fields):
        store = self.stores.get(fields.get("name"))
        if store is None:
            raise Refused(404, "no such store")
        if fields.get("stopped") and not store.stopped:
            store.stop()
        elif not fields.get("stopped"):
            store.go_on()
        return {"stopped": store.stopped}

    # Through nginx, as everybody.
    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.told["port"], timeout=PATIENCE)

    def ask(self, path, cookie="", link=None, body=None):
        link = link or self.connect()
        headers = {"Accept": "application/json", **({"Cookie": cookie} if cookie else {})}
        if body is not None:
            headers["Content-Type"] = "application/json"
        link.request("POST" if body is not None else "GET", path, body, headers)
        answer = link.getresponse()
        return answer.status, answer.read().decode()

    def numbers(self):
        """Some of /auth/metrics; the checks as one sum."""
        try:
            status, text = self.ask("/auth/metrics")
        except OSError:
            return {}
        found = dict.fromkeys(SHOWN, 0)
        lines = re.findall(r"^gatehouse_(\w+)(?:\{.*\})? (\d+)$", text, re.MULTILINE)
        for name, value in lines if status == 200 else ():
            if name in found:
                found[name] += int(value)
        return found

    def forge(self, headers, _):
        """Cookies that no gateway has made, and one whose last signs are others."""
        own = re.search(rf"{COOKIE}=([\w-]+)", headers.get("Cookie", ""))
        forged = {"an invented cookie": secrets.token_urlsafe(48)}
        if own:
            forged["your cookie with other last signs"] = own[1][:-6] + secrets.token_urlsafe(8)[:6]
        return {
            "answers": [
                {"what": what, "status": self.ask("/app/", f"{COOKIE}={value}")[0]}
                for what, value in forged.items()
            ]
        }

    def end(self, headers, fields):
        """Ends one of the visitor's sessions, while somebody asks with its cookie without a pause."""
        handle = str(fields.get("handle"))
        watch = Watch(self, self.seen.get(handle))
        begun = time.monotonic()
        status, text = self.ask(
            "/auth/sessions/revoke", headers.get("Cookie", ""), body=json.dumps({"handle": handle})
        )
        acknowledged = time.monotonic()
        return {"status": status, "answer": json.loads(text), **watch.result(begun, acknowledged)}

    def burst(self, headers, _):
        """Many checks, one after another, on a connection to the gateway as nginx has them."""
        told = self.told
        params = fcgi.facts(
            HTTP_COOKIE=headers.get("Cookie", ""),
            REQUEST_SCHEME="http",
            HTTP_HOST=headers.get("Host"),
        )
        memory, processor, times = self.numbers(), on_processor(told["gateway"]), []
        with fcgi.Connection(told["socket"]) as link:
            for _ in range(CHECKS):
                begun = time.perf_counter()
                reply = link.ask(params)
                times.append(time.perf_counter() - begun)
        spent = on_processor(told["gateway"]) - processor
        rise = self.numbers()
        return {
            "checks": CHECKS,
            "status": reply.status,
            "round_trip": round(statistics.median(times) * 1e6),
            "processor": round(spent / CHECKS / 1000),
            "from_memory": rise["answered_from_memory_total"]
            - memory["answered_from_memory_total"],
        }


def on_processor(pid):
    """Nanoseconds that the thread with the gateway's loop has been on a processor."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0])


class Watch:
    """Asks for the protected page with a cookie again and again, until some requests after the first refusal."""

    def __init__(self, console, cookie):
        self.console, self.cookie, self.asked = console, cookie, []
        self.over = threading.Event()
        self.begun = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        if cookie:
            self.thread.start()
            self.begun.wait(PATIENCE)

    def run(self):
        link, deadline, refused = self.console.connect(), time.monotonic() + PATIENCE, 0
        while refused < 20 and time.monotonic() < deadline and not self.over.is_set():
            sent = time.monotonic()
            status, _ = self.console.ask("/app/", self.cookie, link)
            self.asked.append((sent, time.monotonic(), status))
            self.begun.set()
            refused += status == 401
        link.close()

    def result(self, begun, acknowledged):
        if not self.cookie:
            return {"watched": False}
        self.thread.join(PATIENCE)
        self.over.set()
        milliseconds = lambda moment: round((moment - begun) * 1000, 1)
        refused = [end for _, end, status in self.asked if status == 401]
        return {
            "watched": True,
            "acknowledged": milliseconds(acknowledged),
            "refused": milliseconds(refused[0]) if refused else None,
            "let_in_before": sum(status == 200 for _, _, status in self.asked),
            "asked_after": sum(sent > acknowledged for sent, _, _ in self.asked),
            "let_in_after": sum(
                status == 200 and sent > acknowledged for sent, _, status in self.asked
            ),
        }
