"""Compiling the policy of a large cluster for one node, and again after one pod has changed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import Cluster
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.document import Settings, document
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import Objects
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import HASH_IP, Table
from bench import measure, policy_cluster
from bench.measure import BenchError
from bench.policy_by_pod import ByPod
from bench.result import Result

ROUNDS, CHANGES = 5, 10
SIZE = policy_cluster.Size()
NODE = 7
FAMILIES = (4, 6)
PEER = "one chain a pod"


def results() -> Iterator[Result]:
    """Seconds from decoded JSON to a node's document, milliseconds for one pod more, and the memory for the former."""
    listed = policy_cluster.objects(SIZE)
    ours, theirs = measure.least(ROUNDS, lambda: compiled(listed))
    yield Result("policy_compile_seconds", ours, "s", PEER, theirs)
    objects = read(listed)
    ours, theirs = measure.least(CHANGES, changes(objects))
    yield Result("policy_one_pod_ms", ours * 1000, "ms", f"{PEER}, all anew", theirs * 1000)
    yield Result("policy_compile_memory", held(lambda: [cluster := Cluster(objects), tables(cluster)]), "MB")


def compiled(listed: list[dict[str, Any]]) -> list[float]:
    """Seconds of both sides. Ours are ready for the engine, the peer's for ipset and iptables-restore."""

    def ours() -> list[Table]:
        found = tables(Cluster(read(listed)))
        document(found, Settings())
        return found

    seconds, found = measure.timed(ours)
    peer_seconds, peer = measure.timed(lambda: by_pod(read(listed)))
    compare(found, peer)
    return [seconds, peer_seconds]


def changes(objects: Objects) -> Callable[[], list[float]]:
    """A round: a pod of another node gets other labels, with which it is among other peers."""
    cluster = Cluster(objects)
    tables(cluster)
    pod = next(each for each in objects.pods if each.node != f"node-{NODE}")
    labels = iter(range(ROUNDS * CHANGES))

    def one_round() -> list[float]:
        changed = pod._replace(labels={**pod.labels, "app": f"app-{next(labels) % 3 + 1}", "tier": "frontend"})
        now = objects._replace(pods=tuple(changed if each is pod else each for each in objects.pods))

        def ours() -> list[Table]:
            cluster.put_pod(changed)
            found = tables(cluster)
            document(found, Settings())
            return found

        seconds, found = measure.timed(ours)
        peer_seconds, peer = measure.timed(lambda: by_pod(now))
        compare(found, peer)
        return [seconds, peer_seconds]

    return one_round


def tables(cluster: Cluster) -> list[Table]:
    """Those of the node."""
    return [cluster.table(f"node-{NODE}", family, policy_cluster.subnets(NODE)) for family in FAMILIES]


def by_pod(objects: Objects) -> list[ByPod]:
    """The peer's."""
    return [ByPod(objects, f"node-{NODE}", family) for family in FAMILIES]


def compare(found: list[Table], peer: list[ByPod]) -> None:
    """Both isolate the same pods, and speak of the same groups of pods."""
    for table, other in zip(found, peer, strict=True):
        isolated = {pod for each in (*table.ingress, *table.egress) if each.allows is not None for pod in each.pods}
        chained = {chain.split("-", 2)[2] for chain in other.chains if chain.startswith("POD-")}
        groups = {frozenset(each.entries) for each in table.sets.values() if each.type == HASH_IP}
        others = {frozenset(entries) for entries in other.sets.values() if not any("/" in each for each in entries)}
        if isolated != chained or groups != others:
            raise BenchError(f"IPv{table.family}: both sides do not compile the same policy")


def held(work: Callable[[], object]) -> float:
    """The memory of what `work` leaves, in units of 10^6 bytes."""
    tracemalloc.start()
    left = work()
    size, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del left
    return size / 1e6
