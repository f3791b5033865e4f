# SPDX-License-Identifier: Apache-2.0
"""What a cookie of the system that is being replaced costs under each strategy, beside one of ours. Each gateway has a database and
a Redis of its own, so that none hears of what another one does; the older system is one for all, on the same PostgreSQL server."""

import re
import secrets
import sys

from legacy_site import STRATEGIES
from legacy_systems import Sessions
from population import COOKIE
from rates import HERE, Row, measure, print_rates
from servers import Stores
from stores import Redis
from targets import GatewayTarget

PEOPLE = 100_000
# Those who guess are not stopped, and nobody who waits for a busy machine is turned away.
OPTIONS = {
    "legacy_misses_per_address": 1_000_000,
    "legacy_accept_loss": True,
    "legacy_timeout": "5s",
    "database_timeout": "5s",
    "touch_interval": "1h",
}
# What an old cookie costs that somebody is signed in with.
LIVE = {
    "mock-only": "old cookie, mock-only",
    "mock-with-write-through": "old cookie, mock-with-write-through",
    "gradual": "old cookie, taken over, gradual",
}


class OldTarget(GatewayTarget):
    """A gateway that replaces this system. Whom it knows has an old cookie; under production-only one of ours."""

    def __init__(self, root, stores, system, strategy):
        self.system, self.strategy = system, strategy
        label = LIVE.get(strategy, f"our cookie, {strategy}")
        super().__init__(
            root, strategy, label, stores, strategy=strategy, **OPTIONS, **system.options()
        )

    def sign_in(self):
        if self.strategy not in LIVE:
            super().sign_in()
            return
        user = self.system.add_user()
        self.cookie, self.email = f"{self.system.COOKIE}={self.system.login(user)}", user.email


class Unknown(Row):
    """Asked with old cookies that nobody has. Each has to be refused, and not for want of an answer."""

    def __init__(self, target, nginx, always_new):
        kind = "never seen" if always_new else "seen before"
        super().__init__(
            f"{target.name} {kind}", f"unknown old cookie, {kind}, {target.strategy}", target, nginx
        )
        self.always_new, self.junk = always_new, secrets.token_hex(32)

    def command(self, seconds):
        plain, name = super().command(seconds), self.target.system.COOKIE
        if not self.always_new:
            return [
                f"Cookie: {name}={self.junk}" if word == f"Cookie: {self.target.cookie}" else word
                for word in plain
            ]
        wrk, url = plain[: plain.index("-H")], plain[-1]
        return [
            *wrk,
            "-s",
            HERE / "junk.lua",
            url,
            "--",
            name,
            secrets.token_hex(24),
        ]  # 16 more digits make it as long as theirs

    def is_right(self, said, done):
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
        # Of an answer other than 401 nginx says so.
        unanswered = "auth request unexpected status" in (self.nginx.root / "error.log").read_text()
        return refused is not None and int(refused[1]) == done and not unanswered


def people_of(system, number):
    """Each with a session."""
    system.tables.run(
        "INSERT INTO users (email, is_verified) "
        f"SELECT 'somebody' || n || '@example.org', true FROM generate_series(1, {number}) n"
    )
    system.tables.run(
        "INSERT INTO sessions (id, user_id, expires_at) "
        "SELECT md5(random()::text) || md5(random()::text), id, now() + interval '1 day' FROM users"
    )
    system.tables.run("ANALYZE")


def make_targets(bench):
    """Strategy → target, not yet started; and the plain gateway that replaces nothing."""
    system = Sessions(bench.root, bench.postgres, "bench_older")
    people_of(system, PEOPLE)
    targets = {}
    for number, strategy in enumerate(STRATEGIES):
        redis = Redis(bench.root / f"redis-{number}")
        bench.started.append(redis)
        stores = Stores("development", bench.postgres, redis.start(), f"bench_old_{number}")
        targets[strategy] = OldTarget(bench.root, stores, system, strategy)
    plain = bench.servers.make("near")
    plain.label = "our cookie, nothing is replaced"
    return plain, targets


def rows_of(plain, targets, nginx):
    yield Row("plain", plain.label, plain, nginx)
    for strategy in STRATEGIES[::-1]:
        yield Row(strategy, targets[strategy].label, targets[strategy], nginx)
    for always_new in (False, True):
        for strategy in STRATEGIES[::-1]:
            yield Unknown(targets[strategy], nginx, always_new)


def measure_legacy(bench, rounds, seconds):
    """Prints what it finds."""
    print(f"making an older system with {PEOPLE} people", file=sys.stderr, flush=True)
    plain, targets = make_targets(bench)
    everybody = [plain, *targets.values()]
    nginx = bench.nginx("nginx", everybody)
    for target in everybody:
        bench.started.append(target.process)
        target.start()
    nginx.start()
    for target in everybody:
        target.sign_in()
        target.check()
    assert targets["production-only"].cookie.startswith(f"{COOKIE}=")
    rows = list(rows_of(plain, targets, nginx))
    measure(rows, rounds, seconds)
    print_rates(rows, rounds, seconds, references=("plain",))
