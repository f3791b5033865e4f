# SPDX-License-Identifier: Apache-2.0
"""What the documents say about the tree is true: the map, the packages, the version, the links."""

import configparser
import pathlib
import re


def readme_map(tree):
    """The directories under "Where things are" in README.md: name to line."""
    section = re.search(
        r"^## Where things are\n(.*?)(?=^## |\Z)", tree.text("README.md"), re.MULTILINE | re.DOTALL
    )
    block = re.search(r"```\w*\n(.*?)```", section[1], re.DOTALL) if section else None
    entries = {}
    for line in block[1].splitlines() if block else []:
        name = line.split(maxsplit=1)[0] if line.strip() else ""
        if name:
            entries[name.rstrip("/")] = line
    return entries


def map_matches_tree(tree):
    entries = readme_map(tree)
    directories = {
        parent.as_posix() for path in tree.files for parent in pathlib.PurePosixPath(path).parents
    }
    for name in entries:
        if name not in directories and name not in tree.files:
            yield f"README.md: the map names {name}, which is not there"
    for name in sorted(directories - {"."}):
        if name.count("/") <= 1 and name not in entries and not name.startswith("."):
            yield f"README.md: {name}/ is missing from the map"


def packages(tree):
    """The table of Debian packages in ./dev: (wanted by, package, reason)."""
    table = re.search(
        r"^packages\(\) \{\n.*?<<'END'\n(.*?)^END$", tree.text("dev"), re.MULTILINE | re.DOTALL
    )
    return [tuple(line.split(maxsplit=2)) for line in table[1].splitlines()]


def packages_are_explained(tree):
    readme = tree.text("README.md")
    for _, package, _ in packages(tree):
        if f"`{package}`" not in readme:
            yield f"README.md: does not say why {package} is needed"


def version_is_told(tree):
    version = re.search(r"project\(gatehouse VERSION ([\d.]+)", tree.text("CMakeLists.txt"))[1]
    if not re.search(rf"^## \[?{re.escape(version)}\b", tree.text("CHANGELOG.md"), re.MULTILINE):
        yield f"CHANGELOG.md: has no section for version {version}"


def links_lead_somewhere(tree):
    for path in tree.ending(".md"):
        for target in re.findall(r"\]\(([^)#\s]+)", tree.text(path)):
            if "://" not in target and not (tree.root / path).parent.joinpath(target).exists():
                yield f"{path}: links to {target}, which is not there"


def editors_agree(tree):
    """An editor indents as the formatter does, and clangd finds what the build writes."""
    format_says = dict(re.findall(r"^(\w+): (\w+)", tree.text(".clang-format"), re.MULTILINE))
    editor = configparser.ConfigParser()
    editor.read_string("[top]\n" + tree.text(".editorconfig"))
    if (
        editor["*"]["indent_size"] != format_says["IndentWidth"]
        or editor["*.{cpp,h}"]["max_line_length"] != format_says["ColumnLimit"]
    ):
        yield ".editorconfig: does not agree with .clang-format"
    if not re.search("^  CompilationDatabase: build/release$", tree.text(".clangd"), re.MULTILINE):
        yield ".clangd: does not say that compile_commands.json is in build/release"


RULES = [
    map_matches_tree,
    packages_are_explained,
    version_is_told,
    links_lead_somewhere,
    editors_agree,
]
