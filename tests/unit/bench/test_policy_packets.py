"""No node has a place in the order of its own, and 100 policies are of all kinds."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from bench import policy_cluster, policy_packets


def test_each_node_has_each_place_and_each_neighbor_equally_often():
    orders = [*policy_packets.turns(4, policy_packets.ROUNDS)]
    assert len(orders) == policy_packets.ROUNDS
    for place in range(4):
        assert Counter(order[place] for order in orders) == dict.fromkeys(range(4), policy_packets.ROUNDS // 4)
    before = Counter(pair for order in orders for pair in pairwise(order))
    assert before[0, 1] == before[1, 0]


class Node:
    def __init__(self, name, log):
        self._name, self._log = name, log

    def __getattr__(self, cost):
        return lambda: self._log.append((cost, self._name)) or float(self._name)


def test_all_nodes_pay_one_cost_before_any_pays_the_next():
    log = []
    nodes = [Node(name, log) for name in range(2)]
    assert policy_packets.costs(nodes, [1, 0]) == [0, 0, 0, 1, 1, 1]
    assert log == [(cost, name) for cost in policy_packets.Costs._fields for name in (1, 0)]


def specs(policies):
    size = policy_cluster.Size(policies=policies, pods=200, nodes=10, namespaces=20)
    return [each for each in policy_cluster.objects(size) if each["kind"] == "NetworkPolicy"]


def test_a_policy_for_each_namespace_is_of_all_kinds_by_turns():
    kinds = Counter(str(each["spec"]["podSelector"]) + "".join(each["spec"]) for each in specs(20))
    assert len(kinds) > 5
    assert len({each["metadata"]["name"] for each in specs(20)}) == 10


def test_with_one_of_each_kind_all_namespaces_have_the_same():
    names = Counter(each["metadata"]["name"] for each in specs(200))
    assert names == {f"policy-{number}": 20 for number in range(10)}
