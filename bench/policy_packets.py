"""What policies cost packets between two pods of a node, and the node to lay down: our chains beside one chain a pod.

Both ends' policies meet the same packets, for the pods are on one bridge. Nodes without and with policies are there
together, and measured in the same rounds, each after the other and in turns: what a machine does beside the bench, and
what the one before has left in its caches, is nobody's alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.host.paths import Paths
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import namespace
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import Cluster
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.document import Settings, document
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import Table
from bench import measure, pod_chains, policy_cluster, sandbox
from bench.measure import BenchError
from bench.policy_node import CLIENT, SERVER, Costs, Node
from bench.result import Result

#: A multiple of twice as many as there are nodes, so that each has each place in the order equally often.
ROUNDS, APPLY_ROUNDS = 16, 5
POLICIES = 1000
CHAINS = "one chain a pod"
NONE = "no policy"
#: Beside the policies that are counted: what the two pods that talk are allowed.
OPEN = {
    "podSelector": {},
    "policyTypes": ["Ingress", "Egress"],
    "ingress": [{"from": [{"podSelector": {}}]}],
    "egress": [{"to": [{"podSelector": {}}]}],
}


def results() -> Iterator[Result]:
    """The price of packets, and the seconds to lay all down."""
    none, few, many, chained = sandbox.call(packets)
    yield Result("throughput_100_policies", few.throughput, "Gbit/s", NONE, none.throughput)
    yield Result("throughput_1000_policies", many.throughput, "Gbit/s", NONE, none.throughput)
    yield Result("throughput_1000_policies_chains", many.throughput, "Gbit/s", CHAINS, chained.throughput)
    yield Result("latency_100_policies", few.latency, "ms", NONE, none.latency)
    yield Result("latency_1000_policies", many.latency, "ms", NONE, none.latency)
    yield Result("latency_1000_policies_chains", many.latency, "ms", CHAINS, chained.latency)
    yield Result("connection_1000_policies", many.connection, "us", NONE, none.connection)
    yield Result("connection_1000_policies_chains", many.connection, "us", CHAINS, chained.connection)
    ours, theirs = sandbox.call(apply)
    yield Result("policy_apply_seconds", ours, "s", f"{CHAINS}: ipset, iptables-restore", theirs)


def packets() -> list[Costs]:
    """Of nodes with no policy, with 100, with 1,000, and with 1,000 laid out as a chain a pod: the medians."""
    nodes = [Node(name) for name in ("none", "few", "many", "chained")]
    with tempfile.TemporaryDirectory() as folder:
        for node, policies in ((nodes[1], 100), (nodes[2], POLICIES)):
            wanted = document([table(policies)], Settings())
            engine.apply(node.name, wanted, paths=Paths.under(folder), namespace=node.name)
    namespace.within(nodes[3].name, lambda: pod_chains.lay(table(POLICIES)))
    servers = [server for node in nodes for server in node.serve()]
    try:
        orders = iter(turns(len(nodes), ROUNDS))
        figures = measure.median(ROUNDS, lambda: costs(nodes, next(orders)))
    finally:
        for server in servers:
            server.kill()
            server.wait()
    each = len(Costs._fields)
    return [Costs(*figures[start : start + each]) for start in range(0, len(figures), each)]


def costs(nodes: Sequence[Node], order: Sequence[int]) -> list[float]:
    """One measurement of each cost of each node, by node; in this order all nodes' of one cost, then of the next."""
    found = {(index, cost): getattr(nodes[index], cost)() for cost in Costs._fields for index in order}
    return [found[index, cost] for index in range(len(nodes)) for cost in Costs._fields]


def turns(count: int, rounds: int) -> Iterator[list[int]]:
    """The order of each round: another one begins each time, and every so many rounds they go the other way round."""
    for number in range(rounds):
        order = [(number + index) % count for index in range(count)]
        yield order[::-1] if number // count % 2 else order


def apply() -> list[float]:
    """The seconds that 1,000 policies take on a bare node: the engine's, and those of the restores of the peer."""
    held = table(POLICIES)
    wanted = document([held], Settings())

    def one_round() -> tuple[float, float]:
        with tempfile.TemporaryDirectory() as folder:
            paths = Paths.under(folder)
            ours = measure.seconds(lambda: engine.apply("policy", wanted, paths=paths))
            if engine.apply("policy", wanted, paths=paths).changed:
                raise BenchError("the second apply found something to change")
            engine.remove("policy", paths=paths)
        theirs = measure.seconds(lambda: pod_chains.lay(held))
        pod_chains.remove()
        return ours, theirs

    return measure.least(APPLY_ROUNDS, one_round)


def table(policies: int) -> Table:
    """What so many policies, and the one for the two pods that talk, come to on their node."""
    objects = policy_cluster.objects(policy_cluster.Size(policies=policies))
    subnet, _ipv6 = policy_cluster.subnets(0)
    return Cluster(read([*objects, *_two_that_talk()])).table("node-0", 4, [subnet])


def _two_that_talk() -> list[dict[str, Any]]:
    pods = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "bench"},
            "spec": {"nodeName": "node-0", "containers": [{"name": "main", "image": "busybox"}]},
            "status": {"phase": "Running", "podIP": address},
        }
        for name, address in (("client", CLIENT), ("server", SERVER))
    ]
    metadata = {"name": "open", "namespace": "bench"}
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": OPEN}
    return [*pods, policy]
