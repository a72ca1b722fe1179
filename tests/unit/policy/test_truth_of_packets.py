"""What holds of packets whatever the objects are: those of connections, of no connection, and what is left on them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.document import Settings
from tests.policy import compiled, strategies
from tests.policy.filter_model import Filter
from tests.policy.packet import Packet

OURS = Settings().mark_mask
CLUSTERS = 25

clusters = given(strategies.objects(), strategies.numbers)


def filters(listed):
    return compiled.Filters(compiled.documents(compiled.cluster_of(listed), strategies.NODES), strategies.NODES)


def hops(nodes, listed, number):
    """Every first packet at every node that forwards it."""
    for connection in strategies.connections(listed, number):
        yield from nodes.hops(connection)


@settings(max_examples=CLUSTERS, deadline=None)
@clusters
def test_answers_and_errors_pass_and_meet_one_rule(listed, number):
    nodes = filters(listed)
    for node, packet in hops(nodes, listed, number):
        for state in ("ESTABLISHED", "RELATED"):
            outcome = nodes.forward(node, packet._replace(states=frozenset({state}), flags=frozenset({"ACK"})))
            assert outcome == (True, 0, ("PODNET-POLICY",))


@settings(max_examples=CLUSTERS, deadline=None)
@clusters
def test_others_marks_stay_and_ours_go(listed, number):
    nodes = filters(listed)
    for node, packet in hops(nodes, listed, number):
        outcome = nodes.forward(node, packet._replace(mark=0xA5A5A5A5))
        assert outcome.passed == nodes.forward(node, packet).passed
        assert not outcome.passed or outcome.mark == 0xA5A5A5A5 & ~OURS


@settings(max_examples=CLUSTERS, deadline=None)
@clusters
def test_a_connection_of_a_policed_pod_begins_with_what_begins_one(listed, number):
    """So that one which was ended does not come back; pods that no policy selects are left alone."""
    nodes = filters(listed)
    for node, packet in hops(nodes, listed, number):
        amid = packet._replace(flags=frozenset({"ACK"}), chunks=frozenset({"DATA"}))
        for state in ("NEW", "INVALID") if packet.protocol in ("tcp", "sctp") else ():
            outcome = nodes.forward(node, amid._replace(states=frozenset({state})))
            assert outcome.passed == (len(outcome.chains) == 1)


@settings(max_examples=CLUSTERS, deadline=None)
@clusters
def test_a_pod_reaches_itself_by_a_service(listed, number):
    nodes = filters(listed)
    for node, packet in hops(nodes, listed, number):
        if packet.interface == "cni0":
            itself = packet._replace(destination=packet.source, states=frozenset({"NEW", "DNAT"}))
            assert nodes.forward(node, itself).passed


@settings(max_examples=CLUSTERS, deadline=None)
@clusters
def test_neighbors_are_found(listed, number):
    nodes = filters(listed)
    for node, packet in hops(nodes, listed, number):
        if packet.family == 6:
            for kind in (135, 136):
                asking = packet._replace(protocol="ipv6-icmp", icmp_type=kind, states=frozenset({"UNTRACKED"}))
                assert nodes.forward(node, asking).passed


@pytest.mark.parametrize(
    "rule",
    [
        "-m owner --uid-owner 0 -j RETURN",
        "-m set --match-set podnet-none src -j RETURN",
        "-p tcp -m tcp --sport 80 -j RETURN",
        "-p tcp --dport 80 -j RETURN",
        "-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16 -j RETURN",
        "-s 2001:db8::/32 -j RETURN",
        "-m conntrack --ctstate NEWS -j RETURN",
        "-j REJECT",
        "-j MARK --set-mark 1",
        "-j RETURN --more",
        "-p tcp",
    ],
)
def test_the_model_refuses_what_it_does_not_understand(rule):
    chain = {"family": "ipv4", "table": "mangle", "chain": "PODNET-POLICY", "rules": [rule]}
    with pytest.raises(ValueError, match="not understood"):
        Filter({"version": 1, "iptables": [chain]})


def test_the_model_looks_for_the_narrowest_network_as_the_kernel_does():
    held = {
        "name": "podnet-1",
        "type": "hash:net",
        "entries": ["10.0.0.0/8", "10.1.0.0/16 nomatch", "10.1.2.0/24"],
    }
    chain = {
        "family": "ipv4",
        "table": "mangle",
        "chain": "PODNET-POLICY",
        "rules": ["-m set --match-set podnet-1 src -j RETURN", "-j DROP"],
        "anchors": [{"chain": "FORWARD", "position": "first"}],
    }
    model = Filter({"version": 1, "ipsets": [held], "iptables": [chain]})
    passed = [model.forward(Packet(f"10.{rest}", "10.0.0.1", "tcp")).passed for rest in ("9.9.9", "1.9.9", "1.2.9")]
    assert passed == [True, False, True]
