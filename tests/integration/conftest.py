# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the integration tests: real servers behind the shipped nginx configuration, started when first needed.

Three set-ups: `sqlite` (mock, no Redis), `postgresql` (development, no Redis), both over http, and `postgresql+redis`
(production) over https. A test that takes `site` runs against each of them."""

import os
import pathlib
import shutil
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from inbox import ORIGIN, Inbox  # noqa: E402
from legacy_site import OldSite  # noqa: E402
from legacy_systems import SYSTEMS  # noqa: E402
from servers import Site, Stores  # noqa: E402
from stores import Postgres, Redis  # noqa: E402

SETUPS = ("sqlite", "postgresql", "postgresql+redis")
LAST = "test_traces"


def pytest_configure(config):
    config.addinivalue_line(
        "markers",
        "systems(which): only on the older systems for which this is true; others have no such thing",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """What looks for traces of the other tests runs after them."""
    items[:] = [
        item
        for item in items
        if all(
            mark.args[0](SYSTEMS[item.callspec.params["old"]])
            for mark in item.iter_markers("systems")
        )
    ]
    items.sort(key=lambda item: item.module.__name__ == LAST)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the ends of the logs."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for site in item.session.stash.get(SITES, []):
            for process in (site.gateway, site.nginx):
                if process:
                    report.sections.append(
                        (f"{site.label}: {process.log.name}", process.log_tail(15))
                    )


SITES = pytest.StashKey()


@pytest.fixture(scope="session")
def root(request):
    """A directory with a short name, because paths of unix sockets are short; kept if something failed and KEEP_LOGS is set."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="gh-"))
    path.chmod(0o755)
    yield path
    if request.session.testsfailed and os.environ.get("KEEP_LOGS"):
        print(f"\nlogs are kept in {path}")
    else:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(root):
    server = Postgres(
        root / "pg", max_connections=600
    ).start()  # for all the sites that live to the end of the run
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server(root):
    server = Redis(root / "redis").start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def make_site(request, root):
    """Starts a site and stops it at the end of the run."""
    sites = request.session.stash.setdefault(SITES, [])

    def make(label, stores, **more):
        site = Site(root / label.replace("+", "-"), label, stores, **more)
        sites.append(site)
        return site.start()

    yield make
    for site in sites:
        site.stop()


@pytest.fixture(scope="session")
def make_stores(request):
    """The stores of a set-up; each call gives a database of its own."""

    def make(setup, database):
        if setup == "sqlite":
            return Stores("mock")
        postgres = request.getfixturevalue("postgres")
        if setup == "postgresql":
            return Stores("development", postgres, None, database)
        return Stores("production", postgres, request.getfixturevalue("redis_server"), database)

    return make


@pytest.fixture(scope="session", params=SETUPS)
def site(request, make_site, make_stores):
    """The site of one set-up, shared by all tests."""
    setup = request.param
    for known in request.session.stash.get(SITES, []):
        if (
            known.label == setup
        ):  # pytest forgets a parameter's fixture as soon as it sees the next one
            return known
    database = "gate_" + "".join(filter(str.isalpha, setup))
    example = "example-tls.conf" if "redis" in setup else "example.conf"
    return make_site(setup, make_stores(setup, database), example=example)


@pytest.fixture(scope="session")
def people(site):
    """Accounts that no test changes."""
    if site.people is None:
        site.people = {
            "plain": site.user(),
            "admin": site.user(role="admin"),
            "orders": site.user("orders.write", verified=True),
            "unverified": site.user("orders.write"),
        }
    return site.people


OLD = pytest.StashKey()


@pytest.fixture(scope="session")
def make_old(request, make_site, root, postgres):
    """The site that replaces an older system; the embedded one is replaced by the embedded set-up. Shared by all tests."""
    known = request.session.stash.setdefault(OLD, {})

    def make(name):
        if name not in known:
            database = "old_" + name.replace("-", "_")
            system = SYSTEMS[name](root, postgres, database)
            request.session.addfinalizer(system.stop)
            stores = (
                Stores("mock")
                if system.EMBEDDED
                else Stores(
                    "development",
                    postgres,
                    request.getfixturevalue("redis_server"),
                    f"new_{database}",
                )
            )
            mail = root / f"old-{name}-mail"
            mail.mkdir(mode=0o700)
            # A login is tried again and again after an outage.
            options = {
                "strategy": "gradual",
                "legacy_accept_loss": True,
                "legacy_misses_per_address": 8,
                "legacy_timeout": "2s",
                "login_failures_per_account": 100000,
                "equal_bcrypt_cost": 4,
                "context.admin.idle": "1h",
                "mail_url": f"file://{mail}",
                "mail_from": "old@example.org",
                "context.web.url": ORIGIN,
                **system.options(),
            }
            known[name] = OldSite(make_site(f"old-{name}", stores, options=options), system)
            known[name].inbox = Inbox(mail)
        return known[name]

    return make


@pytest.fixture(scope="session", params=SYSTEMS)
def old(request, make_old):
    return make_old(request.param)


@pytest.fixture
def all_old(make_old):
    """Of every older system the site that replaces it."""
    return [make_old(name) for name in SYSTEMS]
