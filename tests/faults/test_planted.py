# SPDX-License-Identifier: Apache-2.0
# Goal: the checker finds what it is there for. Each bug of storage/planted.h is found within a minute, by an accusation that
# this bug can cause; and the same program under the same faults, with no bug planted, is accused of nothing.
import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

from catalogue import FAULTS
from ends import ROWS
from ends_run import LONG_AFTER, Group
from faults import Fault
from hard_times import cut_off, late, slow
from history import now
from rounds import Broken, Run, Size
from servers import TOP, gatehouse_binary
from world import World

SEED = int(os.environ.get("GATEHOUSE_FAULT_SEED", "1"))
MINUTE = 60.0
PROGRAM = gatehouse_binary()
PLANTED = PROGRAM.with_name("gatehouse_planted")


@dataclasses.dataclass(frozen=True)
class Hunt:
    """How a bug comes to light: what it is accused of then, under which fault, and what is to be done more often meanwhile."""

    rules: set
    fault: Fault
    operations: dict = dataclasses.field(default_factory=dict)
    size: Size = Size()

    def round(self, run):
        run.size = self.size
        run.operations.update(self.operations)
        run.round(self.fault)


HUNTS = {
    "no_tombstone": Hunt({"ended"}, FAULTS["nothing"]),
    "plain_set": Hunt(
        {"ended"}, slow("sql", 0.05), {"logout_in_use": 600}, Size(during=2.5, movers=6)
    ),
    "fill_without_counter": Hunt(
        {"ended"}, slow("sql", 0.05), {"logout_in_use": 600}, Size(during=2.5, movers=6)
    ),
    "no_generation_check": Hunt({"ended", "lost"}, FAULTS["nothing"], {"login_race": 60}),
    "feed_by_number": Hunt({"ended"}, FAULTS["nothing"], {"disable_by_hand": 20}),
    # Whoever ends a session must not wait for the gateway that is cut off.
    "near_after_link_death": Hunt(
        {"ended"}, cut_off(), {"admin_revoke": 60}, Size(during=3.5, movers=6)
    ),
    "cleared_redis_error": Hunt(
        {"identity", "ended", "refused"},
        late("redis", by=0.2),
        {"logout_in_use": 600},
        Size(during=2.5, movers=6),
    ),
    "revoked_ignored": Hunt({"ended"}, FAULTS["redis flushed"]),
    "error_means_401": Hunt({"refused"}, FAULTS["the way to sql is down"]),
}


# Found by rows of ends.py, each of which must fail; and how long these are to be watched when all is well again.
ROW_HUNTS = {
    "end_without_acknowledgement": (["logout-by_page-apart"], 1.5),
    "replay_ignores_deleted_rows": (
        [f"{what}-by_sql-redis_cut_8s" for what in ("expire", "delete_session", "delete_user")],
        LONG_AFTER,
    ),
    "hearer_without_journal": (["logout-by_page-sql_back_for_one"], 1.5),
}


@contextlib.contextmanager
def planted(monkeypatch, bug):
    """A world of gateways that have this bug."""
    monkeypatch.setenv("GATEHOUSE_BINARY", str(PLANTED))
    monkeypatch.setenv("PLANTED_BUG", bug)
    root = pathlib.Path(tempfile.mkdtemp(prefix="gh-"))
    world = World(root)
    try:
        yield world.start()
    finally:
        world.stop()
        shutil.rmtree(root, ignore_errors=True)


def look_for(hunt, run):
    """Rounds until something is found that fits, a minute long; the violations that do."""
    found, begin = [], now()
    while not found and now() - begin < MINUTE:
        with contextlib.suppress(Broken):
            hunt.round(run)
        found = [violation for violation in run.checker.violations if violation.rule in hunt.rules]
    return found, now() - begin


@pytest.mark.parametrize("bug", HUNTS)
def test_a_planted_bug_is_found(monkeypatch, record_property, bug):
    with planted(monkeypatch, bug) as world:
        run = Run(world, SEED)
        found, took = look_for(HUNTS[bug], run)
    record_property("seconds", round(took, 1))
    print(
        f"{bug}: {'found' if found else 'not found'} after {took:.1f} s and {run.rounds} rounds",
        *found[:1],
        sep="\n",
    )
    assert found, [violation.rule for violation in run.checker.violations]
    assert took < MINUTE


@pytest.mark.parametrize("bug", ROW_HUNTS)
def test_a_planted_bug_is_found_by_rows(monkeypatch, bug):
    names, after = ROW_HUNTS[bug]
    with planted(monkeypatch, bug) as world:
        group = Group(world, [row for row in ROWS if str(row) in names], SEED, after).run()
    assert [
        str(row) for row in group.rows if "ended" in {one.rule for one in group.violations(row)}
    ] == names


def test_no_bug_has_no_hunt():
    """The program knows them by these names."""
    names = re.search(
        r"bug_names\{(.*?)\}",
        (TOP / "storage" / "planted.h").read_text(encoding="utf-8"),
        re.DOTALL,
    )[1]
    assert set(re.findall(r'"(\w+)"', names)) == {"none", *HUNTS, *ROW_HUNTS}


def test_nothing_is_found_where_no_bug_is_planted(monkeypatch):
    with planted(monkeypatch, "none") as world:
        run = Run(world, SEED)
        for hunt in HUNTS.values():
            hunt.round(run)
        assert run.checker.figures.ended["all"] > 100 and run.checker.counts["check", 204] > 1000


def test_only_the_build_for_tests_has_bugs_and_says_so(monkeypatch):
    said = {
        program: subprocess.run(
            [program, "version"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for program in (PROGRAM, PLANTED)
    }
    assert said[PLANTED] == said[PROGRAM] + "+planted"
    assert b"PLANTED_BUG" in PLANTED.read_bytes() and b"PLANTED_BUG" not in PROGRAM.read_bytes()
    with planted(monkeypatch, "none") as world:
        assert all(node.events("test_build") for node in world.nodes)
