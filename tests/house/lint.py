#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every linter over the tree, as many at a time as there are processors, and says which were not content.

clang-tidy is slow where Asio is included, so it reads the precompiled header that clang made of it (build/lint), and a
file is not looked at again while neither it, nor what it includes of ours, nor the checks have changed.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import dependencies
from tree import ROOT, Tree

BUILD = ROOT / "build" / "lint"
CACHE = ROOT / "build" / "lint-clean"
EXPOSURE = 20  # systemd-analyze counts in tenths: 2.0


def run(*command):
    """What the command said, or nothing if it was content."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    # clang-tidy's stderr counts the warnings that it does not show.
    said = done.stdout if done.stdout and command[0] == "clang-tidy-16" else done.stdout + done.stderr
    return said.strip() or f"exit code {done.returncode}"


def clang_format(tree):
    return run("clang-format-14", "--dry-run", "-Werror", *tree.ending(".cpp", ".h"))


def shellcheck(tree):
    scripts = [path for path in tree.code if path.endswith(".sh") or "sh" in tree.lines(path)[0].rpartition("/")[2]]
    return run("shellcheck", *[path for path in scripts if not path.endswith((".py", ".cpp", ".h", ".sql"))])


def units(tree):
    """On copies in which the program is one that exists here."""
    with tempfile.TemporaryDirectory() as directory:
        copies = []
        for path in tree.ending(".service", ".socket", under="systemd/"):
            copy = pathlib.Path(directory, path.rpartition("/")[2])
            copy.write_text(tree.text(path).replace("=/usr/bin/gatehouse ", "=/bin/true "), encoding="utf-8")
            copies.append(copy)
        said = [run("systemd-analyze", "verify", "--man=no", *copies)]
        for copy in copies:
            if copy.suffix == ".service":
                said.append(run("systemd-analyze", "security", "--no-pager", "--offline=true", f"--threshold={EXPOSURE}", copy))
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


def fingerprint(tree, path, command, version):
    parts = [version, command, tree.text(".clang-tidy"), tree.text("CMakeLists.txt")]
    parts += [tree.text(included) for included in closure(tree, path)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def prepare_tidy():
    """Configures build/lint for clang and makes the precompiled header and the generated sources."""
    said = run("cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja", "-DCMAKE_CXX_COMPILER=clang++-16", "-DCMAKE_C_COMPILER=clang-16",
               "-DGATEHOUSE_UNITY=OFF")
    return said or run("ninja", "-C", BUILD, "gatehouse_asio")


def clang_tidy(tree, database, version, path):
    mark = CACHE / fingerprint(tree, path, database[path], version)
    if mark.exists():
        mark.touch()
        return ""
    said = run("clang-tidy-16", "--quiet", "--warnings-as-errors=*", "-p", BUILD, path)
    if not said:
        mark.touch()
    return said


def tidy_jobs(tree):
    said = prepare_tidy()
    if said:
        return [("clang-tidy", lambda: said)]
    with open(BUILD / "compile_commands.json", encoding="utf-8") as file:
        entries = {os.path.relpath(entry["file"], ROOT): entry["command"] for entry in json.load(file)}
    # The program. Tests are compiled with every warning, and run with sanitizers.
    database = {path: command for path, command in entries.items() if path in tree.files and not path.startswith("tests/")}
    version = subprocess.run(["clang-tidy-16", "--version"], capture_output=True, text=True, check=True).stdout
    CACHE.mkdir(parents=True, exist_ok=True)
    # The longest first: they include the most.
    order = sorted(database, key=lambda path: -len(closure(tree, path)))
    return [(f"clang-tidy {path}", lambda path=path: clang_tidy(tree, database, version, path)) for path in order]


def main():
    tree, begin = Tree(), time.monotonic()
    jobs = [(check.__name__, lambda check=check: check(tree)) for check in (clang_format, shellcheck, units, house)]
    jobs += tidy_jobs(tree)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (name, _), said in zip(jobs, pool.map(lambda job: job[1](), jobs)):
            if said:
                failed += 1
                print(f"--- {name}\n{said}", flush=True)
    print(f"lint: {len(jobs)} checks, {failed} not content, {time.monotonic() - begin:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
