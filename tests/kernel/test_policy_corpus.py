"""Policy with real packets, of pods on two nodes to each other, to nodes and the world: cases and random clusters."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import Phase, given, settings

from tests.policy import cluster, strategies
from tests.policy.corpus import cases
from tests.policy.evaluator import ICMP, Connection, Truth, addresses
from tests.policy.network import network
from tests.policy.prober import Prober

CASES = cases()
#: With the legacy packet filter every so many cases.
SAMPLE = 12
CLUSTERS = 25
#: Where pods of random clusters are, two of them at the least without a pod.
PLACES = tuple(cluster.PLACES)[:8]
TRIED = [*itertools.product(("TCP", "UDP", "SCTP"), (80, 85)), (ICMP, 0)]


@pytest.fixture(scope="module")
def prober():
    made = Prober()
    yield made
    made.close()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    """Nodes whose packet filter is nf_tables, which is what they come with."""
    with network(tmp_path_factory.mktemp("nodes")) as made:
        yield made


@pytest.fixture(scope="module")
def legacy_nodes(nodes):
    """The same nodes, but the rules are the legacy filter's, because kubelet's are."""
    nodes.remove_policy()
    for node in cluster.NODES:
        nodes.run(node, "for tool in iptables ip6tables; do $tool-legacy -t mangle -N KUBE-IPTABLES-HINT; done")
    return nodes


def named(some):
    return [pytest.param(each, id=f"{each.topic}: {each.name}") for each in some]


def differences(case, on, prober) -> list[str]:
    found = []
    for number, step in enumerate(case.steps, 1):
        on.enforce(step.objects)
        asked = [(step.ends[probe.source], step.ends[probe.destination], each) for probe, each in step.connections()]
        expected = {connection for probe, connection in step.connections() if step.expects(probe)}
        made = prober.made(tries(on, asked), expected)
        found += [f"step {number}: {each} is not made" for each in sorted(expected - made)]
        found += [f"step {number}: {each} is made" for each in sorted(made - expected)]
    return found


def tries(on, asked):
    return [(on.namespace(source), on.namespace(destination), connection) for source, destination, connection in asked]


@pytest.mark.parametrize("case", named(CASES))
def test_packets_go_where_the_case_says(case, nodes, prober):
    assert differences(case, nodes, prober) == []


def placed(listed):
    """The same objects, but with pods where there are namespaces for them."""
    free = iter(PLACES)
    for each in listed:
        if each["kind"] == "Pod":
            place = next(free)
            end = cluster.node_of(place) if each["spec"].get("hostNetwork") else place
            own = [cluster.address(end, 6 if ":" in address else 4) for address in addresses(each)]
            each["spec"]["nodeName"] = cluster.node_of(place)
            each["status"].update(podIP=own[0], podIPs=[{"ip": address} for address in own])
    return listed


def between_all():
    for source, destination in itertools.permutations((*PLACES, *cluster.NODES, *cluster.WORLD), 2):
        if cluster.is_pods(source) or cluster.is_pods(destination):
            for family, tried in itertools.product(cluster.FAMILIES, TRIED):
                ends = cluster.address(source, family), cluster.address(destination, family)
                yield source, destination, Connection(*ends, *tried)


# A failure is told as it was found: to look for a smaller one would take minutes.
@settings(max_examples=CLUSTERS, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(listed=strategies.objects(shared=False).map(placed))
def test_packets_go_where_the_documentation_says(nodes, prober, listed):
    truth = Truth(listed, cluster.NODES)
    nodes.enforce(listed)
    asked = tries(nodes, between_all())
    expected = {connection for _source, _destination, connection in asked if truth.allows(connection)}
    assert prober.made(asked, expected) == expected


@pytest.mark.parametrize("case", named(CASES[::SAMPLE]))
def test_packets_go_where_the_case_says_with_the_legacy_filter(case, legacy_nodes, prober):
    assert differences(case, legacy_nodes, prober) == []
    for node in cluster.NODES:
        assert "PODNET-POLICY" in legacy_nodes.run(node, "iptables-legacy-save -t mangle")
