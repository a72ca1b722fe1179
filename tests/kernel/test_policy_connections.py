"""The end of tracked connections that policy forbids, on a real kernel."""

from __future__ import annotations

import socket

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import conntrack
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import Allow
from tests.kernel.policed import address, carries, connect, table

WEB = Allow("TCP", ((80, 80),), None, ("default/web",))


@pytest.fixture
def open_policy(node, family):
    """Two pods that policy knows and does not restrict."""
    server, client = node.pod(2), node.pod(3)
    node.apply([table(family, (2, 3))])
    return client, server


def isolated(family, *allows):
    return [table(family, (3,), ingress=[((2,), allows)], egress=[((2,), None)])]


def tracked(family):
    """TCP connections: nodes and pods report the groups that they listen to as well."""
    return [each for each in conntrack.read(family) if each.protocol == socket.IPPROTO_TCP]


def test_a_forbidden_connection_ends_and_an_allowed_one_goes_on(node, open_policy, family):
    allowed, forbidden = (connect(*open_policy, family, port) for port in (80, 81))
    outcome = node.apply(isolated(family, WEB))
    assert [(each.protocol, each.port) for each in outcome.ended] == [(6, 81)]
    name = "ipv6" if family == 6 else "ipv4"
    assert (
        f"conntrack -D -f {name} -p tcp --orig-src {address(3, family)} --reply-src {address(2, family)} "
        "--reply-port-src 81" in outcome.commands()
    )
    assert carries(*allowed)
    assert not carries(*forbidden)


@pytest.mark.parametrize("loose", [0, 1])
def test_what_the_other_side_sends_brings_none_back(node, open_policy, family, loose, run):
    """Whether conntrack takes the midst of a connection for one that is new, or for nothing it knows."""
    run(f"echo {loose} > /proc/sys/net/netfilter/nf_conntrack_tcp_loose")
    client, server = connect(*open_policy, family, 81)
    node.apply(isolated(family, WEB))
    assert not carries(server, client)
    assert not carries(client, server)


def test_a_second_run_finds_nothing_to_end(node, open_policy, family):
    connect(*open_policy, family, 81)
    assert node.apply(isolated(family, WEB)).changed
    assert not node.apply(isolated(family, WEB)).changed


def test_connections_are_left_alone_where_that_is_wanted(node, open_policy, family):
    client, server = connect(*open_policy, family, 81)
    outcome = node.apply(isolated(family, WEB), end=False)
    assert outcome.changed
    assert outcome.ended == []
    assert carries(client, server)
    assert carries(server, client)


def test_a_dry_run_says_which_and_ends_none(node, open_policy, family):
    client, server = connect(*open_policy, family, 81)
    outcome = node.apply(isolated(family, WEB), check=True)
    assert [each.port for each in outcome.ended] == [81]
    assert carries(client, server)


def test_datagrams_and_echo_requests_end_as_well(node, open_policy, family):
    client, server = open_policy
    assert client.reaches(server, 53, family, socket.SOCK_DGRAM)
    assert client.pings(address(2, family))
    outcome = node.apply(isolated(family, WEB))
    assert {each.protocol for each in outcome.ended} == {17, {4: 1, 6: 58}[family]}
    assert not client.reaches(server, 53, family, socket.SOCK_DGRAM)


def test_behind_a_service_the_pod_counts(node, open_policy, run):
    client, server = open_policy
    run("iptables -t nat -A PREROUTING -d 10.96.0.10 -p tcp --dport 80 -j DNAT --to-destination 10.244.0.2:8080")
    with server.bound(4, socket.SOCK_STREAM, 8080), client.connected("10.96.0.10", 80):
        outcome = node.apply(isolated(4, WEB))
    assert [(each.destination, each.port) for each in outcome.ended] == [("10.244.0.2", 8080)]


def test_the_node_itself_reaches_its_pods_and_goes_on(node, open_policy, family):
    _client, server = open_policy
    with server.bound(family, socket.SOCK_STREAM, 81), socket.create_connection((address(2, family), 81)):
        assert node.apply(isolated(family)).ended == []
        assert len(tracked(family)) == 1


def test_a_forbidden_connection_of_a_pod_that_may_send_nothing_ends(node, open_policy, family):
    connect(*open_policy, family, 80)
    tables = [table(family, (2,), ingress=[((3,), None)], egress=[((3,), ())])]
    ended = [each.source for each in node.apply(tables).ended if each.protocol == socket.IPPROTO_TCP]
    assert ended == [address(3, family)]


def test_one_that_has_ended_by_itself_is_no_error(node, open_policy, family):
    connect(*open_policy, family, 81)
    found = tracked(family)
    conntrack.end(found)
    conntrack.end(found)
    assert len(found) == 1
    assert tracked(family) == []
