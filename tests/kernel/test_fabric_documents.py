"""The documents of the fabric on a real kernel, in every mix of address families."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import documents
from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from tests.unit.fabric.inventory import hosts, planned

pytestmark = pytest.mark.usefixtures("namespace")

IPV4, IPV6 = "10.244.0.0/16", "fd00:10:244::/56"


def snapshot(run):
    return [run(f"{command} || true") for command in ("ip -br link", "iptables -S", "ip6tables -S", "ipset list -n")]


@pytest.mark.parametrize("address", ["192.0.2.{}", "2001:db8::{}"])
@pytest.mark.parametrize("cidr", [IPV4, IPV6, f"{IPV4},{IPV6}"])
def test_documents_are_applied_once_and_removed_without_a_trace(run, paths, cidr, address):
    variables = hosts(4, cluster_cidr=cidr)
    for number, given in enumerate(variables.values(), start=1):
        given["fabric_node_ip"] = address.format(number)
    plan = planned(variables)
    layers = {layer: documents.document(plan, "node-1", layer) for layer in documents.LAYERS}
    before = snapshot(run)

    for layer, document in layers.items():
        assert engine.apply(layer, document, paths=paths).changed
    for layer, document in layers.items():
        assert not engine.apply(layer, document, paths=paths).changed
    routes = run("ip route show proto 244; ip -6 route show proto 244").splitlines()
    assert len(routes) == 3 * len(plan.cluster.cluster_cidr)
    assert all("podnet-vxlan" in route and " src " in route for route in routes)

    for layer in reversed(layers):
        engine.remove(layer, paths=paths)
    assert snapshot(run) == before
