# SPDX-License-Identifier: Apache-2.0
"""A door on a port of 127.0.0.1, with what only TCP can do:

    reset                every connection, old or new, is answered with RST
    blackhole            no packet arrives: nothing is acknowledged, not even a SYN; what was sent arrives late when the mode ends
    half_open            from the connections that are there no packet arrives any more, ever; new ones pass

A socket filter drops the packets (SO_ATTACH_FILTER needs no rights), so it is the kernels that wait and send again, as on a network."""

import asyncio
import contextlib
import ctypes
import random
import socket
import struct

from door import Door, Pipe

PORTS = range(
    20000, 32000
)  # below those that connections get: a client that tries one of its own again and again meets itself
ATTACH_FILTER, DETACH_FILTER = 26, 27
DROP = ctypes.create_string_buffer(
    struct.pack("HBBI", 0x06, 0, 0, 0)
)  # of each packet keep 0 bytes


def deafen(found):
    """What has been closed meanwhile hears nothing anyway; so in all of these."""
    with contextlib.suppress(OSError):
        found.setsockopt(
            socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(DROP))
        )


def hear_again(found):
    with contextlib.suppress(OSError):  # there was no filter
        found.setsockopt(socket.SOL_SOCKET, DETACH_FILTER, 0)


class TcpDoor(Door):
    def __init__(self, front, back):
        super().__init__(front, back)
        self.ghosts = (
            []
        )  # ends of half-open connections: kept, so that nothing is ever sent on them

    def on_blackhole(self, pipe, data):
        pipe.held.append(data)

    MODES = {**Door.MODES, "blackhole": on_blackhole, "half_open": Door.on_pass}

    def before_cut(self, pipe):
        if self.mode == "reset" and not pipe.is_reply:
            with contextlib.suppress(OSError):
                pipe.transport.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )

    async def open(self):
        while self.server is None:
            port = self.port or random.choice(PORTS)
            try:
                self.server = await asyncio.get_running_loop().create_server(
                    lambda: Pipe(self, is_reply=False), "127.0.0.1", port
                )
                self.port = port
            except OSError:
                if self.port:
                    raise

    async def shut(self, keep):
        if self.server:
            self.server.close()
            self.server = None

    def fronts(self):
        return [pipe for pipe in self.pipes if not pipe.is_reply]

    def sockets(self):
        return [pipe.transport.get_extra_info("socket") for pipe in self.fronts()] + list(
            self.server.sockets if self.server else []
        )

    async def set(self, mode, options):
        if self.mode == "blackhole":
            for found in self.sockets():
                hear_again(found)
        await super().set(mode, options)
        if mode == "blackhole":
            for found in self.sockets():
                deafen(found)
        elif mode == "half_open":
            for pipe in self.fronts():
                self.leave_half_open(pipe)

    def leave_half_open(self, front):
        deafen(front.transport.get_extra_info("socket"))
        front.transport.pause_reading()
        self.pipes.discard(front)
        self.ghosts.append(front)
        if front.other:
            front.other.other = None
            front.other.transport.abort()
