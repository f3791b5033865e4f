# SPDX-License-Identifier: Apache-2.0
"""Who may include whom: gateway uses storage and never the other way round, a room uses the rooms that CMakeLists.txt
grants it, and each third-party library has one home."""

import re

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# Library: the headers that belong to it, and the directories (or files) that may include them.
HOMES = {
    "libfcgi": (
        re.compile(r"(fcgiapp|fcgios|fcgi_stdio|fastcgi|fcgimisc|fcgi_config)\.h"),
        ["gateway/fastcgi/"],
    ),
    "hiredis": (re.compile(r"hiredis/"), ["storage/redis/"]),
    "SOCI": (
        re.compile(r"soci/|soci\.h"),
        ["storage/sql/", "storage/admin/", "storage/legacy/sql/"],
    ),
    "libpq": (re.compile(r"libpq-fe\.h|postgresql/"), ["storage/sql/", "storage/admin/"]),
    "SQLite": (re.compile(r"sqlite3\.h"), ["storage/sql/", "storage/admin/"]),
    "libsodium": (
        re.compile(r"sodium(\.h|/)"),
        [
            "gateway/sessions/",
            "gateway/accounts/",
            "storage/legacy/",
            "storage/sql/",
            "storage/admin/",
        ],
    ),
    "libcrypt": (re.compile(r"crypt\.h"), ["gateway/accounts/"]),
    "mustache": (re.compile(r"kainjow/"), ["gateway/pages/"]),
    "toml++": (re.compile(r"toml"), ["gateway/config/"]),
    "CLI11": (re.compile(r"CLI/"), ["gateway/cli/table.cpp"]),
    "spdlog": (re.compile(r"spdlog/"), ["gateway/log/"]),
    "Boost.URL": (re.compile(r"boost/url"), ["gateway/http/"]),
    "libsystemd": (re.compile(r"systemd/"), ["gateway/fastcgi/", "gateway/supervisor."]),
}


def includes(tree, path, bracket=None):
    return [name for kind, name in INCLUDE.findall(tree.text(path)) if bracket in (None, kind)]


def sources(tree):
    return [path for path in tree.ending(".cpp", ".h") if path.startswith(("gateway/", "storage/"))]


def storage_knows_no_gateway(tree):
    for path in tree.ending(".cpp", ".h", under="storage/"):
        for name in includes(tree, path):
            if name.startswith("gateway/"):
                yield f"{path}: includes {name}; storage knows nothing of the gateway"


def rooms(tree):
    """Target, directory and what it may use, from the lines `room(NAME DIRECTORY libraries…)` of CMakeLists.txt."""
    text = re.sub(r"#.*", "", tree.text("CMakeLists.txt"))
    found = {}
    for body in re.findall(r"^room\(([^)]*)\)", text, re.MULTILINE):
        name, directory, *uses = body.split()
        found[name] = (directory, uses)
    found["storage"] = ("", [name for name in found if name.startswith("storage_")])
    return found


def reach(name, known):
    """The rooms that `name` may use, itself included, over any number of steps."""
    seen, front = set(), [name]
    while front:
        current = front.pop()
        if current in known and current not in seen:
            seen.add(current)
            front += known[current][1]
    return seen


def rooms_use_what_they_say(tree):
    known = rooms(tree)
    home = {directory: name for name, (directory, _) in known.items() if directory}
    for path in sources(tree):
        room = home.get(path.rpartition("/")[0])
        if room is None or path == "gateway/main.cpp":
            continue
        allowed = reach(room, known)
        for name in includes(tree, path, '"'):
            used = home.get(name.rpartition("/")[0])
            if used and used not in allowed:
                yield f"{path}: includes {name}, but CMakeLists.txt does not grant {used} to {room}"


def one_home_each(tree):
    for library, (headers, homes) in HOMES.items():
        users = [
            path
            for path in sources(tree)
            if any(headers.match(name) for name in includes(tree, path, "<"))
        ]
        for path in users:
            if not path.startswith(tuple(homes)):
                yield f"{path}: includes a header of {library}, whose home is {' and '.join(homes)}"
        carriers = {path for path in users if path.endswith(".h")}
        for path in sources(tree):
            for name in carriers.intersection(includes(tree, path, '"')):
                if not path.startswith(tuple(homes)):
                    yield f"{path}: includes {name}, which drags in a header of {library}"


def graph_of(tree):
    return {
        path: [name for name in includes(tree, path, '"') if name in tree.files]
        for path in sources(tree)
    }


def no_cycles(tree):
    graph = graph_of(tree)
    done = set()

    def walk(path, trail):
        if path in trail:
            yield "includes go round: " + " → ".join([*trail[trail.index(path) :], path])
            return
        if path in done:
            return
        for name in graph.get(path, []):
            yield from walk(name, [*trail, path])
        done.add(path)

    for path in list(graph):
        yield from walk(path, [])


LONGEST_CHAIN = 7


def short_chains(tree):
    """A header that needs only the name of a class declares it, and includes nothing for it."""
    graph, known = graph_of(tree), {}

    def chain(path):
        if path not in known:
            known[path] = [path]  # where includes go round, no_cycles says so
            known[path] = [path, *max(map(chain, graph.get(path, [])), key=len, default=[])]
        return known[path]

    for path in graph:
        if path.endswith(".cpp") and len(chain(path)) > LONGEST_CHAIN + 1:
            yield f"{path}: more than {LONGEST_CHAIN} includes in a chain: {' → '.join(chain(path)[1:])}"


RULES = [storage_knows_no_gateway, rooms_use_what_they_say, one_home_each, no_cycles, short_chains]
