# SPDX-License-Identifier: Apache-2.0
# Goal: what a change of strategy costs is counted before it is made, and a gateway refuses what would cost sessions; everything can
# be taken over in bulk, stopped at any moment and begun again, and what is missing afterwards is found.
import json
import signal
import subprocess

import pytest

from client import JSON, SECRETS, Browser
from legacy_site import OldSite
from legacy_systems import DAY, AuthTokenFile, Keys, SessionId, Sessions
from legacy_tables import now
from processes import wait_until
from servers import Stores, gatehouse_binary

SYSTEMS = {
    "session-id": SessionId,
    "sessions": Sessions,
    "redis": Keys,
    "auth-token-file": AuthTokenFile,
}


class Old:
    """A site that replaces an older system, and people who are signed in there."""

    def __init__(self, site, system):
        self.site, self.system, self.gateway = site, system, site.gateway
        self.people = []

    def sign_in(self, count):
        for _ in range(count):
            user = self.system.add_user()
            token = self.system.login(user)
            SECRETS.add(token)
            self.people.append((user, token))
        return self

    def migrate(self, *words, check=True):
        return self.gateway.cli("migrate", *words, check=check)

    def plan(self, to):
        done = self.migrate("plan", "--to", to, "--json", check=False)
        return done.returncode, json.loads(done.stdout)

    def reload(self, **options):
        seen = len(self.gateway.events("reload"))
        self.gateway.write_config(**options)
        self.gateway.process.send_signal(signal.SIGHUP)
        return self.gateway.wait_event("reload", seen + 1)

    def status(self, token):
        return (
            Browser(self.site)
            .get("/app/", headers=JSON, cookies=f"{self.system.COOKIE}={token}")
            .status
        )

    def identity(self, statement):
        """On the gateway's own database; {} is where its tables are."""
        return OldSite(self.site, self.system).identity(statement)

    def sessions_here(self):
        if self.site.stores.postgres:
            return self.site.stores.postgres.execute(
                "SELECT count(*) FROM gatehouse.sessions WHERE NOT revoked",
                (),
                self.site.stores.database,
            )[0][0]
        return self.plan("gradual")[1]["live_here"]


@pytest.fixture(params=SYSTEMS)
def old(request, make_site, root, postgres, redis_server):
    name = f"bulk-{request.param}-{len(list(root.iterdir()))}"
    system = SYSTEMS[request.param](root, postgres, name.replace("-", "_"))
    request.addfinalizer(system.stop)
    stores = (
        Stores("mock")
        if system.EMBEDDED
        else Stores("development", postgres, redis_server, f"{name}_new".replace("-", "_"))
    )
    site = make_site(name, stores, options={"strategy": "gradual", **system.options()})
    request.addfinalizer(site.stop)
    return Old(site, system).sign_in(12)


def test_everything_is_taken_over_and_counted(old):
    code, before = old.plan("production-only")
    assert code == 1 and before["lost"] == before["live_there"] == 12 and before["one_step"] is True
    assert "12 would be taken over" in old.migrate("sessions", "--dry-run").stdout.replace("  ", "")
    assert old.sessions_here() == 0, "a dry run has done something"
    assert old.migrate("users").returncode == 0
    done = old.migrate("sessions")
    assert (
        "Verified: 12 live there, 12 of these live here as the same user, 0 over here, 0 missing, 0 somebody else's."
        in done.stdout
    )
    assert old.sessions_here() == 12
    code, after = old.plan("production-only")
    assert code == 0 and after["lost"] == 0 and after["users_lost"] == 0 and after["kept"] == 12
    assert old.reload(strategy="production-only")["outcome"] == "ok"
    assert [old.status(token) for _, token in old.people] == [200] * 12
    # Once more: nothing is left to do.
    assert old.migrate("sessions", check=False).returncode == 0
    assert old.sessions_here() == 12


def test_plan_names_the_index_that_is_missing(old):
    """Without it each login of somebody unknown here reads all users of the older system."""
    missing = old.plan("gradual")[1]["missing_indexes"]
    assert missing and missing[0].startswith("CREATE INDEX ")
    text = old.migrate("plan", "--to", "gradual", check=False).stdout
    assert all(f"  {statement}\n" in text for statement in missing)
    for statement in missing:
        old.system.tables.run(
            statement.replace(" CONCURRENTLY", "")
        )  # which the test's transaction cannot
    assert old.plan("gradual")[1]["missing_indexes"] == []
    assert "CREATE INDEX" not in old.migrate("plan", "--to", "gradual", check=False).stdout


def test_a_session_that_ended_here_is_not_brought_back(old):
    user, token = old.people[0]
    browser = Browser(old.site)
    browser.cookies[old.system.COOKIE] = token
    assert browser.get("/app/", headers=JSON).status == 200
    assert browser.logout().status == 303
    if old.system.ONE_EACH:  # a backup comes back
        old.system.tables.run("UPDATE users SET session_id = %s WHERE id = %s", token, user.id)
    old.migrate("sessions", check=False)
    assert (
        old.status(token) == 401
        and [old.status(token) for _, token in old.people[1:]] == [200] * 11
    )


def test_what_would_be_lost_is_refused(old):
    assert old.reload(strategy="production-only")["outcome"].startswith("refused")
    assert "legacy_accept_loss" in old.gateway.events("strategy")[-1]["message"]
    assert [old.status(token) for _, token in old.people] == [
        200
    ] * 12  # and so they are taken over
    assert old.reload(strategy="production-only")["outcome"] == "ok"
    old.sign_in(1)
    code, plan = old.plan("production-only")
    assert code == 1 and plan["lost"] == 1 and old.status(old.people[-1][1]) == 401
    assert old.reload(strategy="gradual")["outcome"] == "ok"
    assert old.status(old.people[-1][1]) == 200


def test_what_a_new_password_has_ended_is_not_missing(old):
    """Its key may stay in the older system's Redis, and nobody knows when it was made."""
    user, token = old.people[0]
    assert old.status(token) == 200
    old.gateway.cli(
        "user",
        "passwd",
        user.identifier,
        "--password-stdin",
        stdin="canary a quite different walk\n",
        check=False,
    )
    left = old.system.login(user, at=now() - DAY)
    SECRETS.add(left)
    assert old.status(left) == 401
    done = old.migrate("sessions")
    assert done.returncode == 0 and "0 missing" in done.stdout
    assert old.plan("production-only")[1]["lost"] == 0
    assert old.reload(strategy="production-only")["outcome"] == "ok"
    assert [old.status(token) for _, token in old.people] == [401] + [200] * 11 and old.status(
        left
    ) == 401


def test_steps_are_not_skipped(old):
    for strategy in ("mock-only", "production-only"):
        code, plan = old.plan(strategy)
        assert plan["one_step"] is (strategy == "production-only") and (
            code == 0 or plan["lost"] or not plan["one_step"]
        )
    refused = old.reload(strategy="mock-only")
    assert refused["outcome"].startswith("refused") and refused["strategy"] == "gradual"
    assert "one step at a time" in old.gateway.events("strategy")[-1]["message"]
    # Nor by a restart: what it did last is known.
    old.gateway.stop()
    started = subprocess.run(
        [gatehouse_binary(), "serve", "--config", old.gateway.config],
        env=old.gateway.env,
        timeout=30,
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 78 and "this gateway was last at gradual" in started.stderr
    old.gateway.write_config(strategy="mock-with-write-through")
    old.gateway.start()
    assert old.status(old.people[0][1]) == 200


def test_on_the_way_back_exactly_what_was_counted_is_lost(old):
    """What began when the older system was told of nothing; all else it has."""
    kept = []
    for user, token in old.people:
        browser = Browser(old.site)
        browser.cookies[old.system.COOKIE] = token
        assert browser.get("/app/", headers=JSON).status == 200
        kept.append(browser)
    old.migrate("sessions")
    assert old.reload(strategy="production-only")["outcome"] == "ok"
    begun = [Browser(old.site) for _ in range(3)]
    for browser in begun:
        user = old.system.add_user()
        old.migrate("users")
        form = browser.form("/auth/login")
        assert (
            browser.post(
                "/auth/login",
                {**form.hidden, "identifier": user.email or user.phone, "password": user.password},
            ).status
            == 303
        )
    for strategy in ("gradual", "mock-with-write-through"):
        assert old.plan(strategy)[1]["lost"] == 0
        assert old.reload(strategy=strategy)["outcome"] == "ok"
        assert {browser.get("/app/", headers=JSON).status for browser in kept + begun} == {200}
    code, plan = old.plan("mock-only")
    assert code == 1 and plan["lost"] == 3 and plan["kept"] == 12
    said = old.migrate("plan", "--to", "mock-only", check=False).stderr
    assert (
        "sign in again under mock-only" in said
        and "production-only" not in said
        and "legacy_accept_loss" not in said
    )
    assert old.reload(strategy="mock-only")["outcome"] == "ok"
    assert [browser.get("/app/", headers=JSON).status for browser in kept] == [200] * 12
    assert [browser.get("/app/", headers=JSON).status for browser in begun] == [401] * 3
    assert old.reload(strategy="mock-with-write-through")["outcome"] == "ok"
    assert [browser.get("/app/", headers=JSON).status for browser in begun] == [
        200
    ] * 3, "nothing of ours was thrown away"


def test_killed_and_run_again(old):
    old.sign_in(150)
    command = [
        gatehouse_binary(),
        "migrate",
        "sessions",
        "--at-once",
        "1",
        "--config",
        old.gateway.config,
    ]
    running = subprocess.Popen(
        command, env=old.gateway.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: running.poll() is not None or old.sessions_here() > 5, "some are taken over")
    running.kill()
    running.wait()
    done = old.migrate("sessions")
    assert (
        "Verified: 162 live there, 162 of these live here as the same user, 0 over here, 0 missing, 0 somebody else's."
        in done.stdout
    )
    assert old.sessions_here() == 162


def test_a_store_that_is_away_is_said(old):
    with old.system.away():
        done = old.migrate("plan", "--to", "production-only", check=False)
        assert done.returncode == 69 and done.stderr.strip(), done
    assert old.migrate("plan", "--to", "gradual").returncode == 0


def test_words_that_mean_nothing(old):
    done = old.migrate("plan", "--to", "gradully", check=False)
    assert done.returncode == 64 and "gradual" in done.stderr
    plain = Old(old.site, old.system)
    plain.gateway.write_config(legacy_system="")
    done = plain.migrate("sessions", check=False)
    assert done.returncode == 78 and "legacy_system" in done.stderr


def test_what_is_gone_for_good_is_forgotten(old):
    """Not before: not as long as an older system is configured, here or at a gateway that runs, and not without the word."""
    user, token = old.people[0]
    browser = Browser(old.site)
    browser.cookies[old.system.COOKIE] = token
    assert browser.get("/app/", headers=JSON).status == 200 and browser.logout().status == 303
    old.migrate("sessions", check=False)

    def remembered():
        statement = "SELECT (SELECT count(*) FROM {0}legacy_tokens), (SELECT count(legacy_hash) FROM {0}users), (SELECT count(*) FROM {0}sessions)"
        return old.identity(statement)[0]

    before = remembered()
    assert before[0] >= 12 and before[1] == 12 and before[2] >= 12
    refused = old.migrate("forget-legacy", "--yes", check=False)
    assert refused.returncode == 78 and "an older system is configured" in refused.stderr
    old.reload(strategy="production-only")
    old.gateway.stop()
    old.gateway.write_config(legacy_system="")
    old.gateway.start()
    refused = old.migrate("forget-legacy", "--yes", check=False)
    assert (
        refused.returncode == 78
        and "has an older system in its configuration, or had at" in refused.stderr
    )
    old.identity(
        "UPDATE {}strategies SET at = "
        + ("at - interval '2 minutes'" if old.site.stores.postgres else "at - 120000")
    )
    asked = old.migrate("forget-legacy", check=False)
    assert (
        asked.returncode == 64
        and "add --yes" in asked.stderr
        and "12 users came from an older system" in asked.stdout
    )
    assert remembered() == before
    done = old.migrate("forget-legacy", "--yes")
    assert (
        f"Forgotten: {before[0]} tokens of the older system, 12 of its password hashes."
        in done.stdout
    )
    assert remembered() == (0, 0, before[2])
    assert (
        "Forgotten: 0 tokens of the older system, 0 of its password hashes."
        in old.migrate("forget-legacy", "--yes").stdout
    )
