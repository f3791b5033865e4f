# SPDX-License-Identifier: Apache-2.0
# Goal: ./dev test goes on after a failure, tells how long each phase took before it counts, and what cannot be built is a
# failure too.
import os
import re
import subprocess

import pytest
from tree import ROOT

# The real layers.sh, with builds and runners that take a moment of a processor in place of the real ones.
STUBS = """
. tests/house/layers.sh
say() { echo "==> $*" >&2; }
die() { say "$*"; exit 1; }
in_ci() { [[ $CI == true ]]; }
has_node() { true; }
npm_packages() { true; }
work() { /usr/bin/python3 -c 'import time
while time.process_time() < 0.1: pass'; }
build_release() { work; }
build_asan() { work; }
build_tsan() { [[ ${CANNOT_BUILD-tsan} != tsan ]]; }
build_fuzz() { work; }
run_lint() { [[ ${LINT-content} == content ]]; }
behind_the_tests() { behind >build/behind.log 2>&1 & behind=$!; }
browser_layer() { pytest_layer browser; }
boost_layer() { work; mkdir -p "build/$2/results/$1"; echo '<s><testcase assertions="1" name="a"/></s>' >"build/$2/results/$1/p.xml"; }
run_pytest() { false; }
pytest_layer() {
    local failure=''
    [[ ${FAILING-house} != "$1" ]] || failure='<failure/>'
    echo "<s><testcase name='b'>$failure</testcase></s>" >"build/results/$1${2:+.${2#*=}}.xml"
    [[ -z $failure ]]
}
"""


@pytest.fixture
def run_tests(tmp_path):
    (tmp_path / "tests").symlink_to(ROOT / "tests")

    def run(*words, **more):
        script = f"set -euo pipefail\n{STUBS}\nrun_tests {' '.join(words)}"
        environment = {**os.environ, "CI": "", "LC_ALL": "C.UTF-8", **more}
        return subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    return run


def phases(text):
    """Of each phase its seconds of the processors, and whether it failed."""
    table = text[text.index("phase ") : text.index("\nlayer ")]
    return {
        name: (float(seconds), bool(failed))
        for name, seconds, failed in re.findall(
            r"^(\S.*?) +\d+:\d\d +([\d.]+)(  failed)?$", table, re.MULTILINE
        )
    }


def test_the_phases_stand_before_the_tally(run_tests):
    done = run_tests("unit")
    assert done.returncode == 0, done.stderr
    told = phases(done.stdout)
    assert list(told) == [
        "build release all_tests",
        "unit release",
        "build asan all_tests",
        "unit asan",
    ]
    assert all(seconds >= 0.1 and not failed for seconds, failed in told.values())
    assert done.stdout.splitlines()[-1] == "2 passed, 0 failed"


def test_a_layer_that_failed_has_its_phase_and_the_next_one_runs(run_tests):
    done = run_tests("house", "unit")
    assert done.returncode == 1
    told = phases(done.stdout)
    assert told["house"][1] and not told["unit asan"][1]
    assert done.stdout.splitlines()[-1] == "2 passed, 1 failed"


def test_what_cannot_be_built_is_a_failure(run_tests):
    done = run_tests("unit", "threads")
    assert done.returncode == 1
    assert phases(done.stdout)["build tsan"][1]
    assert "FAILED build tsan" in done.stdout
    assert done.stdout.splitlines()[-1] == "2 passed, 1 failed"


def test_a_layer_that_is_not_there_is_refused_before_anything_is_built(run_tests, tmp_path):
    done = run_tests("unit", "untied")
    assert done.returncode == 1 and "no such layer: untied" in done.stderr
    assert not (tmp_path / "build").exists()


def test_one_test_that_fails_is_told(run_tests):
    done = run_tests("--only", "test_passes_on_the_exit_code")
    assert done.returncode == 1
    assert re.search(r"==> FAILED: test_passes_on_the_exit_code, \d+ s\n$", done.stderr)


def test_what_waits_for_no_test_is_done_behind_the_integration_tests(run_tests):
    done = run_tests(CI="true", CANNOT_BUILD="nothing", FAILING="none")
    assert done.returncode == 0, done.stdout
    told = phases(done.stdout)
    behind = [name for name in told if name.startswith("behind integration: ")]
    assert behind == [
        f"behind integration: {what}"
        for what in ("build asan", "build release", "build tsan", "build fuzz", "lint")
    ]
    assert list(told)[0] == "build release gatehouse"
    assert max(map(list(told).index, behind)) < list(told).index("unit release")


def test_a_linter_that_is_not_content_fails_the_run(run_tests):
    done = run_tests(CI="true", CANNOT_BUILD="nothing", FAILING="none", LINT="angry")
    assert done.returncode == 1
    assert phases(done.stdout)["behind integration: lint"][1]
    assert done.stdout.splitlines()[-1].endswith(" 0 failed")


def test_what_cannot_be_built_behind_the_tests_is_told_by_its_layer(run_tests):
    done = run_tests(CI="true")
    assert done.returncode == 1
    assert "FAILED build tsan" in done.stdout
