"""Who is on which network, at which address, and how the networks are connected."""

from __future__ import annotations

import ipaddress

import pytest

from lab.topology import TOPOLOGIES, Host


def named(topology: str, nodes: int = 3) -> dict[str, Host]:
    return {host.name: host for host in TOPOLOGIES[topology].hosts(nodes)}


def test_flat_is_nodes_alone_on_one_network() -> None:
    made = named("flat")
    assert {name: host.address for name, host in made.items()} == {
        "node-1": "198.51.100.11", "node-2": "198.51.100.12", "node-3": "198.51.100.13",
    }  # fmt: skip
    assert [host.address_ipv6 for host in made.values()] == [f"2001:db8:100::{part}" for part in (11, 12, 13)]
    assert {host.routes for host in made.values()} == {()}
    assert not any(host.forwards for host in made.values())


def test_racks_hold_two_nodes_and_the_last_one_all_others() -> None:
    made = named("racks", 5)
    on = {name: [network.name for network in host.networks] for name, host in made.items()}
    both = ["podnet-lab-a", "podnet-lab-b"]
    assert {name: networks for name, networks in on.items() if networks == both} == {"router-1": both, "router-2": both}
    assert [on[f"node-{number}"] for number in range(1, 6)] == [both[:1]] * 2 + [both[1:]] * 3


def test_nodes_reach_the_other_rack_over_both_routers() -> None:
    made = named("racks")
    assert made["node-1"].routes == (
        "route add 198.51.100.128/25 nexthop via 198.51.100.2 nexthop via 198.51.100.3",
        "route add 2001:db8:200::/64 nexthop via 2001:db8:100::2 nexthop via 2001:db8:100::3",
    )
    assert made["node-3"].routes == (
        "route add 198.51.100.0/25 nexthop via 198.51.100.130 nexthop via 198.51.100.131",
        "route add 2001:db8:100::/64 nexthop via 2001:db8:200::2 nexthop via 2001:db8:200::3",
    )
    assert made["router-1"].routes == ()
    assert made["router-1"].forwards


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_addresses_are_of_the_networks_and_nobody_elses(topology: str) -> None:
    networks = TOPOLOGIES[topology].networks
    made = [(host, network) for host in TOPOLOGIES[topology].hosts(50) for network in host.networks]
    for host, network in made:
        assert ipaddress.ip_address(network.address(host.part)) in ipaddress.ip_network(network.subnet)
        assert ipaddress.ip_address(network.address_ipv6(host.part)) in ipaddress.ip_network(network.subnet_ipv6)
    machines = {network.address(1) for network in networks}
    assert len({network.address(host.part) for host, network in made} | machines) == len(made) + len(machines)
