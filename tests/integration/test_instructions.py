# SPDX-License-Identifier: Apache-2.0
# Goal: a check costs the gateway no more instructions than when they were counted last. Callgrind counts them, so the figure does
# not depend on the machine's mood; it does depend on the compiler and the libraries, which are Debian's.
import pathlib
import sys
import tempfile

import pytest

from servers import TOP

sys.path[:0] = [str(TOP / "tests" / "bench"), str(TOP / "tests" / "faults")]

# pylint: disable=wrong-import-position
from bench import Bench  # noqa: E402
from instructions import STORED, TOLERANCE, instructions_per_request  # noqa: E402


@pytest.fixture(scope="module", name="targets")
def gateways_behind_nginx():
    with tempfile.TemporaryDirectory(prefix="gh-") as directory:
        root = pathlib.Path(directory)
        root.chmod(0o755)
        with Bench(root) as bench:
            bench.make(STORED)
            bench.start(many=False)
            yield bench.targets


@pytest.mark.parametrize("name", STORED)
def test_no_more_than_stored(targets, name, record_property):
    counted = instructions_per_request(targets[name])
    record_property("instructions", counted)
    assert (
        0 < counted <= STORED[name] * TOLERANCE
    ), f"{name}: {counted:.0f} instructions per request, stored are {STORED[name]}"
