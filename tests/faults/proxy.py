#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""proxy.py CONTROL: stands between a gateway and a store and does to their connections what networks and dying servers do.

Control is a unix socket; each line is a JSON object and is answered by one. {"listen": NAME, "front": PATH, "back": PATH} opens a door,
{"name": NAME, "mode": MODE, …} makes it behave from now on, to connections that are there and to new ones:

    pass                 hand everything on
    down, refuse         cut everything; nobody listens any more (the socket is gone, or is there and refuses)
    hang_up              accept and close
    freeze               accept and swallow what comes; those connections are cut when the mode ends
    hold                 accept and keep what comes; it is handed on, late, when the mode ends
    slow, delay          hand on each piece after `delay` seconds
    cut                  hand on half of the next reply, then cut
    cut_after, bytes     cut a connection after so many bytes of replies
    shift, every         swallow a reply of Redis, so that each later one seems to answer the command before it; again after `every`
                         pieces of replies at most (none: once on each connection)"""

import asyncio
import json
import os
import pathlib
import random
import sys

from processes import Process


def reply_end(data, at=0):
    """Where the first reply of Redis in `data` ends; None if it is not whole."""
    line = data.find(b"\r\n", at)
    if line < 0:
        return None
    kind, rest = data[at:at + 1], data[at + 1:line]
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
                pipe.transport.abort()


class Door:
    def __init__(self, front, back):
        self.front, self.back, self.mode, self.options = front, back, "pass", {}
        self.pipes, self.server = set(), None

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
        pipe.hand_on(data[:len(data) // 2])
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

    MODES = {"pass": on_pass, "freeze": on_freeze, "hold": on_hold, "slow": on_slow, "cut": on_cut, "cut_after": on_cut_after,
             "shift": on_shift}

    def close_soon(self, pipe):
        """What was handed on is still delivered."""
        for one in (pipe, pipe.other):
            if one and one.transport:
                one.transport.close()

    def later(self, close):
        """An end travels as slowly as data, and not at all through what is frozen."""
        if self.mode == "slow":
            asyncio.get_running_loop().call_later(self.options["delay"], close)
        elif self.mode not in ("freeze", "hold"):
            close()

    # Connections.

    async def open(self):
        if self.server is None:
            pathlib.Path(self.front).unlink(missing_ok=True)
            self.server = await asyncio.get_running_loop().create_unix_server(lambda: Pipe(self, is_reply=False), self.front)
            os.chmod(self.front, 0o777)

    async def connect(self, front):
        if self.mode == "hang_up":
            return front.transport.abort()
        self.pipes.add(front)
        try:
            _, back = await asyncio.get_running_loop().create_unix_connection(lambda: Pipe(self, is_reply=True), self.back)
        except OSError:
            return front.transport.abort()
        front.other, back.other = back, front
        self.pipes.add(back)
        if self.mode not in ("hold", "slow"):
            front.release()
        return None

    async def set(self, mode, options):
        for pipe in list(self.pipes):
            if mode in ("down", "refuse", "hang_up") or pipe.spoilt:
                pipe.cut()
        self.mode, self.options = mode, options
        for pipe in self.pipes:
            pipe.passed, pipe.until_shift = 0, 0
        if mode in ("down", "refuse"):
            await self.shut(keep=mode == "refuse")
        else:
            await self.open()
        if mode not in ("hold", "freeze"):
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


class Proxy:
    def __init__(self):
        self.doors = {}

    async def obey(self, command):
        if "listen" in command:
            self.doors[command["listen"]] = Door(command["front"], command["back"])
            await self.doors[command["listen"]].open()
        else:
            door = self.doors[command["name"]]
            if "mode" in command:
                await door.set(command.pop("mode"), command)
            return {"connections": sum(1 for pipe in door.pipes if pipe.is_reply)}
        return {}

    async def control(self, reader, writer):
        while line := await reader.readline():
            try:
                answer = await self.obey(json.loads(line))
            except Exception as error:  # pylint: disable=broad-except
                answer = {"error": repr(error)}
            writer.write(json.dumps(answer).encode() + b"\n")
        writer.close()

    async def serve(self, path):
        server = await asyncio.start_unix_server(self.control, path)
        async with server:
            await server.serve_forever()


class Doors(Process):
    """The proxy as a process of its own, and the other end of its control socket."""

    def __init__(self, root):
        self.control = pathlib.Path(root) / "proxy.ctl"
        here = pathlib.Path(__file__).resolve()
        path = os.pathsep.join([str(here.parent), str(here.parents[1] / "integration")])
        super().__init__([sys.executable, here, self.control], pathlib.Path(root) / "proxy.log", env={**os.environ, "PYTHONPATH": path})

    def start(self):
        super().start()
        self.wait_ready(self.control.exists)
        return self

    def tell(self, **command):
        return asyncio.run(self.ask(command))

    async def ask(self, command):
        reader, writer = await asyncio.open_unix_connection(str(self.control))
        writer.write(json.dumps(command).encode() + b"\n")
        answer = json.loads(await reader.readline())
        writer.close()
        if "error" in answer:
            raise RuntimeError(f"{command}: {answer['error']}")
        return answer


if __name__ == "__main__":
    asyncio.run(Proxy().serve(sys.argv[1]))
