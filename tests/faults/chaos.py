#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""chaos.py --minutes N [--seed S] [--nodes K] [--tcp] [--only WORD] [--faults 1|2]: one fault after the other, at random, every other time two at
once, until the time is over or a promise is not kept. Then it shows the history that proves it and ends with 1. The same seed gives the
same faults in the same order; what the clients do in between depends on the machine, too."""

import argparse
import pathlib
import random
import secrets
import shutil
import signal
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

# pylint: disable=wrong-import-position
from catalogue import FAULTS, TCP_FAULTS  # noqa: E402
from faults import apart, partners, together  # noqa: E402
from figures import CHECKS, ENDS  # noqa: E402
from history import now  # noqa: E402
from rounds import Broken, Run, Size  # noqa: E402
from world import World  # noqa: E402


CUT_APART = 0.4  # how often, of all times that two faults are chosen


def arguments():
    parser = argparse.ArgumentParser(prog="./dev chaos", description=__doc__.split(":", 1)[1])
    parser.add_argument("--minutes", type=float, default=5.0, metavar="N")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), metavar="S")
    parser.add_argument(
        "--nodes", type=int, default=2, metavar="K", help="gateways on the same stores"
    )
    parser.add_argument(
        "--only", default="", metavar="WORD", help="faults with this word in their names"
    )
    parser.add_argument(
        "--faults",
        type=int,
        choices=[1, 2],
        metavar="1|2",
        help="at a time; default: by turns, with --only one",
    )
    parser.add_argument(
        "--tcp", action="store_true", help="the stores are reached over TCP, and more can go wrong"
    )
    options = parser.parse_args()
    options.known = {**FAULTS, **(TCP_FAULTS if options.tcp else {})}
    options.chosen = [fault for name, fault in options.known.items() if options.only in name]
    if not options.chosen:
        parser.error(f"no fault has {options.only!r} in its name")
    if options.faults == 2 and not any(
        partners(fault, options.known.values()) for fault in options.chosen
    ):
        parser.error(
            f"nothing can happen at the same time as what has {options.only!r} in its name"
        )
    return options


def report(run, faults, minutes):
    figures = run.checker.figures
    print(
        "\n".join(
            [
                f"\n{run.rounds} faults of {len(set(faults))} kinds in {minutes:.1f} minutes",
                *figures.report(),
            ]
        )
    )
    reached = min(figures.checks["faults"] / CHECKS, figures.ended["faults"] / ENDS)
    if 0 < reached < 1:
        print(f"at this rate both numbers are reached in {minutes / reached:.0f} minutes")
    sys.stdout.flush()


def choose(rng, options, number):
    """What goes wrong in the round of that number."""
    count = options.faults or (1 if options.only or number % 2 else 2)
    return choose_two(rng, options) if count == 2 else rng.choice(options.chosen)


def choose_two(rng, options):
    """In two places. Often two gateways are cut off from one store each: no other gateway sees what one of them does then."""
    one_way = [fault for fault in options.chosen if fault.one_way]
    if one_way and options.nodes > 1 and rng.random() < CUT_APART:
        first = rng.choice(one_way)
        return apart(
            first,
            rng.choice(
                [
                    fault
                    for fault in options.known.values()
                    if fault.one_way and fault.place != first.place
                ]
            ),
        )
    first = rng.choice(
        [fault for fault in options.chosen if partners(fault, options.known.values())]
    )
    return together(first, rng.choice(partners(first, options.known.values())))


def go(world, options):
    run, faults, rng = Run(world, options.seed), [], random.Random(options.seed)
    begin = now()
    end = begin + options.minutes * 60
    try:
        while now() < end:
            fault = choose(rng, options, run.rounds + 1)
            run.size = Size(during=rng.choice([0.3, 1.2, 1.2, 3.0]))
            faults.append(fault.name)
            print(f"{run.rounds + 1}: {fault.name}", flush=True)
            run.round(fault)
    except Broken as broken:
        print(f"\n{broken}\n")
        return 1
    finally:
        report(run, faults, (now() - begin) / 60)
    return 0


def keep_logs(root, world):
    """Where the next one who runs this does not delete them."""
    kept = HERE.parents[1] / "build" / "chaos"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for name in [*world.names, "redis", "pg"]:
        for log in (root / name).glob("*.log"):
            shutil.copy(log, kept / f"{name}.{log.name}")
    print(f"logs are in {kept}")


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(
        f"seed {options.seed}, {options.nodes} gateways{' over TCP' if options.tcp else ''}, {options.minutes:g} minutes",
        flush=True,
    )
    root = pathlib.Path(tempfile.mkdtemp(prefix="gh-"))
    world = World(root, options.nodes, tcp=options.tcp)
    try:
        failed = go(world.start(), options)
        if failed:
            keep_logs(root, world)
    except Exception:
        keep_logs(root, world)
        raise
    finally:
        world.stop()
        shutil.rmtree(root, ignore_errors=True)
    print("kept" if not failed else f"BROKEN with seed {options.seed}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
