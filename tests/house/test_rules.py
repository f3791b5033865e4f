# SPDX-License-Identifier: Apache-2.0
# Goal: the tree keeps the rules of the house, and each rule notices a breach: it is shown a small tree that breaks it
# and one that does not.
import pytest

import check_house
import contributing
import dependencies
import documents
import rules
import words
from tree import Tree

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
HEADER = SPDX + "// What it owns. Loop thread.\n#pragma once\n"
CMAKE = (
    "project(gatehouse VERSION 1.2.3)\nroom(gateway_http gateway/http storage_contracts)\nroom(gateway_log gateway/log)\n"
    "room(storage_contracts storage)\n"
)
LONG = "void f() {\n" + "    g();\n" * 60 + "}\n"
TABLE = "void f() {\n" + "    {1, 2},\n" * 60 + "}\n"
LIST = '### A thing, such as `me`\n\nSearch for `me`, `/me"`. It is short.\n\n- `gateway/a.cpp`: it\n- `tests/b.py`, `tests/c.py`: tests\n'
EDITOR = "root = true\n[*]\nindent_size = 4\n[*.{cpp,h}]\nmax_line_length = 120\n"
CLANGD = "CompileFlags:\n  CompilationDatabase: build/release\n"
MAP = "## Where things are\n```\ngateway/   rooms\n```\n"


def chain_of(links):
    """A source, and so many headers of which each includes the next one."""
    chain = ["gateway/x.cpp", *(f"storage/{number}.h" for number in range(links)), "<string>"]
    return {
        path: f'#include "{included}"\n' if included != "<string>" else "#include <string>\n"
        for path, included in zip(chain, chain[1:])
    }


# Rule, and two trees: one that breaks it, one that does not.
CASES = [
    (rules.top_level, {"tools/x.py": ""}, {"gateway/x.cpp": "", ".ci/run": ""}),
    (rules.file_length, {"a.cpp": "\n" * 401}, {"a.cpp": "\n" * 400}),
    (rules.function_length, {"a.cpp": LONG}, {"a.cpp": TABLE}),
    (
        rules.function_length,
        {"a.cpp": "class A {\n    void f() {\n" + "        g();\n" * 60 + "    }\n};\n"},
        {"a.cpp": "\n"},
    ),
    (
        rules.function_length,
        {"a.py": "def f():\n" + "    g()\n" * 61},
        {"a.py": "def f():\n" + "    g()\n" * 50 + "g()\n" * 50},
    ),
    (rules.licence, {"a.cpp": "int a;\n"}, {"a.cpp": SPDX, "b.md": ""}),
    (
        rules.licence,
        {"dev": "#!/bin/sh\n:\n"},
        {"dev": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"},
    ),
    (rules.header_head, {"a.h": SPDX + "#pragma once\n"}, {"a.h": HEADER}),
    (rules.header_head, {"a.h": SPDX + "// What it owns.\nint a;\n"}, {"a.h": HEADER}),
    (rules.goal, {"tests/x/test_a.py": "import b\n"}, {"tests/x/test_a.py": "# Goal: a.\n"}),
    (
        rules.goal,
        {"tests/unit/a.cpp": SPDX + "BOOST_AUTO_TEST_CASE(a) {}\n"},
        {"tests/unit/a.cpp": SPDX},
    ),
    (rules.tidy_text, {"a.md": "a \n"}, {"a.md": "a\n"}),
    (rules.tidy_text, {"a.md": "a"}, {"a.md": ""}),
    (rules.forbidden, {"a.cpp": "// TO" "DO later\n"}, {"a.cpp": "// later\n"}),
    (rules.forbidden, {"a.cpp": "#if " "0\n"}, {"a.cpp": "#if 01\n"}),
    (rules.forbidden, {"a.sh": "ls /home" "/me\n"}, {"a.sh": "ls ~/me www/home/me\n"}),
    (rules.forbidden, {"a.md": "see issue " "#12\n"}, {"a.md": "an issue of 12\n"}),
    (
        rules.nolint_has_reason,
        {"a.cpp": "x(); // NO" "LINT(a-b)\n"},
        {"a.cpp": "x(); // NO" "LINT(a-b): because\n"},
    ),
    (
        rules.nolint_has_reason,
        {"a.cpp": "y();\n// NO" "LINTBEGIN(a)\n"},
        {"a.cpp": "// because\n// NO" "LINTBEGIN(a)\n"},
    ),
    (
        rules.no_sleep,
        {"tests/a.py": "time.sle" "ep(1)\n"},
        {"tests/a.py": "while not ready():\n    time.sle" "ep(0.01)\n"},
    ),
    (
        rules.no_sleep,
        {"tests/a.cpp": "std::this_thread::sleep" "_for(1s);\n"},
        {"gateway/a.cpp": "sleep" "_for(1s);\n"},
    ),
    (
        dependencies.storage_knows_no_gateway,
        {"storage/a.cpp": '#include "gateway/b.h"\n'},
        {"storage/a.cpp": '#include "storage/b.h"\n'},
    ),
    (
        dependencies.rooms_use_what_they_say,
        {"CMakeLists.txt": CMAKE, "gateway/log/a.cpp": '#include "storage/b.h"\n'},
        {
            "CMakeLists.txt": CMAKE,
            "gateway/http/a.cpp": '#include "storage/b.h"\n#include "gateway/http/c.h"\n',
        },
    ),
    (
        dependencies.one_home_each,
        {"gateway/http/a.cpp": "#include <sodium.h>\n"},
        {"gateway/accounts/a.cpp": "#include <sodium.h>\n"},
    ),
    (
        dependencies.one_home_each,
        {
            "storage/sql/a.h": "#include <soci/soci.h>\n",
            "gateway/a.cpp": '#include "storage/sql/a.h"\n',
        },
        {
            "storage/sql/a.h": "#include <soci/soci.h>\n",
            "storage/sql/a.cpp": '#include "storage/sql/a.h"\n',
        },
    ),
    (
        dependencies.no_cycles,
        {"storage/a.h": '#include "storage/b.h"\n', "storage/b.h": '#include "storage/a.h"\n'},
        {
            "storage/a.h": '#include "storage/b.h"\n',
            "storage/b.h": "",
            "storage/c.h": '#include "storage/b.h"\n',
        },
    ),
    (dependencies.short_chains, chain_of(8), chain_of(7)),
    (
        documents.map_matches_tree,
        {"README.md": MAP, "gateway/a.cpp": "", "nginx/b.conf": ""},
        {"README.md": MAP, "gateway/a.cpp": ""},
    ),
    (documents.map_matches_tree, {"README.md": MAP}, {"README.md": MAP, "gateway/a.cpp": ""}),
    (
        documents.packages_are_explained,
        {"dev": "packages() {\n    cat <<'END'\nrun a-b c\nEND\n}\n", "README.md": "a-b"},
        {"dev": "packages() {\n    cat <<'END'\nrun a-b c\nEND\n}\n", "README.md": "| `a-b` |"},
    ),
    (
        documents.version_is_told,
        {"CMakeLists.txt": CMAKE, "CHANGELOG.md": "## [1.2.2]\n"},
        {"CMakeLists.txt": CMAKE, "CHANGELOG.md": "## [1.2.3]\n"},
    ),
    (
        contributing.lists_are_complete,
        {"CONTRIBUTING.md": LIST, "gateway/a.cpp": "me();\n", "tests/b.py": "me\n"},
        {
            "CONTRIBUTING.md": LIST,
            "gateway/a.cpp": "me();\n",
            "tests/b.py": "me\n",
            "tests/c.py": '/me"\n',
        },
    ),
    (
        contributing.lists_are_complete,
        {
            "CONTRIBUTING.md": LIST,
            "gateway/a.cpp": "me();\n",
            "tests/b.py": "me\n",
            "tests/c.py": "name\n",
        },
        {
            "CONTRIBUTING.md": LIST,
            "gateway/a.cpp": "me();\n",
            "tests/b.py": "me\n",
            "tests/c.py": "me\n",
            "storage/d.cpp": "name\n",
        },
    ),
    (
        contributing.lists_are_complete,
        {
            "CONTRIBUTING.md": LIST + "\n### A thing\n",
            "gateway/a.cpp": "me();\n",
            "tests/b.py": "me\n",
            "tests/c.py": "me\n",
        },
        {
            "CONTRIBUTING.md": LIST + LIST,
            "gateway/a.cpp": "me();\n",
            "tests/b.py": "me\n",
            "tests/c.py": "me\n",
        },
    ),
    (
        contributing.lists_are_complete,
        {
            "CONTRIBUTING.md": LIST,
            "gateway/a.cpp": "me();\n",
            "tests/b.py": "me\n",
            "tests/c.py": "me\n",
            "storage/d.cpp": "me\n",
        },
        {
            "CONTRIBUTING.md": LIST,
            "gateway/a.cpp": "me();\n",
            "tests/b.py": "me\n",
            "tests/c.py": "me\n",
            "tests/d.py": "me\n",
        },
    ),
    (
        documents.editors_agree,
        {
            ".editorconfig": EDITOR,
            ".clang-format": "IndentWidth: 4\nColumnLimit: 100\n",
            ".clangd": CLANGD,
        },
        {
            ".editorconfig": EDITOR,
            ".clang-format": "IndentWidth: 4\nColumnLimit: 120\n",
            ".clangd": CLANGD,
        },
    ),
    (
        documents.editors_agree,
        {
            ".editorconfig": EDITOR,
            ".clang-format": "IndentWidth: 4\nColumnLimit: 120\n",
            ".clangd": "CompileFlags:\n",
        },
        {
            ".editorconfig": EDITOR,
            ".clang-format": "IndentWidth: 4\nColumnLimit: 120\n",
            ".clangd": CLANGD,
        },
    ),
    (
        documents.links_lead_somewhere,
        {"docs/a.md": "[b](b.md)\n"},
        {"docs/a.md": "[b](../b.md) [c](https://example.org/)\n", "b.md": ""},
    ),
    (
        words.retired_words,
        {"README.md": "An old\ncookie.\n"},
        {"README.md": "An older cookie, `old cookie`.\n\n    old cookie\n"},
    ),
    (
        words.retired_words,
        {"nginx/a.conf": "worker_processes 1; # for each worker\n"},
        {"nginx/a.conf": "# for each nginx worker\nworker x;\n"},
    ),
    (
        words.retired_words,
        {"docs/a.md": "```\nnode\n```\nA Node revokes.\n"},
        {"docs/a.md": "Node.js ends\n```\nnode\n```\n"},
    ),
]


def tree_of(root, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return Tree(root)


@pytest.mark.parametrize(
    "rule, bad, good",
    CASES,
    ids=[f"{index}-{case[0].__name__}" for index, case in enumerate(CASES)],
)
def test_a_rule_tells_a_breach_from_order(tmp_path, rule, bad, good):
    assert list(rule(tree_of(tmp_path / "bad", bad)))
    assert not list(rule(tree_of(tmp_path / "good", good)))


def test_every_rule_is_shown_a_breach():
    assert {case[0] for case in CASES} == set(check_house.RULES)


@pytest.mark.parametrize("rule", check_house.RULES, ids=lambda rule: rule.__name__)
def test_the_house_is_in_order(rule):
    assert not list(rule(Tree()))


def test_what_git_ignores_is_not_looked_at(tmp_path):
    tree = tree_of(
        tmp_path,
        {
            ".gitignore": "/build*/\n*.pyc\n",
            "build-a/b.h": "",
            "gateway/c.pyc": "",
            "gateway/d.cpp": "",
        },
    )
    assert tree.files == [".gitignore", "gateway/d.cpp"]
