"""The layer that lets BGP in."""

from __future__ import annotations

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import documents
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from tests.unit.fabric.inventory import planned, speakers

IPV4, IPV6 = "10.244.0.0/16", "fd00:10:244::/56"

LOOSE = [{"name": "net.ipv4.conf.all.rp_filter", "value": "2"}]


def test_other_ends_may_send_bgp_and_bfd() -> None:
    document = documents.document(planned(speakers(3, IPV4)), "node-2", "bgp")
    assert document == {
        "version": 1,
        "sysctls": LOOSE,
        "ipsets": [
            {"name": "podnet-bgp-v4", "type": "hash:ip", "family": "inet", "entries": ["192.0.2.1", "192.0.2.3"]}
        ],
        "iptables": [
            {
                "family": "ipv4",
                "table": "filter",
                "chain": "PODNET-BGP",
                "anchors": [{"chain": "INPUT", "position": "first"}],
                "rules": [
                    "-p tcp -m tcp --dport 179 -m set --match-set podnet-bgp-v4 src -j ACCEPT",
                    "-p udp -m udp --dport 3784:3785 -m set --match-set podnet-bgp-v4 src -j ACCEPT",
                    "-p udp -m udp --dport 4784 -m set --match-set podnet-bgp-v4 src -j ACCEPT",
                ],
            }
        ],
    }
    normalise(document)


def test_router_behind_an_interface_speaks_from_any_link_local_address() -> None:
    routers = [{"interface": "eth1", "asn": "external"}]
    document = documents.document(
        planned(speakers(1, IPV4, bgp_topology="routers", bgp_routers=routers)), "node-1", "bgp"
    )
    assert document["ipsets"] == []
    (chain,) = document["iptables"]
    assert (chain["family"], chain["rules"][0]) == (
        "ipv6",
        "-s fe80::/10 -i eth1 -p tcp -m tcp --dport 179 -j ACCEPT",
    )
    assert len(chain["rules"]) == 3


def test_each_family_has_its_own() -> None:
    document = documents.document(planned(speakers(2, f"{IPV4},{IPV6}")), "node-1", "bgp")
    assert [(found["name"], found["entries"]) for found in document["ipsets"]] == [
        ("podnet-bgp-v4", ["192.0.2.2"]),
        ("podnet-bgp-v6", ["2001:db8::2"]),
    ]
    assert [chain["family"] for chain in document["iptables"]] == ["ipv4", "ipv6"]


def test_reverse_path_is_a_matter_of_ipv4() -> None:
    assert documents.document(planned(speakers(2, IPV6)), "node-1", "bgp")["sysctls"] == []
