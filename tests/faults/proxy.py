#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""proxy.py CONTROL: stands between a gateway and a store and does to their connections what networks and dying servers do (door.py).

Control is a unix socket; each line is a JSON object and is answered by one. {"listen": NAME, "front": PATH, "back": PATH} opens a door,
with "tcp" for PATH on a free port of 127.0.0.1, which the answer tells; {"name": NAME, "mode": MODE, …} makes it behave from now on, to
connections that are there and to new ones."""

import asyncio
import json
import os
import pathlib
import socket
import sys

from door import Door
from processes import Process
from tcp_door import TcpDoor


class Proxy:
    def __init__(self):
        self.doors = {}

    async def obey(self, command):
        if "listen" in command:
            kind = TcpDoor if command["front"] == "tcp" else Door
            door = self.doors[command["listen"]] = kind(command["front"], command["back"])
            await door.open()
            return {"port": door.port}
        door = self.doors[command["name"]]
        if "mode" in command:
            await door.set(command.pop("mode"), command)
        return {"connections": sum(1 for pipe in door.pipes if pipe.is_reply)}

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
        path = os.pathsep.join([str(here.parent), str(here.parents[1] / "lib")])
        super().__init__(
            [sys.executable, here, self.control],
            pathlib.Path(root) / "proxy.log",
            env={**os.environ, "PYTHONPATH": path},
        )

    def start(self):
        super().start()
        self.wait_ready(self.listens)
        return self

    def listens(self):
        """The socket is there a moment before it can be connected to."""
        with socket.socket(socket.AF_UNIX) as link:
            return link.connect_ex(str(self.control)) == 0

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
