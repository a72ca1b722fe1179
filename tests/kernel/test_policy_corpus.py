"""Every case of the corpus with real packets: pods of two nodes, each to each, and with nodes and the world."""

from __future__ import annotations

import pytest

from tests.policy import cluster
from tests.policy.corpus import cases
from tests.policy.network import network
from tests.policy.prober import Prober

CASES = cases()
#: Of the legacy packet filter every so many cases.
SAMPLE = 12


@pytest.fixture(scope="module")
def prober():
    made = Prober()
    yield made
    made.close()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    """Nodes whose packet filter is nf_tables, which is what they come with."""
    with network(tmp_path_factory.mktemp("nft")) as made:
        yield made


@pytest.fixture(scope="module")
def legacy_nodes(nodes):
    """The same nodes, but the rules are the legacy filter's, because kubelet's are."""
    nodes.remove_policy()
    for node in cluster.NODES:
        nodes.run(node, "for tool in iptables ip6tables; do $tool-legacy -t mangle -N KUBE-IPTABLES-HINT; done")
    return nodes


def differences(case, on, prober) -> list[str]:
    found = []
    for number, step in enumerate(case.steps, 1):
        on.enforce(step.objects)
        asked = {connection: probe for probe, connection in step.connections()}
        tries = [
            (on.namespace(step.ends[probe.source]), on.namespace(step.ends[probe.destination]), connection)
            for connection, probe in asked.items()
        ]
        expected = {connection for connection, probe in asked.items() if step.expects(probe)}
        made = prober.made(tries, expected)
        found += [f"step {number}: {each} is not made" for each in sorted(expected - made)]
        found += [f"step {number}: {each} is made" for each in sorted(made - expected)]
    return found


@pytest.mark.parametrize("case", [pytest.param(each, id=f"{each.topic}: {each.name}") for each in CASES])
def test_packets_go_where_they_may(case, nodes, prober):
    assert differences(case, nodes, prober) == []


@pytest.mark.parametrize("case", [pytest.param(each, id=f"{each.topic}: {each.name}") for each in CASES[::SAMPLE]])
def test_packets_go_where_they_may_with_the_legacy_filter(case, legacy_nodes, prober):
    assert differences(case, legacy_nodes, prober) == []
    for node in cluster.NODES:
        assert "PODNET-POLICY" in legacy_nodes.run(node, "iptables-legacy-save -t mangle")
