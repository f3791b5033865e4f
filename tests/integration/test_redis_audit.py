# SPDX-License-Identifier: Apache-2.0
# Goal: `redis audit` counts what is in Redis, all of it, by names that give nobody away; it needs nothing but Redis.
import json

import pytest

from client import signed_in

WITH_REDIS = pytest.mark.parametrize("site", ["postgresql+redis"], indirect=True)
EX_UNAVAILABLE, EX_CONFIG = 69, 78
MANY = 5000


def audit(site):
    done = site.gateway.cli("redis", "audit", "--json")
    return {row.pop("namespace"): row for row in json.loads(done.stdout)["namespaces"]}, done


@WITH_REDIS
def test_everything_is_counted(site):
    redis, user = site.stores.redis.client, site.user()
    browsers = [signed_in(site, user) for _ in range(3)]
    redis.set("cache:web:rates:usd_uah", "41.2", ex=300)
    redis.set("session:raw-token-of-somebody", json.dumps({"user_id": 1}), ex=300)
    redis.mset({f"bull:{number}": "x" * (number % 100) for number in range(MANY)})
    redis.set("a key\r\nwith \x1b[2J", "x")
    found, done = audit(site)
    kept = list(redis.scan_iter("identity:session:web:*"))
    assert len(kept) >= len(browsers)
    users = len(list(redis.scan_iter("identity:user:web:*")))
    expected = {
        "identity:session:web": len(kept),
        "identity:user:web": users,
        "cache:web:rates": 1,
        "session": 1,
        "foreign": MANY + 1,
    }
    assert {name: row["keys"] for name, row in found.items() if name in expected} == expected
    assert found["foreign"]["without_ttl"] == MANY + 1
    assert all(row["without_ttl"] == 0 for name, row in found.items() if name != "foreign")
    assert {name for name, row in found.items() if row["ours"]} == {
        name for name in found if name.startswith("identity:")
    }
    assert found["identity:session:web"]["bytes"] == sum(redis.memory_usage(key) for key in kept)
    assert sum(row["keys"] for row in found.values()) == redis.dbsize()
    table = site.gateway.cli("redis", "audit")
    for text in (done.stdout, done.stderr, table.stdout, table.stderr):
        for secret in (
            "raw-token",
            "usd_uah",
            "\x1b",
            *(key.decode().rpartition(":")[2] for key in kept),
            *(b.token for b in browsers),
        ):
            assert secret not in text
    line = next(line for line in table.stdout.splitlines() if line.startswith("foreign"))
    assert line.split()[1:3] == [str(MANY + 1), str(MANY + 1)]
    assert "Redis uses" in table.stdout


@WITH_REDIS
def test_what_of_ours_would_stay_for_ever(site):
    signed_in(site, site.user())
    redis = site.stores.redis.client
    redis.persist(next(redis.scan_iter("identity:session:web:*")))
    found, done = audit(site)
    assert found["identity:session:web"]["without_ttl"] == 1
    assert "identity:session:web: 1 keys stay for ever" in done.stderr


@WITH_REDIS
def test_what_the_application_keeps_too_long(site):
    """Five, thirty and fifteen minutes are its own rule."""
    redis = site.stores.redis.client
    for name, minutes in (("rates:usd_uah", 5), ("orders:user_1", 30), ("analytics:daily", 15)):
        kind = name.partition(":")[0]
        redis.set(f"cache:web:{name}", "x", ex=minutes * 60)
        found, done = audit(site)
        assert (
            found[f"cache:web:{kind}"]["too_long"] == 0 and f"cache:web:{kind}" not in done.stderr
        )
        redis.set(f"cache:web:{name}:longer", "x", ex=minutes * 60 + 60)
        redis.set(f"cache:web:{name}:for-ever", "x")
        found, done = audit(site)
        assert found[f"cache:web:{kind}"]["too_long"] == 2
        assert f"cache:web:{kind}: 2 keys live longer than {minutes} minutes" in done.stderr
        redis.delete(*redis.scan_iter(f"cache:web:{kind}:*"))


@WITH_REDIS
def test_it_needs_redis_alone(site):
    signed_in(site, site.user())
    kept = len(list(site.stores.redis.client.scan_iter("identity:session:web:*")))
    site.stores.postgres.freeze()
    try:
        assert audit(site)[0]["identity:session:web"]["keys"] == kept > 0
    finally:
        site.stores.postgres.thaw()
    site.stores.redis.stop()
    try:
        done = site.gateway.cli("redis", "audit", check=False)
        assert (
            done.returncode == EX_UNAVAILABLE
            and not done.stdout
            and "Redis did not answer" in done.stderr
        )
    finally:
        site.stores.redis.start()


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_without_redis(site):
    done = site.gateway.cli("redis", "audit", check=False)
    assert done.returncode == EX_CONFIG and "redis_url" in done.stderr
