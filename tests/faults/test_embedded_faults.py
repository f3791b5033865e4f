# SPDX-License-Identifier: Apache-2.0
# Goal: the same promises without Redis and PostgreSQL: two gateways and the command line on one SQLite file that is locked, cannot be
# written or read for long, while gateways are killed, stopped, restarted and reloaded. An end is known everywhere within a second.
import os

import pytest

from catalogue import FAULTS
from excuses import Terms
from embedded_faults import EMBEDDED_FAULTS
from embedded_world import EmbeddedWorld
from rounds import Run, Size

SEED = int(os.environ.get("GATEHOUSE_FAULT_SEED", "1"))
GATEWAYS = ["a gateway killed", "a gateway stopped", "a gateway restarted", "a gateway reloaded"]
ALL = {**EMBEDDED_FAULTS, **{name: FAULTS[name] for name in ("nothing", *GATEWAYS)}}


@pytest.fixture(scope="module")
def run(make_world, report):
    found = Run(
        make_world(EmbeddedWorld),
        SEED,
        Size(movers=6, before=0.3, during=0.9, after=0.9),
        Terms(near=1.0, idle_grace=3.0),
    )
    report("two gateways on one SQLite file", found)
    return found


@pytest.mark.parametrize("name", ALL)
def test_fault(run, name):
    ended, checks = run.checker.figures.ended["all"], run.checker.counts["check", 204]
    run.round(ALL[name])
    assert run.checker.figures.ended["all"] > ended and run.checker.counts["check", 204] > checks
