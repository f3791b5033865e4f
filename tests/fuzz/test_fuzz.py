# SPDX-License-Identifier: Apache-2.0
# Goal: whatever bytes come, what reads them keeps its promises; and a promise that is broken is found and told. The
# inputs are the same at every run; ./dev fuzz tries others, for as long as is wanted.
import re
import subprocess
import sys

import fuzz
import pytest

INPUTS = 50_000


@pytest.mark.parametrize("target", fuzz.targets())
def test_no_input_breaks_a_promise_of(target, tmp_path):
    assert any((fuzz.HERE / "corpus" / target).iterdir()), "a target has seeds"
    outcome = fuzz.run(target, tmp_path, f"-runs={INPUTS}", "-seed=1")
    assert not outcome.said, f"{outcome.said}; run it again: {outcome.again}"
    assert outcome.inputs >= INPUTS


def test_a_broken_promise_is_found_and_its_input_kept():
    said = subprocess.run(
        [sys.executable, fuzz.HERE / "fuzz.py", "--seconds", "60", "planted"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert "broken promise: planted" in said.stdout and said.stdout.endswith("0 held, 1 broken\n")
    command = re.search(r"run it again: (\S+) (\S+)", said.stdout)
    program, kept = (fuzz.ROOT / word for word in command.groups())
    assert kept.read_bytes().startswith(b"bug")
    again = subprocess.run(
        [program, kept], capture_output=True, text=True, errors="replace", check=False
    )
    assert again.returncode != 0 and "broken promise: planted" in again.stderr
    kept.unlink()


def test_an_unknown_target_is_refused():
    said = subprocess.run(
        [sys.executable, fuzz.HERE / "fuzz.py", "fastcig"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 2 and "no such target: fastcig" in said.stderr
