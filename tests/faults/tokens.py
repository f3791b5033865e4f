# SPDX-License-Identifier: Apache-2.0
"""Session tokens as the gateway makes them (gateway/sessions/token.h, key_ring.h), so that sessions can be had by the thousand without
a password being hashed for each."""

import base64
import hashlib
import pathlib
import secrets


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Mint:
    """Makes tokens with the minting key of a key file."""

    def __init__(self, key_file):
        lines = (
            line.split() for line in pathlib.Path(key_file).read_text(encoding="ascii").splitlines()
        )
        ring = next(decoded(words[1]) for words in lines if words and words[0] == "mint")
        self.key = hashlib.blake2b(b"token", digest_size=32, key=ring).digest()

    def token(self, context):
        random = secrets.token_bytes(32)
        return encoded(
            random
            + hashlib.blake2b(random + context.encode(), digest_size=16, key=self.key).digest()
        )


def stored_id(token):
    """What the stores know it by."""
    return encoded(hashlib.sha256(token.encode()).digest())
