# SPDX-License-Identifier: Apache-2.0
# Goal: two gateways behind the shipped nginx files, which an operator has given the second socket: while one of them works nobody
# is refused, whichever fails and however soon after the other one.
import concurrent.futures
import http.client
import re
import signal
import subprocess
import threading

import pytest

from client import JSON, signed_in
from processes import wait_until
from servers import TOP, Gateway, Stores, gatehouse_binary
from split_site import add, ask, sign_in
from stores import Redis

CLIENTS, ROUNDS, BETWEEN = 4, 3, 60


@pytest.fixture(scope="module")
def pair(make_site, make_stores, root):
    """A site, and its second gateway on the same database."""
    socket = root / "second" / "gatehouse.sock"
    site = make_site(
        "pair",
        make_stores("postgresql", "pair"),
        options={"log_level": "info"},
        edits=[
            (
                "snippets/gatehouse-http.conf",
                r"# (server unix:)/run/gatehouse/2\.sock",
                rf"\1{socket}",
            )
        ],
    )
    second = Gateway(
        root / "second",
        Stores("development"),
        {"log_level": "info", "key_file": str(site.gateway.root / "state/keys")},
    )
    second.env["DATABASE_URL"] = site.gateway.env["DATABASE_URL"]
    second.start()
    yield site, second
    second.stop()


class Checks:
    """Clients that ask for a protected page without a pause, each on a connection of its own; what they were answered."""

    def __init__(self, site, browser):
        self.site, self.browser, self.seen, self.over = site, browser, [], threading.Event()
        self.pool = concurrent.futures.ThreadPoolExecutor(CLIENTS)

    def __enter__(self):
        self.runs = [
            self.pool.submit(self.ask, ("GET", "POST")[number % 2]) for number in range(CLIENTS)
        ]
        return self

    def __exit__(self, *exception):
        self.over.set()
        self.pool.shutdown()
        for run in self.runs:
            run.result()

    def ask(self, method):
        headers = {
            "Host": self.site.host,
            "Cookie": f"{self.site.cookie}={self.browser.token}",
            **JSON,
        }
        link = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=20)
        while not self.over.is_set():
            link.request(method, "/app/", body=b"x" if method == "POST" else None, headers=headers)
            answer = link.getresponse()
            answer.read()
            self.seen.append(answer.status)
        link.close()

    def go_on(self, count=BETWEEN):
        goal = len(self.seen) + count
        wait_until(lambda: len(self.seen) >= goal or self.over.is_set(), "checks go on", 60)


def test_gateways_that_fail_one_after_the_other_refuse_nobody(pair):
    """nginx' default (max_fails=1 fail_timeout=10s) answers 503 to everybody once both have failed within ten seconds."""
    site, second = pair
    browser = signed_in(site, site.user())
    with site.nginx.expect("gatehouse.sock|prematurely"), Checks(site, browser) as checks:
        for _ in range(ROUNDS):
            for gateway in (site.gateway, second):
                checks.go_on()
                gateway.stop(signal.SIGKILL)
                checks.go_on()
                gateway.start()
        checks.go_on()
    refused = [status for status in checks.seen if status != 200]
    print(f"{2 * ROUNDS} × kill -9, in turn: {len(checks.seen)} checks, {len(refused)} refused")
    assert not refused, f"{len(refused)} of {len(checks.seen)}: {sorted(set(refused))}"


def test_people_sign_in_while_a_gateway_is_away(pair):
    """A login goes to the other one: nginx could not connect, so nothing is done twice."""
    site, second = pair
    user = site.user()
    with site.nginx.expect("gatehouse.sock"):
        for gateway in (site.gateway, second):
            gateway.stop(signal.SIGKILL)
            assert [site.browser().login(user).status for _ in range(6)] == [303] * 6
            gateway.start()


def test_a_gateway_that_hangs_refuses_nobody(pair):
    site, second = pair
    browser = signed_in(site, site.user())
    with site.nginx.expect("gatehouse.sock"):
        second.freeze()
        try:
            assert [browser.get("/app/").status for _ in range(4)] == [200] * 4
        finally:
            second.thaw()


def test_units_of_the_second_gateway(tmp_path):
    """systemd can read the units of the instances, which listen at sockets of their own and differ by nothing else."""
    made, shipped = gatehouse_binary().parent, TOP / "systemd"
    for kind in ("service", "socket"):
        text = (made / f"gatehouse@.{kind}").read_text()
        one = text.replace("/%i.sock", "/gatehouse.sock").replace("@%i.socket", ".socket")
        assert one == (shipped / f"gatehouse.{kind}").read_text() != text
        (tmp_path / f"gatehouse@2.{kind}").write_text(
            text.replace("/usr/bin/gatehouse ", "/bin/true ")
        )
    socket = (made / "gatehouse@.socket").read_text()
    assert re.findall("^ListenStream=(.*)", socket, re.M) == ["/run/gatehouse/%i.sock"]
    command = ["systemd-analyze", "verify", "--man=no", *tmp_path.iterdir()]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0 and "gatehouse" not in said.stderr, said.stderr


def test_gateways_of_one_configuration(root, postgres):
    """As instances of one unit: one configuration file, and only the sockets that systemd hands over differ. With Redis down an
    acknowledged logout is known to both."""
    redis = Redis(root / "instances-redis").start()
    first = Gateway(root / "instance1", Stores("development", postgres, redis, "instances"))
    second = Gateway(root / "instance2", Stores("development"))
    second.config, second.env = first.config, first.env
    second.command = first.command
    first.cli("migrate", "up")
    gateways = (first, second)
    try:
        for gateway in gateways:
            gateway.start_with(root / f"{gateway.root.name}.sock")
        sockets = [gateway.events("ready")[0]["socket"] for gateway in gateways]
        assert sockets == [str(gateway.socket) for gateway in gateways]
        user = add(first, "ann")
        redis.stop()
        for _ in range(8):
            cookie = sign_in(first, user)
            assert [ask(gateway, cookie=cookie).status for gateway in gateways] == [204, 204]
            assert ask(first, "/auth/logout", {}, cookie=cookie).status == 200
            assert ask(second, cookie=cookie).status == 401
        journals = sorted(path.name for path in (first.root / "state").glob("ended*.journal"))
        assert len(set(journals)) == len(journals) and all("instance" in name for name in journals)
    finally:
        for gateway in gateways:
            gateway.stop()
        redis.stop()
