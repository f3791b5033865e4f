# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that a machine can check. Each takes a Tree and yields sentences, one for each breach."""

import ast
import re

LONGEST_FILE = 400
LONGEST_FUNCTION = 60

TOP_LEVEL = {
    "CMakeLists.txt",
    "gateway",
    "nginx",
    "storage",
    "migrations",
    "tests",
    "systemd",
    "docs",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "dev",
}


def top_level(tree):
    """The top level holds what every project has and our few directories; more would hide them."""
    for entry in sorted({path.split("/")[0] for path in tree.files}):
        if entry not in TOP_LEVEL and not entry.startswith("."):
            yield f"{entry}: not one of the entries of the top level"


def file_length(tree):
    for path in tree.code:
        count = len(tree.lines(path))
        if count > LONGEST_FILE:
            yield f"{path}: {count} lines, at most {LONGEST_FILE}"


def _braced_functions(lines):
    """(first line, last line) of what a `}` alone on its line closes: functions, and blocks inside them."""
    for end, line in enumerate(lines):
        closing = re.fullmatch(r"( *)}", line)
        if not closing:
            continue
        opening = re.compile(closing[1] + r"[^\s})#/]")
        begin = next((at for at in range(end - 1, -1, -1) if opening.match(lines[at])), None)
        if begin is not None:
            yield begin + 1, end + 1


def _is_data(line):
    """A row of a table that a test goes through; tables may be long."""
    return line.lstrip().startswith(("{", "(", "[", '"', "'"))


def _python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno


def function_length(tree):
    for path in tree.code:
        if path.endswith(".sql"):
            continue
        lines = tree.lines(path)
        for begin, end in (
            _python_functions(tree.text(path)) if path.endswith(".py") else _braced_functions(lines)
        ):
            count = sum(1 for line in lines[begin - 1 : end] if not _is_data(line))
            if count > LONGEST_FUNCTION:
                yield f"{path}:{begin}: {count} lines in one function, at most {LONGEST_FUNCTION}"


def licence(tree):
    """Who copies one file takes its licence along."""
    for path in tree.texts:
        if path.endswith((".md", ".html", ".mustache", ".conf")):
            continue
        if not any("SPDX-License-Identifier: Apache-2.0" in line for line in tree.lines(path)[:2]):
            yield f"{path}: no SPDX line at the top"


def header_head(tree):
    """A header says first what it owns and on which thread."""
    for path in tree.ending(".h"):
        head = re.match(r"// SPDX[^\n]*\n((?://[^\n]*\n)*)\s*#pragma once\n", tree.text(path))
        if not head or not head[1].strip():
            yield f"{path}: begins not with the SPDX line, a comment on what it owns, and #pragma once"


def goal(tree):
    """A test says what it is for."""
    for path in tree.files:
        is_test = re.search(r"/test_[^/]*\.py$", path) or (
            path.endswith(".cpp")
            and re.search(r"^BOOST_\w+_TEST_CASE\(", tree.text(path), re.MULTILINE)
        )
        if is_test and "Goal:" not in "\n".join(tree.lines(path)[:6]):
            yield f"{path}: does not begin with its goal"


def tidy_text(tree):
    for path in tree.texts:
        for number, line in enumerate(tree.lines(path), 1):
            if line != line.rstrip():
                yield f"{path}:{number}: space at the end of the line"
        if tree.text(path) and not tree.text(path).endswith("\n"):
            yield f"{path}: no newline at the end"


# Spelt in two parts, so that this file keeps its own rule.
FORBIDDEN = {
    "to be done later: do it or leave it out": re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b"),
    "code that is switched off": re.compile(r"^\s*#\s*if " r"0\b"),
    "a path of one person's machine": re.compile(r"(?<![\w.$}])/(work|home|root|Users)" r"/\w"),
    "work in progress has no place in the tree": re.compile(
        r"\b(issue|task|ticket) #?" r"\d", re.IGNORECASE
    ),
}
BARE_NOLINT = re.compile(r"NOLINT(NEXTLINE|BEGIN)?(\([^)]*\))?" r"\s*$")


def forbidden(tree):
    for path in tree.texts:
        for number, line in enumerate(tree.lines(path), 1):
            for reason, pattern in FORBIDDEN.items():
                if pattern.search(line):
                    yield f"{path}:{number}: {reason}"


def nolint_has_reason(tree):
    """On its own line, or in the comment above it."""
    for path in tree.code:
        lines = tree.lines(path)
        for number, line in enumerate(lines, 1):
            if BARE_NOLINT.search(line) and not lines[number - 2].lstrip().startswith("//"):
                yield f"{path}:{number}: a lint exception without its reason"


SLEEP = re.compile(r"\btime\.sleep\(|\b(u|nano)?sleep\(|\bsleep_(for|until)\b|^\s*sleep \d")


def no_sleep(tree):
    """A test waits for a condition, never for a time. The pause in a loop that looks again is no such wait."""
    for path in tree.code:
        if not path.startswith("tests/"):
            continue
        lines = tree.lines(path)
        for number, line in enumerate(lines, 1):
            if SLEEP.search(line) and not any(
                re.match(r"\s*(while|for)\b", before)
                for before in lines[max(0, number - 4) : number - 1]
            ):
                yield f"{path}:{number}: sleeps"


RULES = [
    top_level,
    file_length,
    function_length,
    licence,
    header_head,
    goal,
    tidy_text,
    forbidden,
    nolint_has_reason,
    no_sleep,
]
