"""Policies of the corpus between pods on the lab's hosts: a sample of its cases at once, every pod to every other.

The pods are network namespaces of this machine whose other ends are on the hosts' bridges, so that one process tries
all connections, as in the kernel's tests. What is true says the evaluator, which knows nothing of the compiler.
"""

from __future__ import annotations

import contextlib
import itertools
import subprocess
from collections.abc import Iterator
from functools import partial
from ipaddress import ip_network
from typing import Any

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import netns
from lab.parallel import in_parallel
from shared.lab import podman
from shared.nodes import GATEWAYS, IPV6_SUBNETS, SUBNETS
from tests.policy import cluster
from tests.policy.corpus import cases
from tests.policy.evaluator import ICMP, Connection, Node, Truth
from tests.policy.prober import Prober, Try

#: Every so many cases of those that change nothing but policies are together in one set.
STRIDE = 10
TRIED = [*itertools.product(("TCP", "UDP", "SCTP"), (80, 81)), (ICMP, 0)]

HOSTS = {place: f"node-{number % 3 + 1}" for number, place in enumerate(cluster.PODS)}
NODES = {host: Node((GATEWAYS[host],), (SUBNETS[host], IPV6_SUBNETS[host])) for host in SUBNETS}


def address(place: str, family: int, number: int | None = None) -> str:
    """That of a pod: beyond those that the runtime has given out in these subnets."""
    subnet = ip_network({4: SUBNETS, 6: IPV6_SUBNETS}[family][HOSTS[place]])
    return str(subnet[cluster.PLACES[place][1] if number is None else number])


def objects(first: int) -> list[dict[str, Any]]:
    """The corpus' pods where the hosts have them, and the policies of every so many cases from the first."""
    plain = [cluster.namespace(name, None) for name in "xyz"] + [cluster.pod(name, {}) for name in cluster.PODS]
    sets = [
        [each for each in case.steps[0].objects if each["kind"] == "NetworkPolicy"]
        for case in cases()
        if case.steps[0].objects[: len(plain)] == plain
    ]
    policies = [each for policies in sets[first::STRIDE] for each in policies]
    for number, each in enumerate(policies):
        each["metadata"]["name"] = f"policy-{number}"
    for place, pod in zip(cluster.PODS, plain[3:], strict=True):
        own = [address(place, family) for family in cluster.FAMILIES]
        pod["spec"]["nodeName"] = HOSTS[place]
        pod["status"].update(podIP=own[0], podIPs=[{"ip": each} for each in own])
    return plain + policies


def differences(listed: list[dict[str, Any]], prober: Prober) -> list[str]:
    """What is made or is not, against what these objects say."""
    truth = Truth(listed, NODES)
    asked = [*tries()]
    expected = {connection for _source, _destination, connection in asked if truth.allows(connection)}
    made = prober.made(asked, expected)
    return [f"{each} is not made" for each in sorted(expected - made)] + [
        f"{each} is made" for each in sorted(made - expected)
    ]


def tries() -> Iterator[Try]:
    """From every pod to every other, by all that the kernel can."""
    for source, destination in itertools.permutations(cluster.PODS, 2):
        for family, tried in itertools.product(cluster.FAMILIES, TRIED):
            ends = address(source, family), address(destination, family)
            yield namespace(source), namespace(destination), Connection(*ends, *tried)


def namespace(place: str) -> str:
    return "podnet-test-" + place.replace("/", "-")


@contextlib.contextmanager
def prober() -> Iterator[Prober]:
    """Pods on the hosts' bridges, until the context ends, and who tries their connections."""
    places = list(cluster.PODS)
    try:
        in_parallel(_attach, places)
        made = Prober()
        try:
            yield made
        finally:
            made.close()
    finally:
        in_parallel(_detach, places)


def _attach(place: str) -> None:
    own, port = namespace(place), "corpus-" + place.replace("/", "-")
    pid = podman("inspect", "--format", "{{.State.Pid}}", HOSTS[place]).strip()
    on_host = partial(_run, "nsenter", "--target", pid, "--net", "ip", "link")
    netns.create(own)
    on_host("add", port, "type", "veth", "peer", "name", "eth0", "netns", own)
    on_host("set", port, "master", "cni0", "up")
    _run("ip", "-n", own, "link", "set", "eth0", "up")
    for family, length in ((4, 24), (6, 64)):
        nodad = ["nodad"] if family == 6 else []
        _run("ip", "-n", own, "address", "add", f"{address(place, family)}/{length}", "dev", "eth0", *nodad)
        _run("ip", "-n", own, "route", "add", "default", "via", address(place, family, 1))


def _detach(place: str) -> None:
    if netns.exists(namespace(place)):
        netns.delete(namespace(place))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
