"""The documents of the fabric on a real kernel, in every mix of address families."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import documents
from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from tests.unit.fabric.inventory import hosts, planned

pytestmark = pytest.mark.usefixtures("namespace")

IPV4, IPV6 = "10.244.0.0/16", "fd00:10:244::/56"


#: The kernel tells IPv6 of a carrier when it comes to it.
READY = "for i in $(seq 100); do ip -6 route show dev eth0 | grep -q ^2001 && break; sleep 0.05; done"


def snapshot(run):
    return [run(f"{command} || true") for command in ("ip -br link", "iptables -S", "ip6tables -S", "ipset list -n")]


@pytest.mark.parametrize("address", ["192.0.2.{}", "2001:db8::{}"])
@pytest.mark.parametrize("cidr", [IPV4, IPV6, f"{IPV4},{IPV6}"])
def test_an_overlay_is_applied_once_and_removed_without_a_trace(run, paths, cidr, address):
    routes = applied_and_removed(run, paths, cidr, address, mode="vxlan")
    assert all("podnet-vxlan" in route and " src " in route for route in routes)


@pytest.mark.parametrize("cidr", [IPV4, IPV6, f"{IPV4},{IPV6}"])
def test_direct_routes_are_applied_once_and_removed_without_a_trace(run, paths, cidr):
    run("ip link add eth0 up type veth peer name switch; ip link set switch up")
    run("ip address add 192.0.2.2/24 dev eth0; ip address add 2001:db8::2/64 dev eth0 nodad")
    run(READY)
    routes = applied_and_removed(run, paths, cidr, "192.0.2.{0},2001:db8::{0}", mode="direct")
    assert all(" dev eth0 " in route and " metric 12" in route for route in routes)


@pytest.mark.parametrize("cidr", [IPV4, IPV6, f"{IPV4},{IPV6}"])
def test_near_peers_are_reached_directly_and_others_through_the_tunnel(run, paths, cidr):
    run("ip link add eth0 up type veth peer name switch; ip link set switch up")
    run("ip address add 192.0.2.2/29 dev eth0; ip address add 2001:db8::2/125 dev eth0 nodad")
    run(READY)
    near = "192.0.2.0/29,2001:db8::/125,192.0.2.8/29,2001:db8::8/125"
    addresses = "192.0.2.{0},2001:db8::{0}"
    routes = applied_and_removed(run, paths, cidr, addresses, mode="hybrid", underlay_cidr=near)
    assert sum(" dev eth0 " in route for route in routes) == 2 * len(cidr.split(","))
    assert sum(" dev podnet-vxlan " in route for route in routes) == len(cidr.split(","))


@pytest.mark.parametrize("cidr", [IPV4, IPV6])
def test_an_overlay_is_laid_beside_another_way(run, paths, cidr):
    """In IPv6 the kernel refuses a gateway that it has a route to over another link."""
    plan = planned(hosts(2, cluster_cidr=cidr, mode="vxlan"))
    run("ip link add other type bridge; ip link set other up")
    (subnet,) = plan.hosts["node-2"].pod_subnet
    run(f"ip route add {subnet} dev other metric 20; ip address add {plan.hosts['node-1'].gateway[0]} dev lo")
    document = documents.document(plan, "node-1", "vxlan")

    assert engine.apply("vxlan", document, paths=paths).changed
    assert not engine.apply("vxlan", document, paths=paths).changed
    assert len(run(f"ip -{6 if ':' in cidr else 4} route show {subnet}").splitlines()) == 2


def applied_and_removed(run, paths, cidr, address, **variables):
    """Do it with the documents of the first of four hosts, and give the routes that were there between."""
    inventory = hosts(4, cluster_cidr=cidr, **variables)
    for number, given in enumerate(inventory.values(), start=1):
        given["fabric_node_ip"] = address.format(2 * number)
    plan = planned(inventory)
    layers = {layer: documents.document(plan, "node-1", layer) for layer in documents.layers(plan)}
    before = snapshot(run)

    for layer, document in layers.items():
        assert engine.apply(layer, document, paths=paths).changed
    for layer, document in layers.items():
        assert not engine.apply(layer, document, paths=paths).changed
    routes = run("ip route show proto 244; ip -6 route show proto 244").splitlines()
    assert len(routes) == 3 * len(plan.cluster.cluster_cidr)

    for layer in reversed(layers):
        engine.remove(layer, paths=paths)
    assert snapshot(run) == before
    return routes
