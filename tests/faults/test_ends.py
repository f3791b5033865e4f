# SPDX-License-Identifier: Apache-2.0
# Goal: every way to end a session, with every reason why a gateway may not hear of it: what was answered is true. "Done": every gateway
# refuses the session within the bound, and for good. "Recorded, not confirmed": within a second after all is well, and for good.
# "Failed": it goes on. What happens by SQL is not answered; it counts like "done".
import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import tempfile
import threading

import pytest

from ends import ACTS, LEFT_OUT, MISSES, ROWS, possible
from ends_run import Group, outcome
from world import World

SEED = int(os.environ.get("GATEHOUSE_FAULT_SEED", "1"))
WORLDS = 4  # at the same time: most of the time they wait
STARTING = threading.Lock()  # not when they start


def tried(rows):
    """In a world of their own."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="gh-"))
    with contextlib.ExitStack() as ends:
        ends.callback(shutil.rmtree, root, ignore_errors=True)
        world = World(root)
        ends.callback(world.stop)
        with STARTING:
            world.start()
        return Group(world, rows, SEED).run()


@pytest.fixture(scope="module")
def groups(request):
    """All groups of which a row is wanted, each tried once: group → Future."""
    rows = {}
    for item in request.session.items:
        row = getattr(item, "callspec", None) and item.callspec.params.get("row")
        if row and item.module is request.module:
            rows.setdefault(row.group, []).append(row)
    pool = concurrent.futures.ThreadPoolExecutor(WORLDS)
    yield {
        group: pool.submit(tried, found)
        for group, found in sorted(rows.items(), key=lambda entry: "20s" not in entry[0][0])
    }
    pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_end(groups, row):
    group = groups[row.group].result()
    violations = group.violations(row)
    assert not violations, "\n".join(map(str, violations[:3]))
    for scene in group.of(row):
        assert scene.done
        for event, sessions in scene.done:
            said = outcome(event)
            # A machine without time lets everything fail, and nobody knows how far it got.
            starved = said == "failed" and group.checker.starved(event.start - 1.0, event.end) > 0.0
            assert starved or said in possible(row, scene.node, group.world.names), event.told()
            for session in sessions:
                last = {one.result for one in group.last(session)}
                assert (
                    last == ({204} if said == "failed" else {401})
                    or starved
                    and last in ({204}, {401})
                ), (event.told(), last)
            if not sessions:
                assert {one.fact("permissions") for one in group.last(scene.actor)} == {""}


def test_no_row_is_missing():
    """What is left out has a reason."""
    assert {(row.what, row.by, row.miss) for row in ROWS} | {
        (what, by, name) for what, by in ACTS for name in MISSES if (by, name) in LEFT_OUT
    } == {(what, by, name) for what, by in ACTS for name in MISSES}
