# SPDX-License-Identifier: Apache-2.0
# Goal: a door on a port does what only TCP can do, as its modes say, and all is well when the mode ends.
import errno
import socket
import struct

import pytest

from proxy import Doors
from test_proxy import Echo, ask, ended, hear, silent

UNACKED = 24  # where tcpi_unacked is in struct tcp_info: behind 8 bytes and 4 words


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    place = tmp_path_factory.mktemp("t")
    Echo(place / "back")
    doors = Doors(place).start()
    doors.port = doors.tell(listen="door", front="tcp", back=str(place / "back"))["port"]
    yield doors
    doors.stop()


@pytest.fixture
def connect(doors):
    links = []

    def connect(timeout=5.0):
        links.append(socket.socket())
        links[-1].settimeout(timeout)
        links[-1].connect(("127.0.0.1", doors.port))
        links[-1].settimeout(5.0)
        return links[-1]

    yield connect
    for link in links:
        link.close()
    doors.tell(name="door", mode="pass")


def unacknowledged(link):
    """Segments that the other kernel has not answered."""
    return struct.unpack_from(
        "=I", link.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, UNACKED + 4), UNACKED
    )[0]


def well_until(doors, connect, mode):
    """A connection that was well until the door began to do this."""
    link = connect()
    assert ask(link, b"one") == b"+one\r\n"
    doors.tell(name="door", mode=mode)
    return link


def say_into_nothing(link, word):
    """Not even the other kernel hears it."""
    link.sendall(word + b"\n")
    assert silent(link) and unacknowledged(link) > 0


def test_pass(connect):
    for word in (b"one", b"x" * 200_000):
        assert ask(connect(), word) == b"+" + word + b"\r\n"


@pytest.mark.parametrize("mode", ["down", "refuse"])
def test_nobody_there(doors, connect, mode):
    link = well_until(doors, connect, mode)
    assert ended(link)
    with pytest.raises(ConnectionRefusedError):
        connect()
    doors.tell(name="door", mode="pass")
    assert ask(connect(), b"two") == b"+two\r\n"


def test_reset(doors, connect):
    link = well_until(doors, connect, "reset")
    with pytest.raises(ConnectionResetError):
        link.recv(1)
    with pytest.raises(ConnectionResetError):
        connect().recv(1)


def test_blackhole(doors, connect):
    """Nobody is told anything, not even by a kernel."""
    link = well_until(doors, connect, "blackhole")
    say_into_nothing(link, b"two")
    with pytest.raises(TimeoutError):
        connect(timeout=0.1)
    doors.tell(name="door", mode="pass")
    assert hear(link, 6) == b"+two\r\n" and ask(connect(), b"three") == b"+three\r\n"


def test_half_open(doors, connect):
    link = well_until(doors, connect, "half_open")
    say_into_nothing(link, b"two")
    assert ask(connect(), b"three") == b"+three\r\n"
    doors.tell(name="door", mode="pass")
    assert silent(link)
    # Only the client's own kernel gives up.
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 300)
    with pytest.raises(TimeoutError) as given_up:
        link.recv(1)
    assert given_up.value.errno == errno.ETIMEDOUT
