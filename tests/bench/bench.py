#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much a check costs.

requests per second through nginx (one worker), in one interleaved run, of
  limit      nginx answering the auth_request by itself: `return 204`
  constant   a FastCGI program that answers a constant: what any program costs
  near       the gateway as it is
  redis      the gateway without its near cache: every check asks Redis
  sql        the gateway without near cache and Redis: every check asks PostgreSQL
  fastify    an endpoint with Fastify and ioredis: GET, parse, EXPIRE
  lua        a check inside nginx, in the location itself (access_by_lua, lua-resty-redis): GET, then EXPIRE
  lua-pipelined  the same with GET and EXPIRE in one go
  lua-asked  GET, then EXPIRE, as the answer to an auth_request (content_by_lua)
  threads    libfcgi and hiredis with 64 threads that wait for GET, then for EXPIRE
  pipelined  the same with GET and EXPIRE in one go
  constant-many, near-many   constant and near with 100 000 sessions at random
Figures of one run can be compared with each other, not with those of another run or machine: look at the ratios.

flood: how late checks at a fixed rate are answered, in quiet and while as many people sign in as the gateway takes.

touches: what it costs to note that a session is in use, once a minute; `near` does not do that.

instructions: of the gateway per request, counted by callgrind: this figure does not depend on the machine's mood.

legacy (with --legacy, and then alone): requests per second with cookies of the system that is being replaced, beside those with
one of ours. That system has a table of sessions and 100 000 people, on the PostgreSQL server of the gateways, of which there
is one for each strategy. Old cookies are those of people who are signed in, and unknown ones: the same again and again, which
is remembered, and never one twice, which is looked for each time. A gateway writes a line to its log for each that it refuses.

Nothing is measured that refuses a good session or lets in a wrong one.
"""

import argparse
import pathlib
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests" / name) for name in ("bench", "lib", "faults")]

# pylint: disable=wrong-import-position
from bench_nginx import BenchNginx  # noqa: E402
from bulk import measure_bulk  # noqa: E402
from flood import measure_flood  # noqa: E402
from instructions import print_instructions  # noqa: E402
from population import populate  # noqa: E402
from legacy_cookies import measure_legacy  # noqa: E402
from memory import measure_memory, options_for, resident  # noqa: E402
from rates import Row, measure, print_rates, ratios  # noqa: E402
from steady import warm  # noqa: E402
from stores import Postgres, Redis  # noqa: E402
from targets import NAMES, Servers  # noqa: E402
from touches import measure_touches  # noqa: E402

MANY = 100_000
PARTS = ("constant-many", "near-many", "flood", "touches", "instructions")
MANY_PARTS = set(PARTS) - {"instructions"}  # they need the 100 000 sessions


def read_options():
    parser = argparse.ArgumentParser(
        prog="./dev bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of one target in one round")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=NAMES + PARTS,
        metavar="WORD",
        default=NAMES + PARTS,
        help="of those above",
    )
    parser.add_argument("--no-instructions", action="store_true", help="leave callgrind out")
    parser.add_argument(
        "--functions", type=int, default=0, metavar="N", help="also show the N costliest functions"
    )
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--memory",
        type=int,
        nargs="?",
        const=1_000_000,
        metavar="N",
        help="instead of all that: the memory that N sessions take (1 000 000; takes some ten minutes)",
    )
    other.add_argument(
        "--bulk",
        type=int,
        nargs="?",
        const=MANY,
        metavar="N",
        help="instead of all that: taking over N sessions of an older system (100 000; takes some three minutes)",
    )
    other.add_argument(
        "--legacy",
        action="store_true",
        help="instead of all that: cookies of an older system (some three minutes)",
    )
    return parser.parse_args()


class Bench:
    """The stores, the targets that are wanted, an nginx in front of them. Lua has an nginx of its own: the others shall not pay for
    its being there."""

    def __init__(self, root):
        self.root = root
        self.postgres, self.redis, self.rivals = (
            Postgres(root / "pg"),
            Redis(root / "redis"),
            Redis(root / "rivals"),
        )
        self.servers = Servers(root, self.postgres, self.redis, self.rivals)
        self.cookies = root / "cookies"
        self.started, self.targets, self.nginxes = [], {}, {}

    def __enter__(self):
        for store in (self.postgres, self.redis, self.rivals):
            self.started.append(store)
            store.start()
        return self

    def __exit__(self, *exception):
        for process in reversed(self.started):
            process.stop()

    def nginx(self, name, targets):
        nginx = BenchNginx(self.root / name, targets)
        self.started.append(nginx)
        self.nginxes |= {target.name: nginx for target in targets}
        return nginx

    def make(self, names):
        for name in names:
            self.targets[name] = target = self.servers.make(name)
            if target.process:
                self.started.append(target.process)

    def start(self, many):
        targets = list(self.targets.values())
        if many:
            populate(self.targets["near"].gateway, self.postgres, MANY, self.cookies)
        for target in targets:
            target.start()
        for name, in_nginx in (("nginx", False), ("nginx-lua", True)):
            if mine := [target for target in targets if target.in_nginx == in_nginx]:
                self.nginx(name, mine).start()
        for target in targets:
            target.sign_in()
            target.check()

    def rows(self, words):
        for name, target in self.targets.items():
            if name in words:
                yield Row(name, target.label, target, self.nginxes[name])
        for name in ("constant", "near"):
            if f"{name}-many" in words:
                target = self.targets[name]
                yield Row(
                    f"{name}-many",
                    f"{target.label}, {MANY} sessions",
                    target,
                    self.nginxes[name],
                    self.cookies,
                )


def wanted_targets(words):
    """Those that the words need."""
    words = set(words)
    if words & MANY_PARTS:
        words.add("near")  # whose sessions they are
    if "constant-many" in words:
        words.add("constant")
    if "instructions" in words and not words & {"near", "redis", "sql"}:
        words |= {"near", "redis", "sql"}
    return [name for name in NAMES if name in words]


def print_figures(figures):
    if not figures:
        return
    width = max(len(what) for what, _, _ in figures)
    print(f"\n{'figure':<{width}} {'measured':>10}   wanted\n")
    for what, number, aim in figures:
        print(f"{what:<{width}} {number:>10}   {aim}")


def compare(bench, options):
    words, figures = options.only, []
    bench.make(wanted_targets(words))
    many = bool(MANY_PARTS & set(words))
    bench.start(many)
    near = bench.targets.get("near")
    at_start = resident(near.process.pid) if near else 0
    if many:
        warm(near, bench.cookies)
    rows = list(bench.rows(words))
    if rows:
        measure(rows, options.rounds, options.seconds)
        print_rates(rows, options.rounds, options.seconds)
        figures += ratios(rows)
    if "flood" in words:
        asked = next((row for row in rows if row.name == "near-many"), None)
        maximum = (
            asked.rate
            if asked
            else Row("near", "", near, bench.nginxes["near"], bench.cookies).round(options.seconds)[
                0
            ]
        )
        figures += measure_flood(near, bench.cookies, maximum, at_start)
    if "touches" in words:
        measure_touches(near, bench.cookies, MANY)
    if "instructions" in words and not options.no_instructions:
        print_instructions(list(bench.targets.values()), options.functions)
    print_figures(figures)


def count_memory(bench, sessions):
    target = bench.servers.gateway("memory", "gateway", **options_for(sessions))
    bench.started.append(target.process)
    nginx = bench.nginx("nginx", [target])
    print_figures(
        list(measure_memory(target, nginx, bench.postgres, bench.redis, sessions, bench.cookies))
    )


def main():
    options = read_options()
    root = pathlib.Path(tempfile.mkdtemp(prefix="bench-"))
    root.chmod(0o755)
    with Bench(root) as bench:
        if options.memory:
            count_memory(bench, options.memory)
        elif options.bulk:
            measure_bulk(bench, options.bulk)
        elif options.legacy:
            measure_legacy(bench, options.rounds, options.seconds)
        else:
            compare(bench, options)


if __name__ == "__main__":
    main()
