#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""only.py NAME [LAYER]: finds the tests of that name, without building anything, and prints one line for each program to run:
layer, program, arguments, separated by tabs.

NAME is a test, a suite or a file, or a part of one, or PATH::TEST; letters' case and what stands between words do not matter. The thread
layer repeats tests of the unit layer under another sanitizer, so that layer counts only if it is named or has the test alone.
"""

import ast
import collections
import dataclasses
import re
import sys

from tree import Tree

FEW = 6
LAYERS = ("unit", "contract", "threads", "integration", "faults", "browser", "house", "fuzz")
BOOST = re.compile(
    r"^(?:BOOST_\w+_TEST_SUITE(?P<end>_END)?\((?P<suite>\w*)|(?P<macro>\w+)_CASE(?P<template>_TEMPLATE)?\((?P<case>\w+))",
    re.MULTILINE,
)
BROWSER = re.compile(r"""^ *test\((['"`])(.*?)\1, """, re.MULTILINE)
PARAMETER = re.compile(r"(\S+?)(\[.*\])")


@dataclasses.dataclass(frozen=True)
class Test:
    layer: str
    path: str
    program: str
    suite: str
    case: str
    argument: str

    @property
    def file(self):
        return re.sub(r"\.test$|^test_|_test$", "", self.path.rpartition("/")[2].rpartition(".")[0])


def fold(text):
    return re.sub(r"[\W_]+", "_", text).strip("_").lower()


def boost(tree, path, layers):
    """The cases of one file. A macro of our own registers its case in one suite for each store: */case."""
    suites = []
    for found in BOOST.finditer(tree.text(path)):
        if found["end"]:
            suites.pop()
        elif found["suite"]:
            suites.append(found["suite"])
        elif found["case"]:
            name = found["case"] + ("<*" if found["template"] else "")
            where = suites if found["macro"].startswith("BOOST_") else ["*"]
            for layer, program in layers:
                yield Test(
                    layer,
                    path,
                    program,
                    "/".join(suites),
                    found["case"],
                    "--run_test=" + "/".join([*where, name]),
                )


def boost_tests(tree):
    in_threads = set(re.findall(r"tests/unit/\w+/?\w*\.cpp", tree.text("CMakeLists.txt")))
    for path in tree.ending(".cpp", under="tests/contract/"):
        yield from boost(tree, path, [("contract", "contract")])
    for path in tree.ending(".cpp", under="tests/unit/"):
        room = path.split("/")[2:-1]
        layers = [("unit", f"unit_{room[0]}")] if room else []
        yield from boost(
            tree, path, layers + ([("threads", "threads")] if path in in_threads else [])
        )


def pytest_tests(tree):
    for layer in ("integration", "faults", "house", "fuzz"):
        for path in tree.ending(".py", under=f"tests/{layer}/test_"):
            for node in ast.parse(tree.text(path)).body:
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    yield Test(layer, path, "pytest", "", node.name, f"{path}::{node.name}")


def browser_tests(tree):
    """Node takes a pattern; what a template fills in can be anything."""
    for path in tree.ending(".test.js", under="tests/browser/"):
        for _, name in BROWSER.findall(tree.text(path)):
            parts = [re.escape(part).replace(r"\ ", " ") for part in re.split(r"\$\{.*?\}", name)]
            yield Test(
                "browser", path, path, "", name, "--test-name-pattern=^" + ".*".join(parts) + "$"
            )


def all_tests(tree):
    return [*boost_tests(tree), *pytest_tests(tree), *browser_tests(tree)]


def matches(name, tests):
    """Title of what has that name: its tests. A name that is all of one counts before one that is a part of others."""
    wanted = fold(name.rpartition("/")[2].rpartition("::")[2])

    def group(title, is_it):
        found = collections.defaultdict(list)
        for test in tests:
            if is_it(test):
                found[title(test)].append(test)
        return found

    def case(test):
        return f"{test.layer:<12} {test.path}: {test.case}"

    def whole(test):
        return f"{test.layer:<12} {test.path}"

    exact = {
        **group(
            case, lambda test: fold(test.case).removeprefix("test_") == wanted.removeprefix("test_")
        ),
        **group(
            whole,
            lambda test: wanted
            in {
                fold(word)
                for word in (
                    test.file,
                    test.path.rpartition("/")[2].rpartition(".")[0],
                    test.path.rpartition("/")[2],
                    *test.suite.split("/"),
                )
            },
        ),
    }
    return (
        exact
        or group(case, lambda test: wanted in fold(test.case))
        or group(whole, lambda test: wanted in fold(test.file) or wanted in fold(test.suite))
    )


def find(tree, name, layer=""):
    parameter = PARAMETER.fullmatch(name)
    name, chosen = parameter.groups() if parameter else (name, "")
    tests = [test for test in all_tests(tree) if layer in ("", test.layer)]
    path, _, inside = name.partition("::")
    if any(test.path == path for test in tests):
        tests, name = [test for test in tests if test.path == path], inside or path
    if layer == "":
        others = {(test.path, test.case) for test in tests if test.layer != "threads"}
        tests = [
            test
            for test in tests
            if test.layer != "threads" or (test.path, test.case) not in others
        ]
    found = matches(name, tests) if fold(name) else {}
    if not found:
        raise SystemExit(
            f"no test, suite or file has {name!r} in its name{layer and f', in the layer {layer}'}; names are searched for in "
            "tests/unit, tests/contract (BOOST_…_CASE, …_SUITE), tests/*/test_*.py and tests/browser/*.test.js"
        )
    if len(found) > FEW:
        raise SystemExit(
            "\n".join(
                [
                    *sorted(found),
                    f"{len(found)} have {name!r} in their names: say more of one of them, or its layer: "
                    "./dev test LAYER --only NAME",
                ]
            )
        )
    return [
        dataclasses.replace(test, argument=test.argument + chosen)
        for tests in found.values()
        for test in tests
    ]


def plan(tests):
    """(layer, program): arguments, in the order of the layers."""
    runs = collections.defaultdict(list)
    for test in sorted(tests, key=lambda test: LAYERS.index(test.layer)):
        run = runs[test.layer, test.program]
        if test.argument not in run:
            run.append(test.argument)
    return runs


def main():
    if len(sys.argv) not in (2, 3) or (sys.argv[2:] and sys.argv[2] not in LAYERS):
        raise SystemExit(f"usage: ./dev test [LAYER] --only NAME; the layers: {' '.join(LAYERS)}")
    for (layer, program), arguments in plan(find(Tree(), *sys.argv[1:])).items():
        print("\t".join([layer, program, *arguments]))


if __name__ == "__main__":
    main()
