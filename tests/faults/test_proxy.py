# SPDX-License-Identifier: Apache-2.0
# Goal: the proxy does to a connection what each of its modes says, no more, and all is well when the mode ends.
import contextlib
import socket
import threading

import pytest

from door import reply_end
from processes import wait_until
from proxy import Doors


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("p")


class Echo:
    """A server that answers every line of `ask` with the status reply of the same words."""

    def __init__(self, path, mark=b"+"):
        self.mark = mark
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(16)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            link, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(link,), daemon=True).start()

    def serve(self, link):
        with link, link.makefile("rb") as lines, contextlib.suppress(OSError):
            for line in lines:
                link.sendall(self.mark + line.strip() + b"\r\n")


@pytest.fixture(scope="module")
def doors(place):
    Echo(place / "back")
    doors = Doors(place).start()
    doors.tell(listen="door", front=str(place / "front"), back=str(place / "back"))
    yield doors
    doors.stop()


@pytest.fixture
def door(doors, place):
    """How to set it, and to connect to it. Passes again at the end."""

    class Door:
        links = []

        def set(self, mode, **options):
            return doors.tell(name="door", mode=mode, **options)

        def connect(self):
            link = socket.socket(socket.AF_UNIX)
            link.settimeout(5)
            self.links.append(link)
            link.connect(str(place / "front"))
            return link

    yield Door()
    for link in Door.links:
        link.close()
    doors.tell(name="door", mode="pass")


def ask(link, word):
    link.sendall(word + b"\n")
    return hear(link, len(word) + 3)


def hear(link, count):
    """What comes until there are `count` bytes, or the end."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while len(data) < count and (got := link.recv(count - len(data))):
            data += got
    return data


def silent(link):
    link.settimeout(0.1)
    with pytest.raises(TimeoutError):
        link.recv(1)
    link.settimeout(5)
    return True


def ended(link):
    with contextlib.suppress(ConnectionResetError):
        return link.recv(1) == b""
    return True


def test_pass(door):
    first, second = door.connect(), door.connect()
    for word in (b"one", b"x" * 200_000, b"three"):
        assert ask(first, word) == b"+" + word + b"\r\n"
    assert ask(second, b"two") == b"+two\r\n"
    first.close()
    assert ask(second, b"two") == b"+two\r\n"


@pytest.mark.parametrize(
    "mode, error", [("down", FileNotFoundError), ("refuse", ConnectionRefusedError)]
)
def test_nobody_there(door, mode, error):
    link = door.connect()
    assert ask(link, b"one") == b"+one\r\n"
    door.set(mode)
    assert ended(link)
    with pytest.raises(error):
        door.connect()
    door.set("pass")
    assert ask(door.connect(), b"two") == b"+two\r\n"


def test_hang_up(door):
    link = door.connect()
    door.set("hang_up")
    assert ended(link) and ended(door.connect())
    assert door.set("pass")["connections"] == 0


def test_freeze(door):
    """What was swallowed is gone, and so is the connection."""
    old, idle = door.connect(), door.connect()
    assert ask(idle, b"here") == b"+here\r\n"
    door.set("freeze")
    new = door.connect()
    for link in (old, new):
        link.sendall(b"one\n")
        assert silent(link)
    door.set("pass")
    assert ended(old) and ended(new)
    assert ask(idle, b"still") == b"+still\r\n"


def test_hold(door):
    """What was held comes late."""
    old = door.connect()
    door.set("hold")
    new = door.connect()
    old.sendall(b"one\n")
    new.sendall(b"two\nthree\n")
    assert silent(old) and silent(new)
    door.set("pass")
    assert hear(old, 6) == b"+one\r\n" and hear(new, 14) == b"+two\r\n+three\r\n"


def test_slow(door):
    door.set("slow", delay=0.15)
    link = door.connect()
    link.sendall(b"one\n")
    assert silent(link)
    assert hear(link, 6) == b"+one\r\n"


def test_cut(door):
    link, quiet = door.connect(), door.connect()
    assert ask(quiet, b"here") == b"+here\r\n"
    door.set("cut")
    link.sendall(b"1234567890\n")
    assert hear(link, 100) == b"+12345"
    door.set("pass")
    assert ask(quiet, b"still") == b"+still\r\n"


def test_cut_after(door):
    door.set("cut_after", bytes=8)
    link = door.connect()
    assert ask(link, b"one") == b"+one\r\n"
    link.sendall(b"two\n")
    assert hear(link, 100) == b"+t"
    assert hear(door.connect(), 0) == b""


def test_shift(door):
    link = door.connect()
    assert ask(link, b"zero") == b"+zero\r\n"
    door.set("shift")
    link.sendall(b"one\n")
    assert silent(link)
    for word, answer in ((b"two", b"+two\r\n"), (b"three", b"+three\r\n")):
        assert ask(link, word) == answer


def test_shift_again(door):
    door.set("shift", every=1.0)
    link = door.connect()
    link.sendall(b"one\n")
    assert silent(link)
    assert ask(link, b"two") == b"+two\r\n"
    link.sendall(b"three\n")
    assert silent(link)


def test_it_leads_elsewhere(door, place):
    Echo(place / "elsewhere", b"-")
    link = door.connect()
    assert ask(link, b"one") == b"+one\r\n"
    door.set("pass", back=str(place / "elsewhere"))
    assert ended(link) and ask(door.connect(), b"two") == b"-two\r\n"
    door.set("pass", back=str(place / "back"))
    assert ask(door.connect(), b"three") == b"+three\r\n"


def test_a_server_that_is_not_there(doors, place):
    doors.tell(listen="other", front=str(place / "other"), back=str(place / "nobody"))
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(5)
        link.connect(str(place / "other"))
        assert ended(link)
    wait_until(lambda: doors.tell(name="other")["connections"] == 0, "the connection is forgotten")


def test_control_tells_of_mistakes(doors):
    with pytest.raises(RuntimeError, match="KeyError"):
        doors.tell(name="nobody", mode="pass")


REPLIES = [
    b"+OK\r\n",
    b"-ERR x\r\n",
    b":1\r\n",
    b"$3\r\nabc\r\n",
    b"$-1\r\n",
    b"$0\r\n\r\n",
    b"*0\r\n",
    b"*-1\r\n",
    b"$4\r\n\r\n\r\n\r\n",
    b"*2\r\n$1\r\na\r\n*1\r\n:5\r\n",
    b"%1\r\n+a\r\n:1\r\n",
    b">2\r\n+a\r\n$-1\r\n",
]


@pytest.mark.parametrize("reply", REPLIES)
def test_the_end_of_a_reply(reply):
    assert reply_end(reply + b"+next\r\n") == len(reply)
    assert [reply_end(reply[:at]) for at in range(len(reply))] == [None] * len(reply)
