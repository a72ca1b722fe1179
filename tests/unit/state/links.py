"""Links of each kind, as documents say them."""

from __future__ import annotations

BRIDGE = {"name": "cni0", "type": "bridge"}
VETH = {"name": "v0", "type": "veth", "peer": {"name": "p0"}}
VXLAN = {"name": "vx0", "type": "vxlan", "vni": 7}
GENEVE = {"name": "gn0", "type": "geneve", "vni": 7, "remote": "192.0.2.1"}
VLAN = {"name": "eth0.5", "type": "vlan", "link": "eth0", "id": 5}
BOND = {"name": "bond0", "type": "bond"}
LACP = {**BOND, "mode": "802.3ad"}


def document(*links):
    return {"version": 1, "links": list(links)}
