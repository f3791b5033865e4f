#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""up.py BUILD: the demo for whoever works on the gateway. PostgreSQL, Redis, the gateway of the directory BUILD, the demo application and
nginx, in a temporary directory, with the logs of all of them, until Ctrl-C or SIGTERM. When a source has been saved the
gateway is built, and restarted if it could be built. GATEHOUSE_PORT chooses the port; a free one is taken if that is not free."""

import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

import run

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "lib"))

from stores import Postgres, Redis  # noqa: E402 pylint: disable=wrong-import-position

PAUSE = 0.2  # seconds between two looks at the sources and the logs
WATCHED = ("CMakeLists.txt", "gateway", "storage", "migrations")


def sources(top):
    """Path: when it was last saved, of everything that the program is built from."""
    found = {}
    for name in WATCHED:
        for directory, _, files in os.walk(top / name):
            found.update(
                (path, os.stat(path).st_mtime_ns)
                for path in (os.path.join(directory, file) for file in files)
            )
    return found


def saved(top, before):
    """The sources as they are, and those that are not as before. A file that an editor is just replacing counts at the next look."""
    try:
        now = sources(top)
    except FileNotFoundError:
        return before, []
    return now, sorted({os.path.relpath(path, top) for path, _ in now.items() ^ before.items()})


class Logs:
    """What has been added to the logs since the last look, each line behind the name of its log."""

    def __init__(self, paths):
        self.paths, self.read = paths, {}

    def show(self):
        for name, path in self.paths.items():
            if not path.exists():
                continue
            with open(path, "rb") as log:
                log.seek(self.read.get(path, 0))
                lines, newline, _ = log.read().rpartition(b"\n")
            self.read[path] = self.read.get(path, 0) + len(lines) + len(newline)
            for line in lines.decode(errors="replace").splitlines():
                tell(name, line)


def tell(name, line):
    run.say(f"{name:<10}| {line}")


class Up(run.Demo):
    def __init__(self, build, root, top, command):
        super().__init__(build / "gatehouse", root)
        self.top, self.command, self.building, self.built = top, command, None, self.version()
        self.sources = sources(top)
        self.stores = [Postgres(root / "pg"), Redis(root / "redis")]
        self.logs = Logs(
            {
                "postgresql": self.stores[0].log,
                "redis": self.stores[1].log,
                "gateway": root / "gateway.log",
                "app": root / "app.log",
                "access": root / "nginx" / "access.log",
                "nginx": root / "nginx" / "error.log",
                "build": root / "build.log",
            }
        )
        with open(self.config, "a", encoding="utf-8") as config:
            config.write("generate_keys = true\n")

    def start_all(self, port):
        postgres, redis = (store.start() for store in self.stores)
        self.processes += [
            ("postgresql", postgres.process),
            ("redis", redis.process),
        ]  # nobody can do without them
        self.environment.update(
            SESSION_ENVIRONMENT="development",
            DATABASE_URL=postgres.create_database("gatehouse"),
            REDIS_URL=redis.url,
        )
        super().start_all(port)

    def stores_of_console(self):
        names = ("PostgreSQL", "Redis")
        return {name: {"pid": store.process.pid} for name, store in zip(names, self.stores)}

    def stop(self):
        if self.building:
            run.end([self.building])
        super().stop()
        run.end([store.process for store in self.stores if store.process])

    def version(self):
        status = os.stat(self.binary)
        return status.st_ino, status.st_mtime_ns

    def look(self):
        """Builds when something was saved, and once more when something was saved while it was built."""
        if self.building:
            if self.building.poll() is not None:
                self.after_build()
            return
        self.sources, names = saved(self.top, self.sources)
        if names:
            tell("up", f"saved: {', '.join(names[:5])}{' …' if names[5:] else ''}; building")
            with open(self.root / "build.log", "ab") as log:
                self.building = subprocess.Popen(
                    self.command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def after_build(self):
        code, self.building = self.building.returncode, None
        self.logs.show()
        if code != 0:
            tell("up", "it could not be built; the gateway that is running goes on")
        elif self.version() == self.built and any(name == "gateway" for name, _ in self.processes):
            tell("up", "nothing in the gateway has changed")
        else:
            self.built = self.version()
            self.restart()

    def restart(self):
        gone = [entry for entry in self.processes if entry[0] == "gateway"]
        self.processes = [entry for entry in self.processes if entry not in gone]
        run.end([process for _, process in gone])
        try:
            self.start_gateway()
            self.tell_console()
            tell("up", f"the gateway has been restarted, process {self.processes[-1][1].pid}")
        except (SystemExit, subprocess.CalledProcessError) as error:
            tell("up", f"{str(error).splitlines()[0]} it is started again after the next build")

    def watch(self):
        """Until a signal, or until something that the gateway needs has ended: its name."""
        pause = threading.Event()
        while True:
            self.logs.show()
            self.look()
            for name, process in self.processes:
                if process.poll() is None:
                    continue
                if name != "gateway":
                    return name
                self.processes.remove((name, process))
                tell(
                    "up",
                    f"the gateway has ended with {process.returncode}; it is started again after the next build",
                )
                break
            pause.wait(PAUSE)


def ended(*_):
    for number in run.ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="where the gateway is built, with ninja")
    parser.add_argument(
        "--top", type=pathlib.Path, default=TOP, help="where the sources are that are watched"
    )
    parser.add_argument(
        "--command", nargs="+", help="what builds the gateway (ninja -C BUILD gatehouse)"
    )
    options = parser.parse_args()
    build = options.build.resolve()
    for number in run.ENDING:
        signal.signal(number, ended)
    root = pathlib.Path(tempfile.mkdtemp(prefix="up-"))
    root.chmod(0o755)  # PostgreSQL runs as a user of its own
    up = Up(
        build, root, options.top.resolve(), options.command or ["ninja", "-C", build, "gatehouse"]
    )
    try:
        port = run.free_port(int(os.environ.get("GATEHOUSE_PORT") or 8080))
        up.start_all(port)
        user, admin = up.add_users()
        run.say(f"ready: http://127.0.0.1:{port}/ user: {run.USER} password: {user}")
        run.say(f"for /admin/ user: {run.ADMIN} password: {admin}")
        raise SystemExit(f"{up.watch()} has ended by itself; its log stands above")
    finally:
        up.logs.show()
        up.stop()
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
