# SPDX-License-Identifier: Apache-2.0
"""What happens to a gateway while the others are well."""

import signal
import threading

from faults import fault


@fault("a gateway killed")
def killed(world, rng):
    node = rng.choice(world.nodes)
    node.stop(signal.SIGKILL)
    yield [node.name]
    node.start()


@fault("a gateway stopped")
def stopped(world, rng):
    node = rng.choice(world.nodes)
    node.freeze()
    yield [node.name]
    node.thaw()


@fault("a gateway restarted")
def restarted(world, rng):
    node = rng.choice(world.nodes)
    assert node.stop() == 0
    node.start()
    yield [node.name]


@fault("a gateway reloaded")
def reloaded(world, rng):
    """Again and again; nobody may notice."""
    node, done = rng.choice(world.nodes), threading.Event()
    seen = len(node.events("reload"))

    def reload():
        while not done.wait(0.05):
            node.send(signal.SIGHUP)

    thread = threading.Thread(target=reload)
    thread.start()
    yield []
    done.set()
    thread.join()
    assert len(node.events("reload")) > seen


@fault("the keys are replaced")
def keys_replaced(world, _):
    """As docs/operations.md says: first known to all, then in use. The key that was in use is kept; nobody may notice."""
    lines = world.keys.read_text(encoding="ascii").splitlines()
    if len(lines) == 1:
        lines.append(world.operator.cli("keys", "new", "--verify-only").stdout.strip())
        install_keys(world, lines)
    swapped = {"mint": "verify", "verify": "mint"}
    install_keys(world, [" ".join((swapped[word], key)) for word, key in map(str.split, lines)])
    yield []


def install_keys(world, lines):
    world.keys.write_text("\n".join(lines) + "\n", encoding="ascii")
    for node in world.nodes:
        seen = len(node.events("reload"))
        node.send(signal.SIGHUP)
        node.wait_event("reload", seen + 1)
        assert node.events("reload")[-1]["level"] == "info", node.events("reload")[-1]
