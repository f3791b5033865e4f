# SPDX-License-Identifier: Apache-2.0
"""A door that stands before a store, and what it does to the connections that go through it:

    pass                 hand everything on
    down, refuse         cut everything; nobody listens any more (the socket is gone, or is there and refuses)
    hang_up              accept and close
    freeze               accept and swallow what comes; those connections are cut when the mode ends
    hold                 accept and keep what comes; it is handed on, late, when the mode ends
    slow, delay          hand on each piece after `delay` seconds
    cut                  hand on half of the next reply, then cut
    cut_after, bytes     cut a connection after so many bytes of replies
    shift, every         swallow a reply of Redis, so that each later one seems to answer the command before it; again after `every`
                         pieces of replies at most (none: once on each connection)

With `back` it leads elsewhere from then on, and cuts what leads to where it led before."""

import asyncio
import os
import pathlib
import random


def reply_end(data, at=0):
    """Where the first reply of Redis in `data` ends; None if it is not whole."""
    line = data.find(b"\r\n", at)
    if line < 0:
        return None
    kind, rest = data[at : at + 1], data[at + 1 : line]
    if kind not in (b"$", b"*", b">", b"~", b"%"):
        return line + 2
    count, at = int(rest), line + 2
    if kind == b"$":
        end = at if count < 0 else at + count + 2
        return end if len(data) >= end else None
    for _ in range(max(count, 0) * (2 if kind == b"%" else 1)):
        at = reply_end(data, at)
        if at is None:
            return None
    return at


QUIET = ("freeze", "hold", "blackhole")  # nothing comes out, not even an end
GONE = ("down", "refuse", "hang_up", "reset")  # nobody is there


class Pipe(asyncio.Protocol):
    """One direction's reading end. `other` is written to."""

    def __init__(self, door, is_reply):
        self.door, self.is_reply, self.other, self.transport = door, is_reply, None, None
        self.held, self.passed, self.spoilt = [], 0, False
        self.shifting, self.until_shift = b"", 0

    def connection_made(self, transport):
        self.transport = transport
        if not self.is_reply:
            asyncio.get_running_loop().create_task(self.door.connect(self))

    def data_received(self, data):
        self.door.MODES[self.door.mode](self.door, self, data)

    def connection_lost(self, exc):
        self.door.pipes.discard(self)
        if self.other and self.other.transport:
            self.door.later(self.other.transport.close)

    def hand_on(self, data):
        self.passed += len(data)
        if not self.other or not self.other.transport:
            self.held.append(data)
        elif not self.other.transport.is_closing():
            self.other.transport.write(data)

    def release(self):
        held, self.held = self.held, []
        for data in held:
            self.hand_on(data)

    def cut(self):
        for pipe in (self, self.other):
            if pipe and pipe.transport:
                self.door.before_cut(pipe)
                pipe.transport.abort()


class Door:
    def __init__(self, front, back):
        self.front, self.back, self.mode, self.options = front, back, "pass", {}
        self.pipes, self.server, self.port = set(), None, None

    # What a mode does with a piece of data.

    def on_pass(self, pipe, data):
        pipe.hand_on(data)

    def on_freeze(self, pipe, _):
        pipe.spoilt = True

    def on_hold(self, pipe, data):
        pipe.held.append(data)

    def on_slow(self, pipe, data):
        pipe.held.append(data)
        asyncio.get_running_loop().call_later(self.options["delay"], self.next_of, pipe)

    def next_of(self, pipe):
        if pipe.held:
            pipe.hand_on(pipe.held.pop(0))

    def on_cut(self, pipe, data):
        if not pipe.is_reply:
            return pipe.hand_on(data)
        pipe.hand_on(data[: len(data) // 2])
        self.close_soon(pipe)
        return None

    def on_cut_after(self, pipe, data):
        if not pipe.is_reply:
            return pipe.hand_on(data)
        left = self.options["bytes"] - pipe.passed
        if left > 0:
            pipe.hand_on(data[:left])
        if len(data) >= left:
            self.close_soon(pipe)
        return None

    def on_shift(self, pipe, data):
        if pipe.is_reply and pipe.until_shift <= 0:
            pipe.shifting += data
            end = reply_end(pipe.shifting)
            if end is None:
                return
            data, pipe.shifting = pipe.shifting[end:], b""
            pipe.until_shift = random.uniform(1, self.options.get("every", float("inf")))
        else:
            pipe.until_shift -= 1
        pipe.hand_on(data)

    MODES = {
        "pass": on_pass,
        "freeze": on_freeze,
        "hold": on_hold,
        "slow": on_slow,
        "cut": on_cut,
        "cut_after": on_cut_after,
        "shift": on_shift,
    }

    def close_soon(self, pipe):
        """What was handed on is still delivered."""
        for one in (pipe, pipe.other):
            if one and one.transport:
                one.transport.close()

    def later(self, close):
        """An end travels as slowly as data, and not at all through what is frozen."""
        if self.mode == "slow":
            asyncio.get_running_loop().call_later(self.options["delay"], close)
        elif self.mode not in QUIET:
            close()

    # Connections.

    def before_cut(self, pipe):
        """For those who end connections in another way."""

    async def open(self):
        if self.server is None:
            pathlib.Path(self.front).unlink(missing_ok=True)
            self.server = await asyncio.get_running_loop().create_unix_server(
                lambda: Pipe(self, is_reply=False), self.front
            )
            os.chmod(self.front, 0o777)

    async def connect(self, front):
        if self.mode in GONE:
            return front.cut()
        self.pipes.add(front)
        try:
            _, back = await asyncio.get_running_loop().create_unix_connection(
                lambda: Pipe(self, is_reply=True), self.back
            )
        except OSError:
            return front.transport.abort()
        front.other, back.other = back, front
        self.pipes.add(back)
        if self.mode != "slow" and self.mode not in QUIET:
            front.release()
        return None

    async def set(self, mode, options):
        back, self.back = self.back, options.get("back", self.back)
        self.mode, self.options = mode, options
        for pipe in list(self.pipes):
            if mode in GONE or pipe.spoilt or back != self.back:
                pipe.cut()
        for pipe in self.pipes:
            pipe.passed, pipe.until_shift = 0, 0
        if mode in ("down", "refuse"):
            await self.shut(keep=mode == "refuse")
        else:
            await self.open()
        if mode not in QUIET:
            for pipe in list(self.pipes):
                pipe.release()
                if pipe.transport.is_closing() and pipe.other:
                    pipe.other.transport.close()

    async def shut(self, keep):
        if self.server:
            self.server.close()
            self.server = None
        if not keep:
            pathlib.Path(self.front).unlink(missing_ok=True)
