# SPDX-License-Identifier: Apache-2.0
# Goal: straight at the gateway's socket, where another local process or a broken web server could be: a request gives one answer
# however it arrives, what is not a whole and unambiguous request never gives a 2xx, and no peer holds up the others.
import contextlib
import os
import signal
import socket

import pytest

import fcgi
from client import signed_in
from servers import Gateway, Stores

REQUIRED = (
    "REQUEST_METHOD",
    "REQUEST_URI",
    "DOCUMENT_URI",
    "REMOTE_ADDR",
    "HTTP_HOST",
    "GATE_CONTEXT",
)


@pytest.fixture(scope="module")
def cookie(site, people):
    """The cookie of a live session, as nginx passes it on."""
    browser = signed_in(site, people["plain"])
    return f"{site.cookie}={browser.cookies[site.cookie]}"


@pytest.fixture
def check(cookie):
    """The parameters of a check that is answered with 204."""

    def params(**changed):
        return fcgi.facts(**{"HTTP_COOKIE": cookie, **changed})

    return params


@pytest.fixture
def link(site):
    with fcgi.Connection(site.gateway.socket) as connection:
        yield connection


@pytest.fixture
def own_gateway(root, request):
    """A gateway that the test may stop."""
    gateway = Gateway(root / f"own-{request.node.name}"[:60], Stores("mock"))
    gateway.cli("migrate", "up")
    gateway.start()
    yield gateway
    if gateway.running():
        gateway.stop()


def is_alive(site):
    return fcgi.ask(site.gateway.socket, fcgi.facts()).status == 401


def test_one_answer_at_every_cut_twice_on_one_connection(link, check):
    data = fcgi.request(check())
    expected = link.ask(check())
    assert expected.status == 204 and expected.header("X-Auth-Email")
    for cut in range(1, len(data)):
        for _ in range(2):
            link.send_and_wait(data[:cut])
            link.send(data[cut:])
            reply = link.reply()
            assert reply is not None, f"cut at {cut}"
            identity = [item for item in reply.headers if item[0].startswith("X-Auth-")]
            assert (reply.status, identity) == (
                204,
                [item for item in expected.headers if item[0].startswith("X-Auth-")],
            )


def test_byte_by_byte_and_in_many_records(link, check):
    for data in (
        fcgi.request(check()),
        fcgi.request(check(), piece=1),
        fcgi.request(check(), piece=7, padding=255),
    ):
        for at in range(len(data)):
            link.send(data[at : at + 1])
        assert link.reply().status == 204


def test_a_request_cut_off_anywhere_is_never_answered(site, check):
    data = fcgi.request(check())
    for size in range(len(data)):
        with fcgi.Connection(site.gateway.socket) as link:
            link.send(data[:size])
            link.half_close()
            assert link.closed(), f"answered after {size} of {len(data)} bytes"


def test_requests_in_a_row_and_in_one_piece(link, check, site):
    for _ in range(100):
        assert link.ask(check()).status == 204
    link.send(
        fcgi.request(check()) + fcgi.request(fcgi.facts()) + fcgi.request(check(), keep=False)
    )
    assert [link.reply().status for _ in range(3)] == [204, 401, 204]
    assert link.closed()
    assert is_alive(site)


def test_large_cookie(link, check, cookie):
    assert link.ask(check(HTTP_COOKIE=f"other={'x' * 7168}; {cookie}")).status == 204
    assert link.ask(check(HTTP_COOKIE=f"{cookie}; other={'x' * 7168}")).status == 204


@pytest.mark.parametrize("name", [*REQUIRED, "GATE_END"])
def test_a_required_parameter_missing_doubled_or_empty(link, check, name):
    """Fails closed: an operator's mistake in the parameters is not "nobody is signed in", and never "let in"."""
    usual = check()
    value = dict(usual)[name]
    others = [item for item in usual if item[0] != name]
    assert link.ask(usual).status == 204
    assert link.ask(others).status == 500
    assert link.ask([(name, value), *usual]).status == 500
    assert link.ask([(name, "other"), *usual]).status == 500
    assert link.ask([item if item[0] != name else (name, "") for item in usual]).status == 500
    assert link.ask([*usual, ("ONE_MORE", "after the last")]).status == 500


def test_the_context_decides_and_an_unknown_one_opens_nothing(link, check):
    for context in ("nosuch", "WEB", "web ", "../web", "we", "webx"):
        assert link.ask(check(GATE_CONTEXT=context)).status == 500, context


MALFORMED = {
    "version 0": fcgi.record(fcgi.BEGIN_REQUEST, bytes(8), version=0),
    "version 2": fcgi.begin(version=2),
    "HTTP": b"GET /auth/verify HTTP/1.0\r\n\r\n",
    "unknown type": fcgi.begin() + fcgi.record(11),
    "unknown management record": fcgi.record(200, request_id=0),
    "no role": fcgi.begin(role=0),
    "authorizer": fcgi.begin(role=fcgi.AUTHORIZER),
    "filter": fcgi.begin(role=fcgi.FILTER),
    "role 65535": fcgi.begin(role=65535),
    "PARAMS first": fcgi.record(fcgi.PARAMS),
    "STDIN before the end of PARAMS": fcgi.begin() + fcgi.record(fcgi.STDIN),
    "DATA": fcgi.begin() + fcgi.stream(fcgi.PARAMS, b"") + fcgi.record(fcgi.DATA),
    "two BEGIN": fcgi.begin() + fcgi.begin(),
    "a second request in between": fcgi.begin() + fcgi.begin(request_id=2),
    "parameters of another request": fcgi.begin() + fcgi.record(fcgi.PARAMS, request_id=2),
    "both lengths 0x7fffffff": fcgi.begin() + fcgi.record(fcgi.PARAMS, b"\xff" * 8),
    "a name of 1 GiB": fcgi.begin() + fcgi.record(fcgi.PARAMS, b"\xc0\0\0\0\1"),
    "a value longer than the stream": fcgi.begin() + fcgi.stream(fcgi.PARAMS, b"\1\5Nvvvv"),
    "'=' in a name": fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pair("HTTP_COOKIE=a", "b")),
    "NUL in a name": fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pair("A\0B", "b")),
    "NUL in a value": fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pair("A", "x\0y")),
    "an empty name": fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pair("", "v")),
    "5000 parameters": fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pair("A", "") * 5000),
    "larger than the limit": fcgi.request([("A", "x" * 70_000)]),
    "GET_VALUES, malformed": fcgi.record(fcgi.GET_VALUES, b"\xff" * 5, request_id=0),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_malformed_records_end_the_connection(site, data):
    with fcgi.Connection(site.gateway.socket) as link:
        with contextlib.suppress(BrokenPipeError):
            link.send(data)
        assert link.closed()
    assert is_alive(site)


@pytest.mark.parametrize("name", ["http_cookie", "HTTP-COOKIE", "X Y", "\u00e9"])
def test_odd_names_are_refused(link, check, name):
    assert link.ask([(name, "v"), *check()]).status == 500


def test_an_aborted_login_does_not_happen(site, people):
    """Not half-way and not after all: no reply, and nobody has decided anything."""

    def decisions():
        return (
            site.gateway.events("login")
            + site.gateway.events("post_refused")
            + site.gateway.events("request_refused")
        )

    user = people["plain"]
    body = f'{{"identifier": "{user.email}", "password": "{user.password}"}}'.encode()
    params = fcgi.facts(
        "/auth/login",
        "POST",
        CONTENT_TYPE="application/json",
        CONTENT_LENGTH=str(len(body)),
        HTTP_ORIGIN=site.origin,
        HTTP_HOST=site.host,
    )
    whole = fcgi.request(params, body)
    end_of_params = len(fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pairs(params)))
    before, refused = len(decisions()), len(site.gateway.events("malformed_request"))
    cuts = (0, len(fcgi.begin()), end_of_params, len(whole) - 8)
    for cut in cuts:
        with fcgi.Connection(site.gateway.socket) as link:
            link.send(whole[:cut] + fcgi.record(fcgi.ABORT_REQUEST))
            assert link.closed()
    site.gateway.wait_event("malformed_request", refused + len(cuts))
    assert len(decisions()) == before


def test_half_open_peers_hold_nobody_up(site, check):
    data = fcgi.request(check())
    with contextlib.ExitStack() as stack:
        for size in [2, 8, 18, len(data) - 1] * 50:
            stack.enter_context(fcgi.Connection(site.gateway.socket)).send(data[:size])
        with fcgi.Connection(site.gateway.socket, timeout=2) as link:
            for _ in range(20):
                assert link.ask(check()).status == 204
        browser = site.browser()
        assert browser.get("/").status == 200


def test_idle_peers_hold_nobody_up(site, check):
    """More than the gateway keeps: the longest idle ones go."""
    limit = min(1500, os.sysconf("SC_OPEN_MAX") - 200)
    with contextlib.ExitStack() as stack:
        for _ in range(limit):
            stack.enter_context(fcgi.Connection(site.gateway.socket))
        assert fcgi.ask(site.gateway.socket, check()).status == 204


def test_peers_that_vanish_disturb_nobody(site, check):
    for _ in range(100):
        with fcgi.Connection(site.gateway.socket) as link:
            link.send(fcgi.request(check()))
    assert is_alive(site)


def test_a_peer_that_does_not_read_gets_its_answers_later(link, check):
    link.send(fcgi.request(check()) * 200)
    assert [link.reply().status for _ in range(200)] == [204] * 200


def test_head_tells_the_length_and_sends_no_body(link):
    page = link.ask(fcgi.facts("/auth/login"))
    head = link.ask(fcgi.facts("/auth/login", "HEAD"))
    assert (page.status, head.status) == (200, 200) and len(page.body) > 0 and head.body == b""


def test_the_subrequest_has_the_length_of_a_body_that_it_has_not(link, check):
    """nginx sends method and length of the request that is being checked, and no body."""
    for size in ("17", "99999999999999999999", "-1", "junk"):
        assert link.ask(check(REQUEST_METHOD="POST", CONTENT_LENGTH=size)).status == 204


def test_socket_is_not_open_to_everybody(site):
    assert os.stat(site.gateway.socket).st_mode & 0o7 == 0


def test_nothing_went_unhandled(site):
    assert site.gateway.events("unhandled") == []


def test_a_second_gateway_does_not_take_the_socket(own_gateway):
    second = own_gateway.cli("serve", check=False)
    assert second.returncode != 0
    assert f"{own_gateway.socket} is in use by another process" in second.stdout + second.stderr
    assert fcgi.ask(own_gateway.socket, fcgi.facts()).status == 401


def test_sigterm_loses_no_request_that_was_sent(own_gateway):
    with contextlib.ExitStack() as stack:
        links = [stack.enter_context(fcgi.Connection(own_gateway.socket)) for _ in range(20)]
        for link in links:
            assert link.ask(fcgi.facts()).status == 401
        own_gateway.freeze()  # so that it finds the signal and the requests at the same time
        for link in links:
            link.send(fcgi.request(fcgi.facts()))
        fresh = stack.enter_context(fcgi.Connection(own_gateway.socket))
        fresh.send(fcgi.request(fcgi.facts()))
        own_gateway.process.send_signal(signal.SIGTERM)
        own_gateway.thaw()
        for link in [*links, fresh]:
            reply = link.reply()
            assert reply is not None and reply.status == 401
            assert link.closed()
    assert own_gateway.process.wait(10) == 0
    assert not own_gateway.socket.exists()


def test_a_stale_socket_is_replaced(own_gateway):
    own_gateway.stop(signal.SIGKILL)
    assert own_gateway.socket.exists()
    with pytest.raises(ConnectionRefusedError):
        fcgi.Connection(own_gateway.socket)
    own_gateway.start()
    assert fcgi.ask(own_gateway.socket, fcgi.facts()).status == 401


def test_systemds_socket_is_used_and_left(own_gateway, root):
    """As `systemd` hands it over: descriptor 3, and who connects before and after is served by whoever runs."""
    own_gateway.stop()
    path = root / "handed-over.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()
        with fcgi.Connection(path) as early:
            early.send(fcgi.request(fcgi.facts(), keep=False))
            own_gateway.start_with(listener)
            assert early.reply().status == 401
        assert not own_gateway.socket.exists()
        assert own_gateway.stop() == 0
        assert path.exists()
        with fcgi.Connection(path) as late:  # waits in the queue that systemd keeps
            late.send(fcgi.request(fcgi.facts(), keep=False))
            own_gateway.start_with(listener)
            assert late.reply().status == 401
