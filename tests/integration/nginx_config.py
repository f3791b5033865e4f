# SPDX-License-Identifier: Apache-2.0
"""Reads an nginx configuration as nginx does, with its includes."""

import dataclasses
import glob
import pathlib
import re


TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<mark>[{};])|"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)'
                       |(?P<word>(?:\\.|\$\{\w+\}|[^\s{};"'\\])(?:\\.|\$\{\w+\}|[^\s{};\\])*)""",
    re.X,
)


@dataclasses.dataclass
class Directive:
    name: str
    args: list
    place: str
    block: list = None
    parent: object = None

    def own(self, name):
        """The directives of this name that stand directly in this block."""
        return [child for child in self.block or [] if child.name == name]

    def effective(self, name):
        """As nginx inherits: those of the innermost block around that has any."""
        return self.own(name) or (self.parent.effective(name) if self.parent else [])

    def every(self):
        for child in self.block or []:
            yield child
            yield from child.every()

    def __str__(self):
        return f"{self.place}: {' '.join([self.name, *self.args])}"


def tokens(path):
    text, position = path.read_text(), 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match:
            raise ValueError(f"{path}: cannot read {text[position:position + 30]!r}")
        position = match.end()
        line = text.count("\n", 0, match.start()) + 1
        for kind in ("mark", "double", "single", "word"):
            if match[kind] is not None:
                yield ("mark" if kind == "mark" else "word"), match[kind], f"{path.name}:{line}"


def read(path, root=None, parent=None):
    """The directives of a file, included ones in their place. `root` is where relative includes are looked for."""
    path = pathlib.Path(path)
    root = root or path.parent
    stack, words, place = [parent or Directive("", [], path.name, [])], [], None
    for kind, text, at in tokens(path):
        if kind == "word":
            place = place or at
            words.append(text)
        elif text == "}":
            stack.pop()
        elif words[0] == "include":
            stack[-1].block.append(Directive("include", [words[1]], place, [], stack[-1]))
            for included in sorted(glob.glob(str(root / words[1]))):
                read(included, root, stack[-1])
            words, place = [], None
        else:
            directive = Directive(
                words[0], words[1:], place, [] if text == "{" else None, stack[-1]
            )
            stack[-1].block.append(directive)
            if text == "{":
                stack.append(directive)
            words, place = [], None
    return stack[0]


def address_of(listen):
    return re.sub(r"^(\*|0\.0\.0\.0):", "", listen.args[0])
