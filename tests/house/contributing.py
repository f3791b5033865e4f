# SPDX-License-Identifier: Apache-2.0
"""CONTRIBUTING.md names, for each thing that can be added, the files of an example. Outside of the tests these are all files that
have the example; of the tests, those that are named have it."""

import re

SECTION = re.compile(r"^### [^\n]*, such as `[^`\n]+`\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
SEARCHED = ("gateway/", "storage/", "nginx/", "docs/", "systemd/", "migrations/")


def word(text):
    """The text as a pattern that does not begin or end within a word."""
    return (
        (r"(?<!\w)" if text[0].isalnum() else "")
        + re.escape(text)
        + (r"(?!\w)" if text[-1].isalnum() else "")
    )


def lists(text):
    """Of each section the pattern of its example, and the files that its list names."""
    for body in SECTION.findall(text):
        searched = re.search(r"^Search for ((?:`[^`]+`(?:, )?)+)", body, re.MULTILINE)
        names = re.findall(r"`([^`]+)`", searched[1]) if searched else []
        items = re.findall(r"^- ((?:`[^`]+`(?:, )?)+):", body, re.MULTILINE)
        yield re.compile("|".join(map(word, names))), [
            path for item in items for path in re.findall(r"`([^`]+)`", item)
        ]


def lists_are_complete(tree):
    text = tree.text("CONTRIBUTING.md")
    found = list(lists(text))
    if (
        not found
        or len(found) != len(re.findall("^### ", text, re.MULTILINE))
        or not all(pattern.pattern and named for pattern, named in found)
    ):
        yield "CONTRIBUTING.md: has a section that is no list: ### …, such as `example`, then: Search for `words`, then items - `file`: why"
    for pattern, named in found:
        having = {
            path
            for path in tree.files
            if path.startswith(SEARCHED) and pattern.search(tree.text(path))
        }
        for path in named:
            if path not in tree.files:
                yield f"CONTRIBUTING.md: names {path}, which is not there"
            elif not pattern.search(tree.text(path)):
                yield f"CONTRIBUTING.md: names {path}, which does not have {pattern.pattern}"
        for path in sorted(having - set(named)):
            yield f"CONTRIBUTING.md: does not name {path}, which has {pattern.pattern}"


RULES = [lists_are_complete]
