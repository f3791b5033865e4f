# SPDX-License-Identifier: Apache-2.0
"""A person of the drill with the cookies that a browser holds, and one gateway of the site."""

import dataclasses
import hashlib
import uuid

from legacy_site import STRATEGIES, switch
from servers import Nginx


def own_id(user):
    """The id of the older system's user here."""
    if "-" in user.id:
        return user.id
    digest = bytearray(hashlib.sha256(f"gatehouse legacy user {user.id}".encode()).digest()[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x80, digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


@dataclasses.dataclass
class Held:
    """What a browser has of one login."""

    name: str
    user: object
    ours: str = ""
    old: str = ""

    def ways(self):
        return [
            way
            for way, needs in (
                ("both", self.ours and self.old),
                ("old", self.old),
                ("ours", self.ours),
            )
            if needs
        ]


class Node:
    """A gateway behind an nginx of its own. It is a site for Browser."""

    scheme, name, cookie = "http", "app.example.org", "gatehouse_web"

    def __init__(self, name, gateway, root, app):
        self.label, self.gateway = name, gateway
        self.nginx = Nginx(root / f"{name}-nginx", "example.conf", gateway.socket, app.address)
        self.strategies = {STRATEGIES[0]}  # two while it changes

    @property
    def port(self):
        return self.nginx.port

    @property
    def host(self):
        return f"{self.name}:{self.port}"

    @property
    def origin(self):
        return f"http://{self.host}"

    def switch(self, strategy):
        before = set(self.strategies)
        self.strategies = before | {strategy}
        switch(self.gateway, strategy)
        self.strategies = {strategy}
