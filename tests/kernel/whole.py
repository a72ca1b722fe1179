"""Two documents with objects of every section, between which objects come, go, change and are made anew."""

from __future__ import annotations

from typing import Any

from tests.kernel.overlay import overlay, peer

#: In the place of a declared sysctl's value, so that a picture of the host has no line of it.
SYSCTLS = ("net.ipv4.ip_forward", "net.ipv4.conf.lo.send_redirects")


def chain(name: str, table: str, rules: list[str], *anchors: str, family: str = "ipv4") -> dict[str, Any]:
    return {
        "family": family,
        "table": table,
        "chain": name,
        "rules": rules,
        "anchors": [{"chain": anchor, "position": "first"} for anchor in anchors],
    }


def first() -> dict[str, Any]:
    """Bridge, VXLAN and eight peers, with all that keeps them safe."""
    document = overlay(8)
    document["links"][1]["recreate"] = True
    document["addresses"].append({"dev": "cni0", "address": "fd00:244::1/64", "nodad": True})
    document["neighbors"].append({"dev": "vx0", "dst": "fd00:244:1::1", "lladdr": "02:00:5e:01:00:01"})
    document["routes"].append({"dst": "fd00:244:1::/64", "dev": "vx0", "gateway": "fd00:244:1::1", "onlink": True})
    document["routes"].append({"dst": "10.244.0.0/16", "type": "blackhole", "table": 100})
    document["rules"] = [
        {"priority": 100, "from": "10.244.0.0/16", "table": 100},
        {"family": "ipv6", "priority": 100, "from": "fd00:244::/48", "table": 100},
    ]
    document["sysctls"] = [
        {"name": "net.ipv4.ip_forward", "value": 1},
        {"name": "net/ipv4/conf/vx0/rp_filter", "value": 2},
    ]
    document["ipsets"] = [
        {"name": "podnet-vxlan-v4", "type": "hash:ip", "entries": [f"198.18.0.{number}" for number in range(1, 9)]},
        {"name": "podnet-pods", "type": "hash:net", "entries": [f"10.244.{number}.0/24" for number in range(200)]},
    ]
    document["iptables"] = [
        chain("PODNET-FORWARD", "filter", ["-s 10.244.0.0/16 -j ACCEPT"], "FORWARD"),
        chain("PODNET-FORWARD", "filter", ["-s fd00:244::/48 -j ACCEPT"], "FORWARD", family="ipv6"),
        chain("PODNET-MASQUERADE", "nat", ["-s 10.244.0.0/24 -j MASQUERADE"], "POSTROUTING"),
        chain("PODNET-VXLAN", "raw", ["-m set --match-set podnet-vxlan-v4 src -j CT --notrack"], "PREROUTING"),
    ]
    return document


def second() -> dict[str, Any]:
    """Peers have come and gone, the tunnel has another VNI, sets and chains other content; some of all is gone."""
    document = first()
    document["links"][1].update(vni=245, mtu=1400)
    document["links"][0]["mtu"] = 1400
    document["addresses"][0] = {"dev": "cni0", "address": "10.244.0.1/25"}
    for section in ("neighbors", "fdb", "routes"):
        document[section] = document[section][2:] + [peer(number)[section] for number in range(9, 12)]
    document["routes"][0]["mtu"] = 1300
    document["rules"] = [{"priority": 100, "from": "10.244.0.0/16", "table": 254}]
    document["sysctls"] = [
        {"name": "net.ipv4.conf.lo.send_redirects", "value": 0},
        {"name": "net.ipv4.ip_forward", "value": 1},
    ]
    document["ipsets"][1]["entries"] = [f"10.244.{number}.0/24" for number in range(100, 250)]
    document["ipsets"].append({"name": "podnet-later", "type": "hash:net", "entries": ["10.0.0.0/8"]})
    document["iptables"][0]["rules"] = ["-m set --match-set podnet-pods src -j ACCEPT", "-j RETURN"]
    del document["iptables"][2]
    return document
