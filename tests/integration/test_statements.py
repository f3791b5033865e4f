# SPDX-License-Identifier: Apache-2.0
# Goal: an installation that replaces no older system pays for none. What the database is asked is read in its own log: a look-up
# that misses every copy is one SELECT, what has been used is written by one UPDATE, the feed is asked in one round, and nothing asks
# for what an older system has left.
import re

import pytest

from client import signed_in
from fcgi import ready
from processes import wait_until
from servers import Stores
from stores import Postgres

OF_OLDER_SYSTEMS = re.compile(r"legacy_tokens|legacy_cutoff|strategies")


class Statements:
    """What the server has written down of the statements of one database, from here on."""

    def __init__(self, postgres):
        self.log = postgres.log
        self.seen = self.log.stat().st_size

    def new(self, pattern=""):
        text = self.log.read_bytes()[self.seen :].decode()
        statements = re.findall(
            r"LOG:  (?:statement|execute [^:]*): (.*(?:\n(?!\S* ?LOG:|\S* ?DETAIL:).*)*)", text
        )
        return [one for one in statements if re.search(pattern, one)]

    def on_sessions(self):
        """Those on the tables in which sessions and their names are, but for the one that tidies up after a start."""
        return [
            one
            for one in self.new(r"\b(FROM|JOIN|INTO|UPDATE) (sessions|legacy_tokens)\b")
            if not one.startswith("DELETE FROM sessions WHERE id IN")
        ]


@pytest.fixture(scope="module", name="postgres")
def server_that_logs(root):
    server = Postgres(root / "logging", log_statement="all", log_line_prefix="").start()
    yield server
    server.stop()


@pytest.fixture(scope="module", name="site")
def site_without_older_system(make_site, postgres):
    return make_site(
        "statements",
        Stores("development", postgres, None, "statements"),
        options={"touch_interval": "1s", "flush_interval": "5m"},
    )


def restart(site):
    """Nothing is remembered afterwards."""
    site.gateway.stop()
    site.gateway.start()


def test_a_look_up_is_one_select(site, postgres):
    ann = signed_in(site, site.user())
    restart(site)
    statements = Statements(postgres)
    assert ann.get("/app/").status == 200
    asked = statements.on_sessions()
    assert len(asked) == 1 and re.match(r"SELECT .* FROM sessions s JOIN users", asked[0]), asked


def test_a_miss_is_one_select(site, postgres):
    ann = signed_in(site, site.user())
    postgres.execute("DELETE FROM gatehouse.sessions", database=site.stores.database)
    restart(site)
    statements = Statements(postgres)
    assert ann.get("/app/").status in (302, 401)
    asked = statements.on_sessions()
    assert len(asked) == 1 and re.match(r"SELECT .* FROM sessions s JOIN users", asked[0]), asked


def test_what_was_used_is_written_by_one_update(site, postgres):
    browsers = [signed_in(site, site.user()) for _ in range(3)]
    postgres.execute(
        "UPDATE gatehouse.sessions SET last_activity = last_activity - interval '1 hour'",
        database=site.stores.database,
    )
    restart(site)
    for browser in browsers:
        assert browser.get("/app/").status == 200
    statements = Statements(postgres)
    site.gateway.stop()
    asked = statements.on_sessions()
    site.gateway.start()
    assert len(asked) == 1 and re.match(r"UPDATE sessions SET last_activity", asked[0]), asked


def test_the_feed_is_asked_in_one_round(site, postgres):
    def looks():
        return ready(site.gateway.socket)["feed_looks"]

    wait_until(lambda: looks() >= 1, "the first look at the feed")
    statements, before = Statements(postgres), looks()
    wait_until(lambda: looks() >= before + 5, "five looks at the feed")
    rounds = statements.new(r"FROM changes WHERE seq >")
    assert 5 <= len(rounds) <= looks() - before + 1
    assert statements.on_sessions() == []


def test_a_stop_asks_nothing(site, postgres):
    """One question for each prepared statement would take minutes where the network is slow."""
    ann = signed_in(site, site.user())
    assert ann.get("/app/").status == 200
    statements = Statements(postgres)
    site.gateway.stop()
    asked = statements.new()
    site.gateway.start()
    assert [one for one in asked if "DEALLOCATE" in one] == []


def test_nothing_of_an_older_system_is_asked_for(site, postgres):
    statements = Statements(postgres)
    user = site.user()
    one, other = signed_in(site, user), signed_in(site, user)
    assert one.get("/app/").status == 200
    site.gateway.cli("session", "revoke", user.email, "--all")
    assert other.get("/app/").status in (302, 401)
    restart(site)
    assert statements.new(r"UPDATE sessions SET revoked"), "the log has not been read rightly"
    assert statements.new(OF_OLDER_SYSTEMS.pattern) == []
