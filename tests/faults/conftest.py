# SPDX-License-Identifier: Apache-2.0
"""The fault tests use the servers of the integration tests."""

import contextlib
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

# pylint: disable=wrong-import-position
from world import World  # noqa: E402


RUNS = pytest.StashKey()  # title → a Run, for the report at the end


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


@pytest.fixture(scope="module")
def short_root(request):
    """A directory for the tests of one file, with a short name as below."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="gh-"))
    root.chmod(0o755)
    yield root
    clean_up(request.session, root)


@pytest.fixture(scope="module")
def make_world(request):
    """Starts a world and stops it after the tests of one file. Its directory has a short name, because paths of unix sockets are short;
    KEEP_LOGS keeps it after a failure."""
    with contextlib.ExitStack() as ends:

        def make(kind=World, **options):
            root = pathlib.Path(tempfile.mkdtemp(prefix="gh-"))
            ends.callback(clean_up, request.session, root)
            found = kind(root, **options)
            ends.callback(found.stop)
            return found.start()

        yield make


def clean_up(session, root):
    if session.testsfailed and os.environ.get("KEEP_LOGS"):
        print(f"\nlogs are kept in {root}")
    else:
        shutil.rmtree(root, ignore_errors=True)
