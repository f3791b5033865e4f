# SPDX-License-Identifier: Apache-2.0
"""The project's own files as the rules see them: everything that .gitignore does not name, read once."""

import fnmatch
import functools
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]

CODE = (".cpp", ".h", ".py", ".sh", ".sql", ".js")
TEXT = (
    *CODE,
    ".conf",
    ".css",
    ".html",
    ".md",
    ".mustache",
    ".service",
    ".socket",
    ".sysusers",
    ".tmpfiles",
    ".toml",
    ".txt",
)


class Tree:
    def __init__(self, root=ROOT):
        self.root = pathlib.Path(root)
        ignored = self.root / ".gitignore"
        lines = ignored.read_text(encoding="utf-8").split() if ignored.exists() else []
        self.ignored = [line.strip("/") for line in lines]

    def _is_ignored(self, name):
        return name == ".git" or any(fnmatch.fnmatch(name, pattern) for pattern in self.ignored)

    @functools.cached_property
    def files(self):
        """Paths relative to the root, with slashes, sorted."""
        found = []
        for directory, directories, names in os.walk(self.root):
            directories[:] = sorted(name for name in directories if not self._is_ignored(name))
            inside = pathlib.Path(directory).relative_to(self.root)
            found += [(inside / name).as_posix() for name in names if not self._is_ignored(name)]
        return sorted(found)

    @functools.cache
    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def lines(self, path):
        return self.text(path).splitlines()

    def ending(self, *suffixes, under=""):
        return [path for path in self.files if path.endswith(suffixes) and path.startswith(under)]

    @functools.cached_property
    def code(self):
        """What people wrote to be run: sources, and the scripts without an ending."""
        scripts = [
            path
            for path in self.files
            if "." not in path.rpartition("/")[2] and self.text(path).startswith("#!")
        ]
        return self.ending(*CODE) + scripts

    @functools.cached_property
    def texts(self):
        return sorted({*self.ending(*TEXT), *self.code})
