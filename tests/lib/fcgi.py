# SPDX-License-Identifier: Apache-2.0
"""A FastCGI client: the web server's side of the gateway's socket, for what no web server would send.

    with fcgi.Connection(path) as link:
        reply = link.ask(fcgi.facts(HTTP_COOKIE="…"))      # one whole request, its Reply
        link.send(fcgi.request(params)[:20])               # bytes as they are
        link.reply()                                       # None if the gateway closes instead

`request()` is built from `record()`, `begin()`, `pair()` and `stream()`, which can be wrong in every way on purpose."""

import fcntl
import json
import socket
import struct
import termios

from processes import wait_until

BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES = range(
    1, 10
)
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3
LAST = ("GATE_END", "1")


def record(kind, content=b"", request_id=1, padding=0, version=1):
    """One record. The padding is 0xff, which nobody may look at."""
    return (
        struct.pack(">BBHHBx", version, kind, request_id, len(content), padding)
        + content
        + b"\xff" * padding
    )


def begin(keep=True, role=RESPONDER, **more):
    return record(BEGIN_REQUEST, struct.pack(">HB5x", role, keep), **more)


def length(number):
    """The length of a name or a value; True makes the long form of a short one."""
    return struct.pack(">B", number) if number < 128 else struct.pack(">I", number | 1 << 31)


def to_bytes(text):
    return text.encode() if isinstance(text, str) else text


def pair(name, value):
    name, value = to_bytes(name), to_bytes(value)
    return length(len(name)) + length(len(value)) + name + value


def pairs(params):
    """`params`: a dict, or (name, value) pairs where a name may come twice."""
    return b"".join(
        pair(name, value)
        for name, value in (params.items() if isinstance(params, dict) else params)
    )


def stream(kind, content, piece=65535, **more):
    """A stream in records of at most `piece` bytes, with the empty record that ends it."""
    pieces = [content[at : at + piece] for at in range(0, len(content), piece)]
    return b"".join(record(kind, part, **more) for part in [*pieces, b""])


def request(params, body=b"", keep=True, piece=65535, **more):
    """A whole request."""
    return (
        begin(keep, **more)
        + stream(PARAMS, pairs(params), piece, **more)
        + stream(STDIN, to_bytes(body), piece, **more)
    )


def facts(path="/auth/verify", method="GET", context="web", **changed):
    """The parameters that our nginx files send, as (name, value) pairs in their order. A change to None leaves one out."""
    usual = {
        "REQUEST_METHOD": method,
        "REQUEST_URI": "/app/",
        "DOCUMENT_URI": path,
        "REMOTE_ADDR": "127.0.0.1",
        "REQUEST_SCHEME": "https",
        "HTTP_HOST": "app.example.org",
        "REQUEST_ID": "0123456789abcdef0123456789abcdef",
        "HTTP_COOKIE": "",
        "GATE_CONTEXT": context,
        **changed,
    }
    return [(name, value) for name, value in usual.items() if value is not None] + [LAST]


class Reply:
    """What the gateway answered: `status`, `headers` as (name, value) pairs, `body`."""

    def __init__(self, out):
        head, _, self.body = out.partition(b"\r\n\r\n")
        lines = head.decode("ascii").split("\r\n")
        self.headers = [tuple(line.split(": ", 1)) for line in lines]
        name, status = self.headers.pop(0)
        assert name == "Status", f"the first line must be the status: {lines[0]}"
        self.status = int(status.split()[0])

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        return next(iter(self.all(name)), None)

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r}>"


class Connection:
    """One connection to the gateway's socket. `reply()` and `closed()` wait at most `timeout` seconds."""

    def __init__(self, path, timeout=10.0):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.received = b""
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_and_wait(self, data):
        """Returns when the gateway has read everything: what is sent next arrives as another piece."""
        self.send(data)
        wait_until(self.taken, "the gateway has read what was sent")

    def taken(self):
        return struct.unpack("i", fcntl.ioctl(self.socket, termios.TIOCOUTQ, b"\0" * 4)) == (0,)

    def half_close(self):
        """No more will be sent; a reply can still come."""
        self.socket.shutdown(socket.SHUT_WR)

    def ask(self, params, body=b"", keep=True, **more):
        """One request and its Reply."""
        self.send(request(params, body, keep, **more))
        reply = self.reply(more.get("request_id", 1))
        assert reply is not None, f"closed without a reply; received {self.received!r}"
        return reply

    def reply(self, request_id=1):
        """The next whole Reply; None if the gateway closes before it is whole."""
        out = b""
        while True:
            header = self._take(8)
            if header is None:
                return None
            version, kind, found_id, size, padding = struct.unpack(">BBHHBx", header)
            content = self._take(size + padding)
            if content is None:
                return None
            assert (version, found_id) == (1, request_id) and kind in (STDOUT, END_REQUEST), header
            if kind == END_REQUEST:
                assert content[:5] == b"\0\0\0\0\0", f"the request was not completed: {content}"
                return Reply(out)
            out += content[:size]

    def closed(self):
        """Waits until the gateway closes. True if nothing came before."""
        return self._take(1) is None and not self.received

    def _take(self, size):
        while len(self.received) < size:
            try:
                got = self.socket.recv(65536)
            except ConnectionResetError:
                got = b""
            if not got:
                return None
            self.received += got
        taken, self.received = self.received[:size], self.received[size:]
        return taken


def ask(path, params, body=b"", **more):
    """One request on a connection of its own."""
    with Connection(path) as link:
        return link.ask(params, body, keep=False, **more)


def ready(path):
    """What /auth/ready says."""
    return json.loads(ask(path, facts("/auth/ready", HTTP_ACCEPT="application/json")).body)
