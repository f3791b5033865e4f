# SPDX-License-Identifier: Apache-2.0
# Goal: the gateway as a process: it keeps nginx's connections, ends without losing a request, takes a new configuration or keeps the
# old one, and lets nobody take its socket.
import concurrent.futures
import os
import pathlib
import signal
import stat
import subprocess
import threading
import time

import pytest

import fcgi
from client import JSON, signed_in
from processes import PATIENCE, Process, wait_until
from servers import Gateway, Stores


@pytest.fixture(scope="module")
def own_site(make_site, make_stores):
    """A site of these tests alone, because they end its gateway. Hashing is slow here, so that requests are under way."""
    return make_site(
        "process",
        make_stores("sqlite", ""),
        options={"argon2_memory_kib": 65536, "argon2_passes": 3},
    )


@pytest.fixture
def gateway(own_site):
    if not own_site.gateway.running():
        own_site.gateway.start()
    yield own_site.gateway
    if not own_site.gateway.running():
        own_site.gateway.start()


def accepted(site):
    return (
        site.browser(address="127.0.0.1")
        .get("/auth/ready", headers=JSON)
        .json()["connections_accepted"]
    )


def many(browser, count, headers, expected):
    """Requests over one connection to nginx."""
    connection = browser.connect()
    for _ in range(count):
        connection.request("GET", "/app/", headers={"Host": browser.site.host, **headers})
        response = connection.getresponse()
        response.read()
        assert response.status == expected
    connection.close()


@pytest.mark.parametrize("who, expected", [("plain", 200), (None, 401)])
def test_connections_are_kept(site, people, who, expected):
    """nginx closes the connection of an auth_request unless it is told not to, and then it costs a connection each."""
    browser = signed_in(site, people[who]) if who else site.browser()
    headers = {**JSON, "Cookie": f"{site.cookie}={browser.token}"}
    many(browser, 5, headers, expected)
    before, threads, each = accepted(site), 4, 60
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: many(browser, each, headers, expected), range(threads)))
    assert accepted(site) - before <= threads + 3, f"connections for {threads * each} checks"


def test_socket(site):
    mode = stat.S_IMODE(site.gateway.socket.stat().st_mode)
    assert stat.S_ISSOCK(site.gateway.socket.stat().st_mode) and mode == 0o660


def test_socket_is_not_stolen(own_site, gateway):
    user = own_site.user()
    second = subprocess.run(
        gateway.command, env=gateway.env, capture_output=True, text=True, timeout=20, check=False
    )
    assert second.returncode not in (0, None) and str(gateway.socket) in second.stderr
    assert own_site.browser().login(user).status == 303


def test_socket_of_the_dead_is_taken_over(own_site, gateway):
    """A session outlives SIGKILL, and the next start is not kept from its socket by what the dead have left."""
    browser = signed_in(own_site, own_site.user())
    gateway.stop(signal.SIGKILL)
    assert gateway.socket.exists()
    gateway.start()
    assert browser.get("/app/").status == 200


def connections(gateway):
    """Sockets that the gateway has open."""
    found = 0
    for link in pathlib.Path(f"/proc/{gateway.pid}/fd").iterdir():
        try:
            found += os.readlink(link).startswith("socket:")
        except OSError:
            pass
    return found


def test_sigterm_finishes_what_is_under_way(own_site, gateway):
    users, browsers = [own_site.user() for _ in range(4)], [own_site.browser() for _ in range(4)]
    posts = [
        (
            browser,
            {
                **browser.form("/auth/login").hidden,
                "identifier": user.email,
                "password": user.password,
            },
        )
        for browser, user in zip(browsers, users)
    ]
    idle = connections(gateway)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(browser.post, "/auth/login", fields) for browser, fields in posts]
        wait_until(lambda: connections(gateway) >= idle + 4, "four logins are under way")
        assert gateway.stop(signal.SIGTERM) == 0
        assert [answer.result().status for answer in answers] == [303] * 4
    assert not gateway.socket.exists(), "a socket that nobody listens on is left"
    gateway.start()
    assert [browser.get("/app/").status for browser in browsers] == [200] * 4


def test_sigterm_under_load(own_site, gateway):
    """Every request is answered, by the gateway or, after it has gone, by nginx's 503; none is cut, none is let in by mistake."""
    browser, seen, stop = signed_in(own_site, own_site.user()), [], threading.Event()

    def load(number):
        stranger = own_site.browser()
        while not stop.is_set():
            if number % 2:
                seen.append(("person", browser.get("/app/", headers=JSON).status))
            else:
                seen.append(("stranger", stranger.get("/app/", headers=JSON).status))

    with own_site.nginx.expect(
        "gatehouse.sock.* failed|no live upstreams|auth request unexpected status: 502|upstream prematurely"
    ):
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            workers = [pool.submit(load, number) for number in range(6)]
            wait_until(lambda: len(seen) > 60, "load")
            assert gateway.stop(signal.SIGTERM) == 0
            gone = len(seen)
            both = {("person", 503), ("stranger", 503)}
            wait_until(lambda: both <= set(seen[gone:]), "answers without a gateway")
            gateway.start()
            wait_until(lambda: {status for _, status in seen[-20:]} == {200, 401}, "answers again")
            stop.set()
            for worker in workers:
                worker.result()
    assert {status for who, status in seen if who == "person"} == {200, 503}
    assert {status for who, status in seen if who == "stranger"} == {401, 503}


def test_second_sigterm_ends_at_once(own_site, gateway):
    """Also with a request under way that the first one would wait for."""
    user, browser = own_site.user(), own_site.browser()
    fields = {
        **browser.form("/auth/login").hidden,
        "identifier": user.email,
        "password": user.password,
    }
    idle = connections(gateway)
    with own_site.nginx.expect(
        "gatehouse.sock|upstream prematurely"
    ), concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(browser.post, "/auth/login", fields)
        wait_until(lambda: connections(gateway) >= idle + 8, "logins are under way")
        stops = len(gateway.events("stopping"))
        gateway.process.send_signal(signal.SIGTERM)
        gateway.wait_event("stopping", stops + 1)
        begin = time.monotonic()
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(5) != 0 and time.monotonic() - begin < 1.0


def reload(gateway, **changed):
    """Writes the configuration, sends SIGHUP, and says what the gateway made of it."""
    gateway.write_config(**changed)
    count = len(gateway.events("reload"))
    gateway.process.send_signal(signal.SIGHUP)
    return gateway.wait_event("reload", count + 1)["outcome"]


def test_reload(own_site, gateway):
    """SIGHUP: a good configuration counts for the next request, a broken one changes nothing."""
    pid, user, browser = gateway.pid, own_site.user(), signed_in(own_site, own_site.user())
    target = "context.web.default_target"
    for broken, leads_to in (
        (None, "/one"),
        ({"no_such_option": 1}, "/one"),
        ({"login_window": "soon"}, "/one"),
        (None, "/two"),
    ):
        outcome = reload(gateway, **{target: "/not" if broken else leads_to, **(broken or {})})
        assert (outcome == "ok") == (broken is None), outcome
        for option in broken or {}:
            del gateway.options[option]
        assert own_site.browser().login(user).header("Location") == leads_to
        assert browser.get("/app/").status == 200
    assert gateway.pid == pid and gateway.running()


def test_reload_names_what_needs_a_restart(own_site, gateway):
    assert reload(gateway, password_threads=3) == "ok"
    assert gateway.events("restart_needed")[-1]["option"] == "password_threads"


def test_reload_changes_the_environment(root, postgres, redis_server):
    """What follows from it counts at once; where it would mean other stores, it is refused and nothing changes."""
    gateway = Gateway(
        root / "environment",
        Stores("development", postgres, redis_server, "environment"),
        {"environment": "development"},
    )
    del gateway.env["SESSION_ENVIRONMENT"]
    gateway.cli("migrate", "up")
    gateway.start()
    shown = lambda: (fcgi.ready(gateway.socket)["mode"], fcgi.ready(gateway.socket)["strategy"])
    cookie = (
        lambda: fcgi.ask(gateway.socket, fcgi.facts("/auth/login", HTTP_ACCEPT="text/html"))
        .header("Set-Cookie")
        .split("=")[0]
    )
    try:
        assert shown() == ("development", "gradual") and not cookie().startswith("__Host-")
        assert reload(gateway, environment="production") == "ok"
        assert shown() == ("production", "production-only") and cookie().startswith("__Host-")
        assert not gateway.events("restart_needed")
        assert reload(gateway, environment="mock").startswith("refused")
        said = gateway.events("configuration")[-1]["message"]
        assert "restart" in said and "database_url" in said and "redis_url" in said
        assert shown() == ("production", "production-only")
        assert reload(gateway, environment="development") == "ok" and shown() == (
            "development",
            "gradual",
        )
    finally:
        assert gateway.stop() == 0


@pytest.mark.parametrize(
    "broken, words",
    [
        ({"no_such_option": 1}, "no_such_option"),
        ({"database_timeout": "soon"}, "database_timeout"),
        ({"prefix": "auth"}, "prefix"),
    ],
)
def test_broken_configuration_does_not_start(root, make_stores, broken, words):
    name = "broken-" + words
    gateway = Gateway(root / name, make_stores("sqlite", ""), broken)
    done = gateway.cli("config", "check", check=False)
    assert (
        done.returncode == 78
        and words in done.stdout + done.stderr
        and "gatehouse.toml" in done.stdout + done.stderr
    )
    served = subprocess.run(
        [str(word) for word in gateway.command],
        env=gateway.env,
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert served.returncode == 78 and words.encode() in served.stderr


def test_a_database_in_another_encoding_is_not_served(root, make_stores):
    """Texts would come back as others."""
    gateway = Gateway(root / "latin", make_stores("postgresql", "latin"))
    postgres = gateway.stores.postgres
    postgres.execute("DROP DATABASE latin")
    postgres.execute(
        "CREATE DATABASE latin OWNER latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    refused = gateway.cli("migrate", "up", check=False)
    assert refused.returncode != 0 and "must be UTF8" in refused.stderr
    Process.start(gateway)
    try:
        assert gateway.process.wait(PATIENCE) == 78
    finally:
        gateway.stop()
    assert "must be UTF8" in gateway.events("schema")[-1]["message"]


def test_production_needs_its_stores(root, make_stores):
    stores = make_stores("sqlite", "")
    stores.environment = "production"
    gateway = Gateway(root / "bare", stores)
    done = subprocess.run(
        [str(word) for word in gateway.command],
        env=gateway.env,
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 78 and (
        b"DATABASE_URL" in done.stderr or b"database_url" in done.stderr
    )


def test_nginx_restart_signs_nobody_out(own_site, gateway):
    browser = signed_in(own_site, own_site.user())
    own_site.nginx.stop(signal.SIGQUIT)
    own_site.nginx.start()
    assert gateway.running() and browser.get("/app/").status == 200
