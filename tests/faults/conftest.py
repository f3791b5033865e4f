# SPDX-License-Identifier: Apache-2.0
"""The fault tests use the servers of the integration tests."""

import os
import pathlib
import shutil
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

# pylint: disable=wrong-import-position
from world import World  # noqa: E402


RUNS = pytest.StashKey()   # title → a Run, for the report at the end


def pytest_configure(config):
    config.stash[RUNS] = {}


def pytest_terminal_summary(terminalreporter, config):
    for title, run in config.stash[RUNS].items():
        terminalreporter.section(f"{title}: {run.rounds} faults, seed {run.seed}")
        for line in run.checker.figures.report():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def report(request):
    """Takes a Run whose figures are to be shown."""
    return request.config.stash[RUNS].__setitem__


@pytest.fixture(scope="session")
def world(request):
    """Two gateways. Its directory has a short name, because paths of unix sockets are short; KEEP_LOGS keeps it after a failure."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="gh-"))
    found = World(root)
    try:
        yield found.start()
    finally:
        found.stop()
        if request.session.testsfailed and os.environ.get("KEEP_LOGS"):
            print(f"\nlogs are kept in {root}")
        else:
            shutil.rmtree(root, ignore_errors=True)
