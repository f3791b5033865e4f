# SPDX-License-Identifier: Apache-2.0
# Goal: whatever goes wrong, every promise is kept: an ended session stays ended, nobody else is signed out, nobody is taken for
# somebody else, nothing acknowledged is lost, and every answer comes in time. GATEHOUSE_FAULT_SEED chooses what is tried.
import os
import random

import pytest

from catalogue import FAULTS
from rounds import Run, Size

SEED = int(os.environ.get("GATEHOUSE_FAULT_SEED", "1"))
WAYS = [
    name for name in FAULTS if "way" in name
]  # there are many, and they are alike: half of them each time


@pytest.fixture(scope="module")
def run(make_world, report):
    found = Run(make_world(), SEED, Size())
    report("two gateways", found)
    return found


def chosen():
    left_out = set(random.Random(SEED).sample(WAYS, len(WAYS) // 2))
    return [name for name in FAULTS if name not in left_out]


@pytest.mark.parametrize("name", chosen())
def test_fault(run, name):
    ended, checks = run.checker.figures.ended["all"], run.checker.counts["check", 204]
    run.round(FAULTS[name])
    assert run.checker.figures.ended["all"] > ended and run.checker.counts["check", 204] > checks
