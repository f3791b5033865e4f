#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tally.py BUILD: tells how long the phases of a test run took, counts what the tests under BUILD left behind, per layer,
and ends with one line `N passed, N failed`.

BUILD/<variant>/results/<layer>/<program>.xml is a JUnit file of Boost.Test, BUILD/<variant>/results/<layer>.ctest.xml
says how the programs themselves ended, BUILD/results/<layer>.xml is pytest's or node's, and BUILD/results/failed names, one in a
line, the layers whose runner said that something failed. BUILD/results/phases has a line for each phase: its name, and
the seconds that passed, of the processors in the program, of the processors in the kernel; the exit code; separated by tabs.
Exit code 1 if anything failed, or nothing ran.
"""

import collections
import dataclasses
import os
import pathlib
import sys
import xml.etree.ElementTree as xml

STORES = ("memory", "sqlite", "postgresql", "redis")
STRICT = os.environ.get("CI") == "true"


@dataclasses.dataclass
class Count:
    passed: int = 0
    skipped: int = 0
    failures: list = dataclasses.field(default_factory=list)


def judge(case):
    """passed, skipped, or why it failed. A test that looked at nothing has shown nothing."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.find("skipped") is not None:
        return "skipped in CI" if STRICT else "skipped"
    return "made no assertion" if case.get("assertions") == "0" else "passed"


def add_case(count, case, name):
    verdict = judge(case)
    if verdict == "passed":
        count.passed += 1
    elif verdict == "skipped":
        count.skipped += 1
    else:
        count.failures.append(f"{name}: {verdict}")


def cases(path):
    """The test cases of a JUnit file; none if its program ended before it could write all of it."""
    try:
        return list(xml.parse(path).iter("testcase"))
    except (OSError, xml.ParseError):
        return []


def store(case):
    """The contract suites, or else the tests, have the store that they run on in their name: identity_sqlite, redis_link."""
    suite = case.get("classname", "").replace("/", ".").split(".")[0]
    named = [
        store for name in (suite, case.get("name", "").lower()) for store in STORES if store in name
    ]
    return named[0] if named else suite


def boost(build, counts):
    for path in sorted(build.glob("*/results/*/*.xml")):
        variant, layer, program = path.parts[-4], path.parts[-2], path.stem
        for case in cases(path):
            title = f"contract {store(case)}" if layer == "contract" else layer
            add_case(
                counts[title, variant],
                case,
                f"{program} {case.get('classname')}/{case.get('name')}",
            )


def programs(build, counts):
    """A program that crashed, or was never built, failed, whatever its test cases say."""
    for path in sorted(build.glob("*/results/*.ctest.xml")):
        variant, layer = path.parts[-3], path.name.split(".")[0]
        for program in cases(path):
            if program.find("failure") is not None or program.get("status") == "notrun":
                told = any(
                    line.startswith(program.get("name"))
                    for (title, where), count in counts.items()
                    if where == variant and title.startswith(layer)
                    for line in count.failures
                )
                if not told:
                    counts[layer, variant].failures.append(
                        f"{program.get('name')}: the program itself failed"
                    )


def pytest(build, counts):
    for path in sorted(build.glob("results/*.xml")):
        for case in cases(path):
            add_case(counts[path.stem, ""], case, f"{case.get('classname')}::{case.get('name')}")


def runners(build, counts):
    """A runner that failed without naming a test: a broken fixture, no test found, an interrupt."""
    failed = build / "results" / "failed"
    for line in failed.read_text(encoding="utf-8").splitlines() if failed.exists() else []:
        layer, _, variant = line.partition(" ")
        if not any(
            count.failures
            for (title, where), count in counts.items()
            if where == variant and title.startswith(layer)
        ):
            counts[layer, variant].failures.append("the runner itself failed")


def phases(build):
    """Name, seconds that passed, seconds of the processors, whether it succeeded; in the order in which the phases ended."""
    path = build / "results" / "phases"
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        name, wall, user, system, code = line.split("\t")
        yield name, float(wall), float(user) + float(system), code == "0"


def minutes(seconds):
    return f"{round(seconds) // 60}:{round(seconds) % 60:02}"


def print_phases(build):
    told = list(phases(build))
    if not told:
        return
    print(f"\n{'phase':<50} {'min:s':>7} {'processor s':>12}")
    for name, wall, processor, succeeded in told:
        print(f"{name:<50} {minutes(wall):>7} {processor:>12.1f}{'' if succeeded else '  failed'}")


def main():
    build = pathlib.Path(sys.argv[1])
    counts = collections.defaultdict(Count)
    for read in (boost, programs, pytest, runners):
        read(build, counts)
    print_phases(build)
    for (title, variant), count in counts.items():
        for failure in count.failures:
            print(f"FAILED {title} {variant} {failure}".replace("  ", " "))
    print(f"\n{'layer':<24} {'build':<9} {'passed':>7} {'failed':>7} {'skipped':>8}")
    for (title, variant), count in sorted(counts.items()):
        print(
            f"{title:<24} {variant:<9} {count.passed:>7} {len(count.failures):>7} {count.skipped:>8}"
        )
    passed = sum(count.passed for count in counts.values())
    failed = sum(len(count.failures) for count in counts.values())
    print(f"\n{passed} passed, {failed} failed", flush=True)
    sys.exit(0 if passed and not failed else 1)


if __name__ == "__main__":
    main()
