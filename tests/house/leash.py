#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""leash.py COMMAND…: runs a command so that nothing of it is left behind.

Whatever the command starts, also what detaches itself, stays our descendant (PR_SET_CHILD_SUBREAPER). When the command
ends, or when we are told to end (SIGINT, SIGTERM, SIGHUP), every descendant gets SIGTERM, after GRACE seconds SIGKILL.
TMPDIR is a fresh directory, removed at the end. Exit code: the command's own, 128 + n if signal n ended it.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

GRACE = 10.0
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
libc = ctypes.CDLL(None, use_errno=True)


def descendants(ancestor):
    """Process ids below that one, children before grandchildren; zombies left out."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                state, parent = stat.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it has ended since
        if state != "Z":
            parents.setdefault(int(parent), []).append(int(name))
    found, front = [], [ancestor]
    while front:
        front = [child for pid in front for child in parents.get(pid, [])]
        found += front
    return found


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def reap():
    """Collects the children that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def end_all():
    """Ends every descendant; those that are asked to end may end their own children in order."""
    asked, deadline = set(), time.monotonic() + GRACE
    while pids := descendants(os.getpid()):
        if time.monotonic() > deadline:
            send(pids, signal.SIGKILL)
        else:
            send(set(pids) - asked, signal.SIGTERM)
            asked.update(pids)
        # SIGCHLD wakes us; the time-out is for grandchildren, whose end is not told to us.
        signal.sigtimedwait({signal.SIGCHLD}, 0.05)
        reap()
    reap()


def before_exec():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [*ENDING, signal.SIGCHLD])


def run(command):
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=before_exec
    )
    while True:
        received = signal.sigwait({*ENDING, signal.SIGCHLD})
        if received != signal.SIGCHLD:
            # Only the command itself is asked; it knows the order in which its parts end.
            send([child.pid], signal.SIGTERM)
            deadline = time.monotonic() + GRACE
            while child.poll() is None and time.monotonic() < deadline:
                signal.sigtimedwait({signal.SIGCHLD, *ENDING}, 0.1)
            return (
                child.returncode
                if child.returncode is not None and child.returncode >= 0
                else 128 + received
            )
        if child.poll() is not None:
            return child.returncode if child.returncode >= 0 else 128 - child.returncode


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    signal.pthread_sigmask(signal.SIG_BLOCK, [*ENDING, signal.SIGCHLD])
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    scratch = tempfile.mkdtemp(prefix="gatehouse-")
    os.chmod(scratch, 0o755)  # servers that run as a user of their own have directories in here
    os.environ["TMPDIR"] = scratch
    try:
        code = run(sys.argv[1:])
    finally:
        end_all()
        shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
