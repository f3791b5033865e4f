# SPDX-License-Identifier: Apache-2.0
# Goal: what a build costs is noted for each file, a failure stays one, and the costliest are named first.
import subprocess

from tree import ROOT

PROGRAM = ROOT / "tests/house/processor_time.py"


def timed(*words):
    return subprocess.run(
        [PROGRAM, *words], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_command_is_noted_and_keeps_its_exit_code(tmp_path):
    log = tmp_path / "log"
    assert timed(log, "sh", "-c", "echo said; exit 3", "-o", "a.o").returncode == 3
    assert (
        timed(
            log, "sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done", "-o", "b.o"
        ).returncode
        == 0
    )
    quick, busy = (line.split() for line in log.read_text().splitlines())
    assert (quick[1], busy[1]) == ("a.o", "b.o")
    assert 0 <= float(quick[0]) < float(busy[0])


def test_the_report_has_the_sum_and_the_costliest_first(tmp_path):
    log = tmp_path / "log"
    log.write_text(
        "".join(f"{seconds}.50 CMakeFiles/room.dir/{seconds}.o\n" for seconds in range(30))
    )
    said = timed(log).stdout.splitlines()
    assert said[0].startswith("450 s of processor time for 30 files")
    assert said[1].split() == ["29.5", "s", "room.dir/29.o"]
    assert len(said) == 26
