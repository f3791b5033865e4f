# SPDX-License-Identifier: Apache-2.0
"""What happens on the way to a store that is reached over TCP (tcp_door.py)."""

import threading

from faults import TCP_FAULTS, fault
from history import now
from path_faults import add

KERNELS_PATIENCE = (
    3.5  # seconds: a little more than the tcp_user_timeout of the gateways' connections to SQL
)
MODES = {"is reset": "reset", "is a black hole": "blackhole"}

for mode, name in MODES.items():
    for store in ("redis", "sql"):
        add(
            f"the way to {store} {mode}",
            store,
            lambda _, found=name: {"mode": found},
            everywhere=True,
            among=TCP_FAULTS,
        )
        add(
            f"one way to {store} {mode}",
            store,
            lambda _, found=name: {"mode": found},
            everywhere=False,
            among=TCP_FAULTS,
        )


def half_open(store):
    @fault(f"the connections to {store} are half open", store, among=TCP_FAULTS)
    def body(world, _):
        """For ever. What waits for an answer on one of them is told by the kernel that there will be none."""
        begin = now()
        for name in world.names:
            world.door(store, name, "half_open")
        yield
        threading.Event().wait(begin + KERNELS_PATIENCE - now())


half_open("redis")
half_open("sql")
