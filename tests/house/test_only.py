# SPDX-License-Identifier: Apache-2.0
# Goal: ./dev test --only finds a test of any layer by its name or a part of it, runs that and nothing else, and says what to do when it
# finds none or too many.
import re
import subprocess

import only
import pytest
from tree import ROOT, Tree

CPP = """\
BOOST_AUTO_TEST_SUITE(throttle)
BOOST_AUTO_TEST_CASE(one_account) {}
BOOST_AUTO_TEST_CASE(two_accounts) {}
BOOST_AUTO_TEST_SUITE(inner)
BOOST_AUTO_TEST_CASE_TEMPLATE(each_type, T, Types) {}
BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_CASE(one) {}
BOOST_AUTO_TEST_SUITE_END()
"""
FILES = {
    "CMakeLists.txt": "tests/unit/storage/pool.cpp tests/unit/clock.cpp\n",
    "tests/unit/accounts/throttle.cpp": CPP,
    "tests/unit/storage/pool.cpp": "BOOST_AUTO_TEST_SUITE(pool)\nBOOST_AUTO_TEST_CASE(many_calls) {}\nBOOST_AUTO_TEST_SUITE_END()\n",
    "tests/unit/clock.cpp": "BOOST_AUTO_TEST_CASE(the_lock_waits) {}\n",
    "tests/contract/identity_users.cpp": "IDENTITY_CASE(a_user_is_found) {\n}\nSQL_CASE(a_row_is_there) {\n}\n",
    "tests/integration/test_cookies.py": "def test_attributes(site):\n    pass\n\n\ndef helper():\n    pass\n",
    "tests/faults/test_chaos.py": "def test_it_holds():\n    pass\n",
    "tests/browser/pages.test.js": "test('the pages fit a phone', async (t) => {\n    test(`a form on ${host} (it) works`, async () => {\n",
}
PREFIX = "--run_test="

# What is asked for, in which layer, and the lines that come of it.
CASES = [
    ("one_account", "", [("unit", "unit_accounts", f"{PREFIX}throttle/one_account")]),
    ("one", "", [("unit", "unit_accounts", f"{PREFIX}throttle/one")]),
    ("One Account", "", [("unit", "unit_accounts", f"{PREFIX}throttle/one_account")]),
    ("two", "", [("unit", "unit_accounts", f"{PREFIX}throttle/two_accounts")]),
    ("inner", "", [("unit", "unit_accounts", f"{PREFIX}throttle/inner/each_type<*")]),
    ("pool", "", [("unit", "unit_storage", f"{PREFIX}pool/many_calls")]),
    ("pool", "threads", [("threads", "threads", f"{PREFIX}pool/many_calls")]),
    ("lock_waits", "", [("threads", "threads", f"{PREFIX}the_lock_waits")]),
    ("a_user_is_found", "", [("contract", "contract", f"{PREFIX}*/a_user_is_found")]),
    (
        "identity_users",
        "",
        [("contract", "contract", f"{PREFIX}*/a_user_is_found", f"{PREFIX}*/a_row_is_there")],
    ),
    (
        "cookies",
        "",
        [("integration", "pytest", "tests/integration/test_cookies.py::test_attributes")],
    ),
    (
        "test_cookies.py",
        "",
        [("integration", "pytest", "tests/integration/test_cookies.py::test_attributes")],
    ),
    (
        "tests/integration/test_cookies.py",
        "",
        [("integration", "pytest", "tests/integration/test_cookies.py::test_attributes")],
    ),
    (
        "tests/integration/test_cookies.py::test_attributes[a-b]",
        "",
        [("integration", "pytest", "tests/integration/test_cookies.py::test_attributes[a-b]")],
    ),
    (
        "attributes",
        "",
        [("integration", "pytest", "tests/integration/test_cookies.py::test_attributes")],
    ),
    (
        "fit a phone",
        "",
        [("browser", "tests/browser/pages.test.js", "--test-name-pattern=^the pages fit a phone$")],
    ),
    (
        "a form",
        "",
        [
            (
                "browser",
                "tests/browser/pages.test.js",
                r"--test-name-pattern=^a form on .* \(it\) works$",
            )
        ],
    ),
    ("it_holds", "", [("faults", "pytest", "tests/faults/test_chaos.py::test_it_holds")]),
]


@pytest.fixture
def tree(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return Tree(tmp_path)


@pytest.mark.parametrize(
    "name, layer, lines", CASES, ids=[f"{name} {layer}" for name, layer, _ in CASES]
)
def test_finds(tree, name, layer, lines):
    found = only.plan(only.find(tree, name, layer))
    assert [(*run, *arguments) for run, arguments in found.items()] == lines


@pytest.mark.parametrize(
    "name, layer", [("no_such_test", ""), ("cookies", "unit"), ("", ""), ("helper", "")]
)
def test_what_is_not_there_is_told_with_where_was_looked(tree, name, layer):
    with pytest.raises(
        SystemExit, match=r"no test, suite or file has .* tests/unit.*tests/browser"
    ):
        only.find(tree, name, layer)


def test_too_many_are_listed_and_none_is_run(tree, monkeypatch):
    monkeypatch.setattr(only, "FEW", 2)
    with pytest.raises(SystemExit) as told:
        only.find(tree, "o")
    listed = str(told.value).splitlines()
    assert any(
        line.split() == ["unit", "tests/unit/accounts/throttle.cpp:", "one_account"]
        for line in listed
    )
    assert "LAYER --only NAME" in listed[-1]


def test_every_test_of_the_tree_is_known():
    """As many as the macros, the functions and the calls there are."""
    tree = Tree()
    known = {(test.path, test.suite, test.case) for test in only.all_tests(tree)}
    written = 0
    for path in tree.ending(".cpp", under="tests/unit/") + tree.ending(
        ".cpp", under="tests/contract/"
    ):
        written += len(re.findall(r"^[A-Z_]+_CASE(?:_TEMPLATE)?\(", tree.text(path), re.MULTILINE))
    for layer in ("integration", "faults", "house", "fuzz"):
        for path in tree.ending(".py", under=f"tests/{layer}/test_"):
            written += len(re.findall(r"^def test_", tree.text(path), re.MULTILINE))
    for path in tree.ending(".test.js", under="tests/browser/"):
        written += len(re.findall(r"^ *test\(", tree.text(path), re.MULTILINE))
    assert len(known) == written
    assert {test.layer for test in only.all_tests(tree)} == set(only.LAYERS)


def dev(*words):
    return subprocess.run(
        [ROOT / "dev", "test", *words], capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize(
    "name, passed", [("test_passes_on_the_exit_code", 2), ("test_passes_on_the_exit_code[3]", 1)]
)
def test_runs_it_and_nothing_else(name, passed):
    done = dev("--only", name)
    assert done.returncode == 0, done.stderr
    assert f"\n{passed} passed" in done.stderr
    assert re.search(rf"==> passed: {re.escape(name)}, \d+ s\n$", done.stderr)


def test_a_name_that_nothing_has_is_refused():
    done = dev("house", "--only", "no_such" "_name_anywhere")
    assert done.returncode == 1
    assert "no test, suite or file has" in done.stderr
