# SPDX-License-Identifier: Apache-2.0
# Goal: the count at the end of a test run cannot be better than the run: crashes, empty tests, broken runners and, in CI,
# skipped tests are failures, and nothing at all is one too.
import os
import subprocess
import sys

import pytest
from tree import ROOT

PASS = '<testcase assertions="1" classname="a" name="b"></testcase>'
FAIL = '<testcase assertions="1" classname="a" name="c"><failure/></testcase>'
ERROR = '<testcase assertions="1" classname="a" name="d"><error/></testcase>'
EMPTY = '<testcase assertions="0" classname="a" name="e"></testcase>'
SKIP = '<testcase assertions="0" classname="a" name="f"><skipped/></testcase>'
PROGRAM_OK = '<testcase name="unit_x" status="run"></testcase>'
PROGRAM_BAD = '<testcase name="unit_x" status="fail"><failure/></testcase>'
PYTEST = '<testcase classname="t" name="g"></testcase>'

UNIT, CTEST, INTEGRATION = (
    "release/results/unit/unit_x.xml",
    "release/results/unit.ctest.xml",
    "results/integration.xml",
)

# What lies there (file: content), whether it is CI, passed, failed.
CASES = {
    "nothing ran": ({}, False, 0, 0),
    "all passed": ({UNIT: PASS, CTEST: PROGRAM_OK, INTEGRATION: PYTEST}, True, 2, 0),
    "one failed": ({UNIT: PASS + FAIL, CTEST: PROGRAM_BAD}, False, 1, 1),
    "an error": ({UNIT: PASS + ERROR, CTEST: PROGRAM_BAD}, False, 1, 1),
    "a test without an assertion": ({UNIT: PASS + EMPTY, CTEST: PROGRAM_OK}, False, 1, 1),
    "the program crashed after its tests": ({UNIT: PASS, CTEST: PROGRAM_BAD}, False, 1, 1),
    "the program wrote nothing": ({UNIT: None, CTEST: PROGRAM_BAD}, False, 0, 1),
    "the program was not there": (
        {CTEST: '<testcase name="unit_x" status="notrun"/>'},
        False,
        0,
        1,
    ),
    "the runner failed": (
        {UNIT: PASS, CTEST: PROGRAM_OK, "results/failed": "integration\n"},
        False,
        1,
        1,
    ),
    "the runner failed because of a test": (
        {UNIT: FAIL, CTEST: PROGRAM_BAD, "results/failed": "unit release\n"},
        False,
        0,
        1,
    ),
    "skipped": ({UNIT: PASS + SKIP, CTEST: PROGRAM_OK}, False, 1, 0),
    "skipped in CI": ({UNIT: PASS + SKIP, CTEST: PROGRAM_OK}, True, 1, 1),
}


def tally(build, in_ci):
    environment = {**os.environ, "CI": "true" if in_ci else ""}
    return subprocess.run(
        [sys.executable, ROOT / "tests/house/tally.py", build],
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("files, in_ci, passed, failed", CASES.values(), ids=CASES)
def test_counts(tmp_path, files, in_ci, passed, failed):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        is_xml = name.endswith(".xml") and content is not None
        (tmp_path / name).write_text(
            f"<testsuite>{content}</testsuite>" if is_xml else content or ""
        )
    done = tally(tmp_path, in_ci)
    assert done.stdout.splitlines()[-1] == f"{passed} passed, {failed} failed"
    assert done.returncode == (0 if passed and not failed else 1)


def test_contract_counts_per_store(tmp_path):
    directory = tmp_path / "asan/results/contract"
    directory.mkdir(parents=True)
    tests = (
        ("identity_sqlite", "redis"),
        ("cache_redis", "x"),
        ("redis_link", "x"),
        ("migrations", "up<Sqlite>"),
        ("other", "x"),
    )
    cases = "".join(
        f'<testcase assertions="1" classname="{suite}" name="{name.replace("<", "&lt;")}"/>'
        for suite, name in tests
    )
    (directory / "contract.xml").write_text(f"<testsuite>{cases}</testsuite>")
    words = [line.split() for line in tally(tmp_path, True).stdout.splitlines()]
    assert ["contract", "redis", "asan", "2", "0", "0"] in words
    assert ["contract", "sqlite", "asan", "2", "0", "0"] in words
    assert ["contract", "other", "asan", "1", "0", "0"] in words
