#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fuzz.py [--seconds N] [TARGET…]: runs fuzz targets that are built in build/fuzz, as many at a time as there are
processors, and prints what became of each. What a target has learnt stays in build/fuzz/corpus and is where the next run begins.
An input that breaks a promise is kept in build/fuzz/broken; then the exit code is 1.

A target is a .cpp file here with seeds in corpus/<its name>.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "fuzz"
BROKEN = BUILD / "broken"
NO_TARGETS = ("main", "planted")
SLOW = 60  # seconds that one input may take
FLAGS = ("-print_final_stats=1", f"-timeout={SLOW}", "-max_len=4096", "-verbosity=1")


def targets():
    return sorted(path.stem for path in HERE.glob("*.cpp") if path.stem not in NO_TARGETS)


@dataclasses.dataclass
class Outcome:
    target: str
    inputs: int  # that were tried
    edges: int  # of the code that were reached
    seconds: float
    input: pathlib.Path  # that broke a promise, or None
    said: str  # about that

    @property
    def again(self):
        return f"build/fuzz/fuzz_{self.target} {os.path.relpath(self.input, ROOT)}"


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def reason(output):
    told = [
        line
        for line in output.splitlines()
        if re.match(r"broken promise|.*runtime error:|SUMMARY:|.*Assertion", line)
    ]
    return told[0] if told else "\n".join(output.splitlines()[-3:])


def run(target, corpus, *limits):
    """Tries inputs until one breaks a promise or `limits` are reached. What is new goes to `corpus`."""
    corpus.mkdir(parents=True, exist_ok=True)
    BROKEN.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    command = [
        BUILD / f"fuzz_{target}",
        *FLAGS,
        *limits,
        f"-artifact_prefix={BROKEN}/{target}-",
        corpus,
    ]
    seeds = HERE / "corpus" / target
    done = subprocess.run(
        [*command, *([seeds] if seeds.exists() else [])],
        cwd=BUILD,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    output = done.stdout + done.stderr
    kept = re.search(r"Test unit written to (.+)", output)
    outcome = Outcome(
        target,
        number(r"stat::number_of_executed_units: (\d+)", output),
        number(r"cov: (\d+)", output),
        time.monotonic() - begin,
        pathlib.Path(kept[1]) if kept else None,
        "",
    )
    if done.returncode != 0:
        outcome.said = reason(output)
    return outcome


def main():
    parser = argparse.ArgumentParser(
        prog="./dev fuzz", description="looks for inputs that break a promise of a parser"
    )
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each target (60)")
    parser.add_argument(
        "target", nargs="*", metavar="TARGET", help=f"one or more of: {' '.join(targets())}"
    )
    asked = parser.parse_args()
    unknown = [name for name in asked.target if not (BUILD / f"fuzz_{name}").exists()]
    if asked.seconds < 1 or unknown:
        parser.error(
            f"no such target: {' '.join(unknown)}" if unknown else "--seconds is 1 or more"
        )
    failed = 0
    print(f"{'target':<18} {'inputs':>10} {'edges':>6} {'seconds':>8}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [
            pool.submit(run, name, BUILD / "corpus" / name, f"-max_total_time={asked.seconds}")
            for name in asked.target or targets()
        ]
        for job in concurrent.futures.as_completed(jobs):
            outcome = job.result()
            print(
                f"{outcome.target:<18} {outcome.inputs:>10} {outcome.edges:>6} {outcome.seconds:>8.0f}"
                f"{'  BROKEN' if outcome.said else ''}",
                flush=True,
            )
            if outcome.said:
                failed += 1
                print(f"    {outcome.said}", flush=True)
                print(
                    f"    run it again: {outcome.again}"
                    if outcome.input
                    else "    no input was kept",
                    flush=True,
                )
    print(f"{len(jobs) - failed} held, {failed} broken", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
