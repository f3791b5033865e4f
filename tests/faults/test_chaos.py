# SPDX-License-Identifier: Apache-2.0
# Goal: `./dev chaos` as its user sees it, on the leash of ./dev: it tells its seed and what it has measured, refuses what it does not
# know, and leaves no process and no file behind, however it ends.
import itertools
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile

import pytest

import chaos as program
from catalogue import FAULTS, TCP_FAULTS
from processes import children
from servers import gatehouse_binary

HERE = pathlib.Path(__file__).resolve().parent
LEASH = HERE.parent / "house" / "leash.py"


@pytest.fixture
def chaos():
    """Starts it; what it makes is in a directory of its own, which is empty afterwards. PostgreSQL must be able to get there."""
    started, directory = [], pathlib.Path(tempfile.mkdtemp(prefix="gh-"))
    directory.chmod(0o755)

    def start(*words):
        started.append(
            subprocess.Popen(
                [sys.executable, LEASH, sys.executable, HERE / "chaos.py", *words],
                text=True,
                env={**os.environ, "TMPDIR": str(directory)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)
    directory.rmdir()


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("words", [["--tcp"], []])
def test_a_run(chaos, words):
    process = chaos("--minutes", "0.04", "--seed", "3", "--only", "way to redis", *words)
    said, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, said + complaints
    lines = said.splitlines()
    assert (
        lines[0] == f"seed 3, 2 gateways{' over TCP' if words else ''}, 0.04 minutes"
        and lines[-1] == "kept"
    )
    names = [found[1] for line in lines if (found := re.match(r"\d+: (.+)", line))]
    known = {**FAULTS, **(TCP_FAULTS if words else {})}
    assert names and all(name in known and "way to redis" in name for name in names)
    figures = {
        line[16:40].strip(): line.split()[-2] for line in lines if re.search(r">= \d+$| 0$", line)
    }
    assert figures["401 for a live session"] == "0" and figures["accepted after its end"] == "0"
    assert any(line.startswith("  Redis cut off") for line in lines)


def test_two_faults_at_a_time(chaos):
    """Its report names both; one of them is what was asked for."""
    process = chaos(
        "--minutes", "0.04", "--seed", "3", "--only", "redis throws everybody out", "--faults", "2"
    )
    said, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, said + complaints
    names = [
        found.groups()
        for line in said.splitlines()
        if (found := re.match(r"\d+: (.+), and (.+)", line))
    ]
    assert names and all(
        first == "redis throws everybody out" and second in FAULTS for first, second in names
    )


def test_which_two(monkeypatch):
    """They are in different places, among them those where two gateways are cut off from different stores; every other time it is one."""
    monkeypatch.setattr(sys, "argv", ["chaos", "--tcp"])
    options, rng = program.arguments(), random.Random(1)
    chosen = [
        program.choose(rng, options, number).name.split(", and ") for number in range(1, 2001)
    ]
    assert {len(names) for names in chosen[::2]} == {1} and {
        len(names) for names in chosen[1::2]
    } == {2}
    pairs = [
        (first, second) for first, second in chosen[1::2] if not second.startswith("elsewhere ")
    ]
    for first, second in pairs:
        places = {options.known[name].place for name in (first, second)}
        assert len(places) == 2 and (
            places == {"gateway", "both stores"} or "both stores" not in places
        )
    partitions = [
        (first, second.removeprefix("elsewhere "))
        for first, second in chosen[1::2]
        if second.startswith("elsewhere ")
    ]
    assert all(
        {options.known[name].hits for name in names} == {("redis",), ("sql",)}
        for names in partitions
    )
    assert ("one way to sql is down", "one way to redis is down") in partitions
    assert {name for names in chosen for name in names} >= set(options.known)


def test_a_promise_that_is_not_kept(chaos, monkeypatch):
    """It stops there, shows what proves it, and keeps the logs."""
    monkeypatch.setenv("GATEHOUSE_BINARY", str(gatehouse_binary().with_name("gatehouse_planted")))
    monkeypatch.setenv("PLANTED_BUG", "error_means_401")
    process = chaos("--minutes", "2", "--seed", "7", "--only", "the way to sql is down")
    said, complaints = process.communicate(timeout=120)
    assert process.returncode == 1, said + complaints
    lines = said.splitlines()
    assert lines[-1] == "BROKEN with seed 7" and lines[-2].startswith("logs are in ")
    assert any(
        re.match(r"seed 7, round \d+, the way to sql is down: \d+ violations", line)
        for line in lines
    )
    proof = itertools.takewhile(
        lambda line: line.startswith("    "),
        lines[lines.index("refused: 401 for a live session") + 1 :],
    )
    told = [line.split()[4:6] for line in proof]
    assert told[0][0] == "login" and ["check", "401"] in told
    assert (
        next(
            int(line.split()[-2])
            for line in lines
            if "401 for a live session" in line and line.endswith(" 0")
        )
        > 0
    )


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--only", "no such fault"], "no fault has 'no such fault' in its name"),
        (["--minutes", "soon"], "invalid float value: 'soon'"),
        (["--fast"], "unrecognized arguments: --fast"),
        (["--faults", "3"], "invalid choice: 3"),
        (["--faults", "2", "--only", "nothing"], "nothing can happen at the same time"),
        (["--only", "half open"], "no fault has 'half open' in its name"),
    ],
)
def test_what_it_does_not_know(chaos, words, complaint):
    process = chaos(*words)
    said, complaints = process.communicate(timeout=30)
    assert process.returncode == 2 and not said
    assert "./dev chaos" in complaints and complaint in complaints


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ended_early(chaos, number):
    """All of it ends: servers, gateways, clients."""
    process = chaos("--minutes", "5", "--only", "nothing")
    assert (
        process.stdout.readline().startswith("seed ")
        and process.stdout.readline() == "1: nothing\n"
    )
    alive = children(process.pid)
    assert len(alive) > 8
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode > 0
    assert [pid for pid in alive if is_alive(pid)] == []
