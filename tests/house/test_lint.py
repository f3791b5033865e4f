# SPDX-License-Identifier: Apache-2.0
# Goal: clang-tidy looks at every source of the program, whichever unit it is compiled in, and a unit that has changed is looked at again.
import lint
import pytest
from tree import ROOT, Tree

FILES = {
    "gateway/a.cpp": '#include "gateway/a.h"\nusing sql::Row;\n',
    "gateway/a.h": "#pragma once\n",
    "gateway/b.cpp": "int b;\n",
    "storage/c.cpp": "using std::string;\n",
    "tests/unit/d.cpp": "int d;\n",
    ".clang-tidy": "Checks: x\n",
    "CMakeLists.txt": "\n",
}


@pytest.fixture(name="place")
def made_tree(tmp_path, monkeypatch):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.setattr(lint, "ROOT", tmp_path)
    (tmp_path / "Unity").mkdir()
    return tmp_path


def entries(place, *units):
    """As CMake writes them down: a unit of several sources is a file that includes them."""
    made = []
    for number, unit in enumerate(units):
        file = place / unit[0]
        if len(unit) > 1:
            file = place / "Unity" / f"unity_{number}_cxx.cxx"
            file.write_text(
                "".join(
                    f"// NO" f'LINTNEXTLINE(x): because\n#include "{place / path}"\n\n'
                    for path in unit
                )
            )
        made.append(
            {"directory": str(place), "file": str(file), "command": f"c++ -o x.o -c {file}"}
        )
    return made


def test_every_source_of_the_program_is_in_a_unit(place):
    made = entries(
        place, ["gateway/a.cpp", "gateway/b.cpp"], ["storage/c.cpp"], ["tests/unit/d.cpp"]
    )
    units, missing = lint.program_units(Tree(place), made)
    assert [unit for _, unit, _ in units] == [
        ["gateway/a.cpp", "gateway/b.cpp"],
        ["storage/c.cpp"],
    ] and not missing
    _, missing = lint.program_units(Tree(place), made[1:])
    assert missing == {"gateway/a.cpp", "gateway/b.cpp"}


def test_a_unit_is_as_new_as_all_that_it_reads(place):
    unit = ["gateway/a.cpp", "gateway/b.cpp"]
    before = lint.fingerprint(Tree(place), unit, "c++", "16")
    assert lint.fingerprint(Tree(place), unit, "c++", "16") == before
    for path in ("gateway/a.cpp", "gateway/a.h", "gateway/b.cpp", ".clang-tidy"):
        (place / path).write_text(FILES[path] + "// more\n")
        assert lint.fingerprint(Tree(place), unit, "c++", "16") != before, path
        (place / path).write_text(FILES[path])


def test_using_declarations_are_looked_at_alone(place):
    tree = Tree(place)
    assert lint.to_look_at_alone(tree, ["gateway/a.cpp", "gateway/b.cpp"]) == ["gateway/a.cpp"]
    assert not lint.to_look_at_alone(tree, ["storage/c.cpp"]), "it was looked at alone in any case"
    alone = lint.commands_one_by_one(entries(place, ["gateway/a.cpp", "gateway/b.cpp"]))
    assert [entry["command"] for entry in alone] == [
        f"c++ -o x.o -c {place}/gateway/{name}.cpp" for name in "ab"
    ]


def test_the_check_for_using_declarations_is_one_that_is_made():
    assert f"  {lint.USING_CHECK},\n" in (ROOT / ".clang-tidy").read_text(encoding="utf-8")
