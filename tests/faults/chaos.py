#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""chaos.py --minutes N [--seed S] [--nodes K] [--only WORD]: one fault after the other, at random, until the time is over or a promise is
not kept. Then it shows the history that proves it and ends with 1. The same seed gives the same faults in the same order; what the
clients do in between depends on the machine, too."""

import argparse
import collections
import pathlib
import random
import secrets
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

# pylint: disable=wrong-import-position
from catalogue import FAULTS  # noqa: E402
from history import now  # noqa: E402
from rounds import Broken, Run, Size  # noqa: E402
from world import World  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(prog="./dev chaos", description=__doc__.split(":", 1)[1])
    parser.add_argument("--minutes", type=float, default=5.0, metavar="N")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), metavar="S")
    parser.add_argument("--nodes", type=int, default=2, metavar="K", help="gateways on the same stores")
    parser.add_argument("--only", default="", metavar="WORD", help="faults with this word in their names")
    return parser.parse_args()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000 if values else 0.0


def report(run, faults):
    counts = collections.Counter()
    for (what, result), count in run.checker.counts.items():
        counts[what] += count
    checks = {result: count for (what, result), count in run.checker.counts.items() if what == "check"}
    stalled = sum(end - start for start, end, _ in run.checker.stalls.spans)
    print(f"faults: {run.rounds} of {len(set(faults))} kinds")
    print(f"checks: {counts['check']} (204: {checks.get(204, 0)}, 401: {checks.get(401, 0)}, unknown: {checks.get(503, 0)}, "
          f"no answer: {checks.get(0, 0) + checks.get(-1, 0)})")
    print(f"sessions ended: {counts['ended']}")
    lags = run.checker.lags
    print(f"seen by another node, ms: p50 {percentile(lags, 0.5):.1f}, p99 {percentile(lags, 0.99):.1f}, p99.9 {percentile(lags, 0.999):.1f}, "
          f"most {percentile(lags, 1.0):.1f} ({len(lags)} times)")
    print(f"the machine was without time for {stalled:.1f} s", flush=True)


def go(world, options):
    run, faults, rng = Run(world, options.seed, Size()), [], random.Random(options.seed)
    names = [name for name in FAULTS if options.only in name] or sys.exit(f"no fault with {options.only!r} in its name")
    end = now() + options.minutes * 60
    try:
        while now() < end:
            faults.append(rng.choice(names))
            print(f"{run.rounds + 1}: {faults[-1]}", flush=True)
            run.round(FAULTS[faults[-1]])
    except Broken as broken:
        print(f"\n{broken}\n")
        return 1
    finally:
        report(run, faults)
    return 0


def main():
    options = arguments()
    print(f"seed {options.seed}, {options.nodes} gateways, {options.minutes:g} minutes", flush=True)
    root = pathlib.Path(tempfile.mkdtemp(prefix="gh-"))
    world = World(root, options.nodes)
    failed = 1
    try:
        failed = go(world.start(), options)
    finally:
        world.stop()
        if failed:
            print(f"logs are in {root}")
        else:
            shutil.rmtree(root, ignore_errors=True)
    print("kept" if not failed else f"BROKEN with seed {options.seed}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
