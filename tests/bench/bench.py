#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much a check costs. Two answers:

requests per second through one nginx (one worker), in one interleaved run, of: nginx answering the auth_request by itself
(`return 204`, the limit), a FastCGI program that answers a constant (what any program costs), the gateway as it is, and, with
its near cache turned off, the gateway with Redis and with PostgreSQL alone. Figures of one run can be compared with each other, not with those of
another run or machine: look at the ratios.

instructions of the gateway per request, counted by callgrind: this figure does not depend on the machine's mood.
"""

import argparse
import pathlib
import re
import secrets
import statistics
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(pathlib.Path(__file__).parent), str(TOP / "tests" / "integration")]

# pylint: disable=wrong-import-position
from bench_nginx import BenchNginx  # noqa: E402
from client import Browser  # noqa: E402
from instructions import print_instructions, start  # noqa: E402
from processes import Process, free_port, wait_until  # noqa: E402
from servers import Gateway, Stores, User  # noqa: E402
from stores import Postgres, Redis  # noqa: E402

CONNECTIONS = 32


class Target:
    """Something that answers the question. To Browser it looks like a site."""

    scheme = "http"

    def __init__(self, name, label, process=None, socket=None, gateway=None):
        self.name, self.label, self.process, self.socket, self.gateway = name, label, process, socket, gateway
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.origin = f"http://{self.host}"
        self.cookie = "gatehouse_web=none"
        self.rates, self.costs = [], []

    def sign_in(self):
        user = User("bench@example.org", secrets.token_urlsafe(18))
        self.gateway.cli("user", "add", user.email, "--password-stdin", stdin=user.password + "\n")
        browser = Browser(self)
        answer = browser.post_json("/auth/login", {"identifier": user.email, "password": user.password})
        assert answer.status == 200, answer
        self.cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    def cpu_seconds(self):
        """What all threads of the program have used."""
        if self.process is None:
            return 0.0
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def round(self, seconds):
        before = self.cpu_seconds()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-H", f"Cookie: {self.cookie}", f"{self.origin}/app/index.html"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            raise SystemExit(f"{self.label}: not every request was let in\n{said}")
        done = int(re.search(r"(\d+) requests in", said)[1])
        self.rates.append(float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]))
        self.costs.append((self.cpu_seconds() - before) / done * 1e6)


def make_gateway(root, name, stores, **options):
    gateway = Gateway(root / name, stores, {"log_level": "info", **options})
    gateway.cli("migrate", "up")
    return gateway


def make_targets(root, postgres, redis):
    constant = Process([TOP / "build/release/bench_constant", root / "constant.sock"], root / "constant.log")
    near = make_gateway(root, "near", Stores("development", postgres, redis, "bench_near"))
    with_redis = make_gateway(root, "redis", Stores("development", postgres, redis, "bench_redis"), near_cache_entries=0)
    sql_only = make_gateway(root, "sql", Stores("development", postgres, None, "bench_sql"), near_cache_entries=0)
    return [Target("limit", "nginx itself: return 204"),
            Target("constant", "constant FastCGI program", constant, root / "constant.sock"),
            Target("near", "gateway", near, near.socket, near),
            Target("redis", "no near cache, Redis", with_redis, with_redis.socket, with_redis),
            Target("sql", "no near cache, PostgreSQL", sql_only, sql_only.socket, sql_only)]


def measure(targets, rounds, seconds):
    for target in targets:
        target.round(1)  # connections and caches
        target.rates.clear()
        target.costs.clear()
    for number in range(rounds):
        for target in targets[number % len(targets):] + targets[:number % len(targets)]:
            target.round(seconds)
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)


def ratio(target, other):
    """Median of the ratios of each round: both had the same machine then."""
    return statistics.median(mine / theirs for mine, theirs in zip(target.rates, other.rates))


def print_rates(targets, rounds, seconds):
    limit, constant = targets[:2]
    print(f"\n{rounds} interleaved rounds of {seconds} s, wrk -t1 -c{CONNECTIONS}, medians\n")
    print(f"{'who answers the auth_request':<28} {'requests/s':>11} {'lowest':>8} {'highest':>8} {'÷ limit':>8} {'÷ constant':>11} {'µs CPU':>7}")
    for target in targets:
        print(f"{target.label:<28} {statistics.median(target.rates):>11.0f} {min(target.rates):>8.0f} {max(target.rates):>8.0f} "
              f"{ratio(target, limit):>8.2f} {ratio(target, constant):>11.2f} {statistics.median(target.costs):>7.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of one target in one round")
    parser.add_argument("--no-instructions", action="store_true", help="leave callgrind out")
    parser.add_argument("--functions", type=int, default=0, metavar="N", help="also show the N costliest functions")
    options = parser.parse_args()
    root = pathlib.Path(tempfile.mkdtemp(prefix="bench-"))
    root.chmod(0o755)
    postgres, redis = Postgres(root / "pg"), Redis(root / "redis-server")
    running = [postgres.start(), redis.start()]
    targets = make_targets(root, postgres, redis)
    try:
        for target in targets:
            if target.process:
                running.append(target.process)
                (start if target.gateway else Process.start)(target.process)
        wait_until(lambda: "ready" in targets[1].process.log_text(), "the constant program")
        nginx = BenchNginx(root / "nginx", targets)
        running.append(nginx.start())
        nginx.wait_ready(lambda: (nginx.root / "nginx.pid").exists())
        for target in targets:
            if target.gateway:
                target.sign_in()
        measure(targets, options.rounds, options.seconds)
        print_rates(targets, options.rounds, options.seconds)
        if not options.no_instructions:
            print_instructions(targets, options.functions)
    finally:
        for process in reversed(running):
            process.stop()


if __name__ == "__main__":
    main()
