"""Throw-away namespaces for the tests of probes: pods on a bridge, and a host that CNI plugins may work in."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import netns


def run(*command: str, namespace: str = "") -> str:
    """Run a command, in a namespace where one is named; its output. A failure is the test's."""
    prefix = ["ip", "netns", "exec", namespace] if namespace else []
    return subprocess.run([*prefix, *command], check=True, capture_output=True, text=True).stdout


@contextlib.contextmanager
def namespaces(*names: str) -> Iterator[list[str]]:
    """Namespaces of this test run only; their links end with them."""
    own = [f"podnet-test-{os.getpid()}-{name}" for name in names]
    try:
        for name in own:
            netns.create(name)
        yield own
    finally:
        for name in own:
            if netns.exists(name):
                netns.delete(name)


def plug(pod: str, switch: str, port: str, *addresses: str) -> None:
    """Join ``pod``'s eth0, with ``addresses``, to the bridge br0 of ``switch``."""
    run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", pod, namespace=switch)
    run("ip", "link", "set", port, "master", "br0", "up", namespace=switch)
    for address in addresses:
        run("ip", "address", "add", address, "dev", "eth0", *(["nodad"] if ":" in address else []), namespace=pod)
    run("ip", "link", "set", "eth0", "up", namespace=pod)
