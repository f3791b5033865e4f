# SPDX-License-Identifier: Apache-2.0
"""Child processes of the tests: started with a log, waited for by condition, stopped by their own id."""

import os
import pathlib
import pwd
import signal
import socket
import subprocess
import threading
import time

PATIENCE = 15.0  # seconds until something that should happen counts as not happening; the machine may be busy


class NotReady(AssertionError):
    """Something did not happen in time, or a process ended before it was ready."""


def wait_until(condition, what, timeout=PATIENCE):
    """Returns the first true value of condition()."""
    deadline = time.monotonic() + timeout
    pause = threading.Event()
    while True:
        if result := condition():
            return result
        if time.monotonic() > deadline:
            raise NotReady(f"not within {timeout} s: {what}")
        pause.wait(0.005)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children(pid):
    """All living descendants of a process."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = pathlib.Path(f"/proc/{name}/stat").read_text(errors="replace")
        except OSError:
            continue
        parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(name))
    found, front = [], [pid]
    while front:
        front = [child for parent in front for child in parents.get(parent, [])]
        found += front
    return found


class Process:
    """A running program. Its standard output and error go to `log`."""

    def __init__(self, command, log, user=None, env=None):
        self.command, self.log, self.user, self.env = (
            [str(word) for word in command],
            pathlib.Path(log),
            user,
            env,
        )
        self.process = None

    def start(self):
        identity = {}
        if self.user and os.geteuid() == 0:
            entry = pwd.getpwnam(self.user)
            identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.env,
                process_group=0,
                **identity,
            )
        return self

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process is not None and self.process.poll() is None

    def wait_ready(self, condition, timeout=PATIENCE):
        def ready():
            if not self.running():
                raise NotReady(
                    f"{self.command[0]} ended with {self.process.returncode}:\n{self.log_tail()}"
                )
            return condition()

        try:
            return wait_until(ready, f"{self.command[0]} is ready", timeout)
        except NotReady as error:
            raise NotReady(f"{error}\n{self.log_tail()}") from None

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def log_tail(self, lines=40):
        return "\n".join(self.log_text().splitlines()[-lines:])

    def send(self, number, whole_tree=False):
        for pid in [self.pid, *(children(self.pid) if whole_tree else [])]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def freeze(self):
        """Connections stay, nobody answers."""
        self.send(signal.SIGSTOP, whole_tree=True)

    def thaw(self):
        self.send(signal.SIGCONT, whole_tree=True)

    def stop(self, number=signal.SIGTERM, timeout=PATIENCE):
        """Ends it; the exit code. Killed if it does not end in time, which is an error."""
        if not self.running():
            return self.process.returncode if self.process else None
        self.thaw()
        self.process.send_signal(number)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL, whole_tree=True)
            self.process.wait()
            raise NotReady(
                f"{self.command[0]} did not end after signal {number}\n{self.log_tail()}"
            ) from None
