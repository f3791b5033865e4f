# SPDX-License-Identifier: Apache-2.0
"""What happens between the gateways and the stores (proxy.py): to one gateway while the others are well, or to all of them."""

import contextlib

from faults import FAULTS, fault

MODES = {
    "is down": lambda rng: {"mode": "down"},
    "is refused": lambda rng: {"mode": "refuse"},
    "hangs up": lambda rng: {"mode": "hang_up"},
    "swallows": lambda rng: {"mode": "freeze"},
    "answers late": lambda rng: {"mode": "hold"},
    "is slow": lambda rng: {"mode": "slow", "delay": rng.choice([0.01, 0.03, 0.06, 0.2])},
    "is cut in the middle of replies": lambda rng: {"mode": "cut"},
    "is cut after some bytes": lambda rng: {
        "mode": "cut_after",
        "bytes": rng.choice([1, 50, 300, 2000, 20000]),
    },
}


@contextlib.contextmanager
def behaving(world, kind, names, options):
    for name in names:
        world.door(kind, name, **options)
    try:
        yield
    finally:
        for name in names:
            world.door(kind, name, "pass")


def add(title, kind, options, everywhere, among=FAULTS):
    @fault(title, kind, among=among)
    def body(world, rng):
        names = world.names if everywhere else [rng.choice(world.names)]
        with behaving(world, kind, names, options(rng)):
            yield


for mode, make in MODES.items():
    for store in ("redis", "sql"):
        add(f"the way to {store} {mode}", store, make, everywhere=True)
        add(f"one way to {store} {mode}", store, make, everywhere=False)
add(
    "replies of redis are shifted",
    "redis",
    lambda rng: {"mode": "shift", "every": rng.choice([20, 100, 500])},
    everywhere=True,
)
