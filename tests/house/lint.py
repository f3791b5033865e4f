#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every linter over the tree, as many at a time as there are processors, and says which were not content.

clang-tidy is slow where Asio is included: it looks at all of Asio too, once for each thing that is compiled. So it reads the
precompiled header that clang made of it (build/lint), and looks at several files of a room in one unit, as they are compiled. A unit
is not looked at again while neither its files, nor what they include of ours, nor the checks have changed.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import dependencies
from tree import ROOT, Tree

BUILD = ROOT / "build" / "lint"
CACHE = ROOT / "build" / "lint-clean"
ONE_BY_ONE = BUILD / "one-by-one"
# clang-tidy looks for these in the file that it was given, and in no other that is compiled with it.
USING, USING_CHECK = r"^\s*using (::)?\w+(::\w+)+;", "misc-unused-using-decls"
EXPOSURE = 20  # systemd-analyze counts in tenths: 2.0


def run(*command):
    """What the command said, or nothing if it was content."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    # clang-tidy's stderr counts the warnings that it does not show.
    said = (
        done.stdout if done.stdout and command[0] == "clang-tidy-16" else done.stdout + done.stderr
    )
    return said.strip() or f"exit code {done.returncode}"


def clang_format(tree):
    return run("clang-format-14", "--dry-run", "-Werror", *tree.ending(".cpp", ".h"))


def black(tree):
    return run("black", "--check", "--quiet", "--diff", "--line-length=100", *tree.ending(".py"))


def shellcheck(tree):
    scripts = [
        path
        for path in tree.code
        if path.endswith(".sh") or "sh" in tree.lines(path)[0].rpartition("/")[2]
    ]
    return run(
        "shellcheck",
        *[path for path in scripts if not path.endswith((".py", ".cpp", ".h", ".sql"))],
    )


def units(tree):
    """On copies in which the program is one that exists here."""
    with tempfile.TemporaryDirectory() as directory:
        copies = []
        for path in tree.ending(".service", ".socket", under="systemd/"):
            copy = pathlib.Path(directory, path.rpartition("/")[2])
            copy.write_text(
                tree.text(path).replace("/usr/bin/gatehouse ", "/bin/true "), encoding="utf-8"
            )
            copies.append(copy)
        said = [run("systemd-analyze", "verify", "--man=no", *copies)]
        for copy in copies:
            if copy.suffix == ".service":
                said.append(
                    run(
                        "systemd-analyze",
                        "security",
                        "--no-pager",
                        "--offline=true",
                        f"--threshold={EXPOSURE}",
                        copy,
                    )
                )
    return "\n".join(filter(None, said))


def house(_):
    return run(sys.executable, ROOT / "tests/house/check_house.py")


def closure(tree, path):
    """The file and everything of ours that it includes, directly or not."""
    seen, front = set(), [path]
    while front:
        current = front.pop()
        if current not in seen and current in tree.files:
            seen.add(current)
            front += dependencies.includes(tree, current, '"')
    return sorted(seen)


def sources(file):
    """What is compiled with the file, relative to the tree: the sources that a unit of CMake's includes, or the file itself."""
    file = pathlib.Path(file)
    included = (
        re.findall(r'^#include "(.+)"$', file.read_text(encoding="utf-8"), re.MULTILINE)
        if file.parent.name == "Unity"
        else []
    )
    return [os.path.relpath(source, ROOT) for source in included or [file]]


def read_with(tree, unit):
    """The sources of the unit and everything of ours that they include."""
    return sorted({path for source in unit for path in closure(tree, source)})


def fingerprint(tree, unit, command, version):
    parts = [version, command, tree.text(".clang-tidy"), tree.text("CMakeLists.txt"), *unit]
    parts += [tree.text(path) for path in read_with(tree, unit)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def prepare_tidy():
    """Configures build/lint for clang and makes the precompiled header and the generated sources."""
    said = run(
        "cmake",
        "-S",
        ROOT,
        "-B",
        BUILD,
        "-G",
        "Ninja",
        "-DCMAKE_CXX_COMPILER=clang++-16",
        "-DCMAKE_C_COMPILER=clang-16",
        "-DGATEHOUSE_UNITY=ALL",
    )
    return said or run("ninja", "-C", BUILD, "gatehouse_asio")


def clang_tidy(tree, file, unit, command, version):
    mark = CACHE / fingerprint(tree, unit, command, version)
    if mark.exists():
        mark.touch()
        return ""
    tidy = ("clang-tidy-16", "--quiet", "--warnings-as-errors=*")
    said = [run(*tidy, "-p", BUILD, file)]
    said += [
        run(*tidy, f"--checks=-*,{USING_CHECK}", "-p", ONE_BY_ONE, path)
        for path in to_look_at_alone(tree, unit)
    ]
    if not any(said):
        mark.touch()
    return "\n".join(filter(None, said))


def to_look_at_alone(tree, unit):
    return [
        path for path in unit if len(unit) > 1 and re.search(USING, tree.text(path), re.MULTILINE)
    ]


def commands_one_by_one(entries):
    """Each source as if it were not in a unit."""
    return [
        {
            **entry,
            "file": str(ROOT / path),
            "command": entry["command"].replace(entry["file"], str(ROOT / path)),
        }
        for entry in entries
        for path in sources(entry["file"])
    ]


def program_units(tree, entries):
    """The units of the program, as (file, its sources, command), and the sources that are in none of them."""
    # The program. Tests are compiled with every warning, and run with sanitizers.
    program = {path for path in tree.ending(".cpp") if not path.startswith("tests/")}
    units = [(entry["file"], sources(entry["file"]), entry["command"]) for entry in entries]
    units = [(file, unit, command) for file, unit, command in units if program.intersection(unit)]
    return units, program.difference(*[unit for _, unit, _ in units])


def tidy_jobs(tree):
    said = prepare_tidy()
    if said:
        return [("clang-tidy", lambda: said)]
    with open(BUILD / "compile_commands.json", encoding="utf-8") as file:
        entries = json.load(file)
    ONE_BY_ONE.mkdir(exist_ok=True)
    (ONE_BY_ONE / "compile_commands.json").write_text(
        json.dumps(commands_one_by_one(entries)), encoding="utf-8"
    )
    units, missing = program_units(tree, entries)
    if missing:
        return [("clang-tidy", lambda: f"in no unit: {' '.join(sorted(missing))}")]
    version = subprocess.run(
        ["clang-tidy-16", "--version"], capture_output=True, text=True, check=True
    ).stdout
    CACHE.mkdir(parents=True, exist_ok=True)
    # The longest first: they include the most.
    units.sort(key=lambda unit: -len(read_with(tree, unit[1])))
    return [
        (
            f"clang-tidy {' '.join(unit)}",
            lambda one=(file, unit, command): clang_tidy(tree, *one, version),
        )
        for file, unit, command in units
    ]


def main():
    tree, begin = Tree(), time.monotonic()
    jobs = [
        (check.__name__, lambda check=check: check(tree))
        for check in (clang_format, black, shellcheck, units, house)
    ]
    jobs += tidy_jobs(tree)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (name, _), said in zip(jobs, pool.map(lambda job: job[1](), jobs)):
            if said:
                failed += 1
                print(f"--- {name}\n{said}", flush=True)
    print(
        f"lint: {len(jobs)} checks, {failed} not content, {time.monotonic() - begin:.0f} s",
        flush=True,
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
