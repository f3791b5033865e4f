# SPDX-License-Identifier: Apache-2.0
# Goal: whatever ./dev starts ends with it: what detaches itself, what ignores SIGTERM, and its temporary directory.
import os
import pathlib
import select
import signal
import subprocess
import sys

import pytest
from tree import ROOT

# A program that never ends by itself.
FOREVER = "tail -f /dev/null"
SHORT_GRACE = "import leash, sys; leash.GRACE = 0.3; leash.main()"


def leash(command, **environment):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests/house"), **environment}
    return subprocess.Popen(
        [sys.executable, "-c", SHORT_GRACE, "bash", "-c", command],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
    )


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("code", [0, 3])
def test_passes_on_the_exit_code(code):
    process = leash(f"exit {code}")
    assert process.wait(20) == code


def test_tells_which_signal_ended_the_command():
    process = leash("kill -ABRT $$")
    assert process.wait(20) == 128 + signal.SIGABRT


def test_ends_what_detached_itself():
    process = leash(f"setsid {FOREVER} & echo $!")
    said = process.communicate(timeout=20)[0]
    assert process.returncode == 0
    assert not is_alive(int(said))


@pytest.mark.parametrize(
    "command",
    [
        f"echo $$; {FOREVER}",
        f"{FOREVER} & echo $!; wait",
        f"setsid {FOREVER} & echo $!; wait",
        f"trap '' TERM; echo $$; while :; do {FOREVER}; done",
    ],
    ids=["itself", "a child", "a detached child", "deaf to SIGTERM"],
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(command, number):
    process = leash(command)
    pid = int(process.stdout.readline())
    assert is_alive(pid)
    process.send_signal(number)
    assert process.wait(20) == 128 + number
    assert not is_alive(pid)


def test_a_command_that_ends_in_order_has_its_own_exit_code():
    process = leash(f"trap 'exit 0' TERM; echo ready; {FOREVER} & wait")
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    assert process.wait(20) == 0


def test_takes_its_temporary_directory_along():
    process = leash("touch $TMPDIR/a; echo $TMPDIR")
    directory = process.communicate(timeout=20)[0].strip()
    assert directory.startswith("/")
    assert not pathlib.Path(directory).exists()


def test_the_command_dies_with_a_killed_leash(tmp_path):
    process = leash(f"echo $$; exec {FOREVER}", TMPDIR=str(tmp_path))
    pid = int(process.stdout.readline())
    watched = os.pidfd_open(pid)
    process.kill()
    process.wait(20)
    assert select.select([watched], [], [], 20)[0]
