# SPDX-License-Identifier: Apache-2.0
"""Requests per second of many targets in interleaved rounds. A ratio is the median of the ratios of each round: both had the same
machine then."""

import re
import statistics
import subprocess
import sys

from targets import HERE, cpu_seconds

CONNECTIONS = 32


class Row:
    """One target, asked by wrk: with one cookie, or with those of a file at random."""

    def __init__(self, name, label, target, nginx, cookies=None):
        self.name, self.label, self.target, self.nginx, self.cookies = (
            name,
            label,
            target,
            nginx,
            cookies,
        )
        self.rates, self.costs, self.nginx_costs = [], [], []

    def command(self, seconds):
        wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
        url = f"{self.target.origin}/app/index.html"
        if self.cookies:
            return [*wrk, "-s", HERE / "many.lua", url, "--", self.cookies]
        return [*wrk, "-H", f"Cookie: {self.target.cookie}", "-H", "Accept: application/json", url]

    def is_right(self, said, done):  # pylint: disable=unused-argument
        """Of so many answers. With this Accept whoever is refused gets a 401, never a redirect."""
        return "Non-2xx" not in said

    def used(self):
        process = self.target.process
        return cpu_seconds(process.pid) if process else 0.0, cpu_seconds(self.nginx.worker)

    def round(self, seconds):
        """Asks, and returns (requests per second, µs of the program, µs of nginx) for each request."""
        before = self.used()
        said = subprocess.run(
            self.command(seconds), check=True, capture_output=True, text=True
        ).stdout
        done = int(re.search(r"(\d+) requests in", said)[1])
        if "Socket errors" in said or not self.is_right(said, done):
            raise SystemExit(
                f"{self.label}: not every request was answered as it should be\n{said}"
            )
        costs = [(end - begin) / done * 1e6 for begin, end in zip(before, self.used())]
        return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), *costs

    def measure(self, seconds):
        rate, cost, nginx_cost = self.round(seconds)
        self.rates.append(rate)
        self.costs.append(cost)
        self.nginx_costs.append(nginx_cost)

    @property
    def rate(self):
        return statistics.median(self.rates)


def measure(rows, rounds, seconds):
    for row in rows:
        row.round(1)  # connections and caches
    for number in range(rounds):
        for row in rows[number % len(rows) :] + rows[: number % len(rows)]:
            row.measure(seconds)
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)


def ratio(row, other):
    return statistics.median(mine / theirs for mine, theirs in zip(row.rates, other.rates))


def print_rates(rows, rounds, seconds, references=("limit", "constant")):
    """`references`: names of the rows that each is compared with."""
    known = {row.name: row for row in rows}

    def against(row, name):
        return f"{ratio(row, known[name]):.2f}" if name in known else "-"

    print(
        f"\n{rounds} interleaved rounds of {seconds} s, wrk -t1 -c{CONNECTIONS}, medians; µs of CPU per request\n"
    )
    width = max(len(row.label) for row in rows)
    titles = [f"÷ {name}" for name in references]
    heads = "".join(f" {title:>{len(title) + 1}}" for title in titles)
    print(
        f"{'who answers':<{width}} {'requests/s':>11} {'lowest':>8} {'highest':>8}{heads} {'µs own':>7} {'µs nginx':>9}"
    )
    for row in rows:
        ratios_of = "".join(
            f" {against(row, name):>{len(title) + 1}}" for name, title in zip(references, titles)
        )
        print(
            f"{row.label:<{width}} {row.rate:>11.0f} {min(row.rates):>8.0f} {max(row.rates):>8.0f}{ratios_of} "
            f"{statistics.median(row.costs):>7.1f} {statistics.median(row.nginx_costs):>9.1f}"
        )


# What is compared, and the least and the aim of the ratio.
RATIOS = (
    ("near", "constant", 0.90, 0.95),
    ("near-many", "constant-many", 0.90, 0.95),
    ("near", "fastify", 2.5, None),
    ("near", "lua", 1.5, None),
    ("near", "lua-pipelined", None, None),
    ("near", "lua-asked", 1.5, None),
    ("redis", "threads", 1.3, None),
    ("redis", "pipelined", 1.3, None),
    ("sql", "fastify", 1.0, None),
)


def ratios(rows):
    """The figures of this run: (what, number, aim)."""
    known = {row.name: row for row in rows}
    for mine, theirs, least, aim in RATIOS:
        if mine in known and theirs in known:
            text = (f"≥ {least:.2f}" if least else "-") + (f", aim {aim:.2f}" if aim else "")
            yield f"{known[mine].label} ÷ {known[theirs].label}", f"{ratio(known[mine], known[theirs]):.2f}", text
