# SPDX-License-Identifier: Apache-2.0
# Goal: the same promises where the stores are reached over TCP: connections that are reset, packets that never arrive, peers that have
# forgotten a connection. GATEHOUSE_FAULT_SEED chooses what is tried.
import os
import random

import pytest

from catalogue import FAULTS, TCP_FAULTS
from rounds import Run, Size

SEED = int(os.environ.get("GATEHOUSE_FAULT_SEED", "1"))
ALL = {**FAULTS, **TCP_FAULTS}
ALWAYS = [name for name in TCP_FAULTS if "one way" not in name]
SOMETIMES = [name for name in ALL if "way" in name and name not in ALWAYS]


@pytest.fixture(scope="module")
def run(make_world, report):
    found = Run(make_world(tcp=True), SEED, Size())
    report("two gateways, stores over TCP", found)
    return found


@pytest.mark.parametrize("name", ["nothing", *ALWAYS, *random.Random(SEED).sample(SOMETIMES, 3)])
def test_fault(run, name):
    ended, checks = run.checker.figures.ended["all"], run.checker.counts["check", 204]
    run.round(ALL[name])
    assert run.checker.figures.ended["all"] > ended and run.checker.counts["check", 204] > checks
