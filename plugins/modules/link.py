#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have links, or have them not."""

from __future__ import annotations

DOCUMENTATION = r"""
module: link
short_description: Make, change and delete links
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Makes, changes and deletes network interfaces in the kernel, one or many in a task, as C(ip link) would.
  - A link is told from others by O(name). Only what the task gives is compared. What the kernel can change is changed
    in place; what it cannot, such as the O(vni) of a V(vxlan), is refused unless the task says O(recreate=true).
  - Options whose description begins with kinds of links are for these kinds only.
requirements:
  - pyroute2 >= 0.7.2 on the host
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - podnet.baremetal.resource
  - podnet.baremetal.link_options
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: linux
options:
  state:
    description:
      - V(present) makes the link if it is missing and changes what differs. It is not switched on or off.
      - V(up) and V(down) do that as well, and switch it on or off. With O(links) that is meant for each link that does
        not say it itself.
      - V(absent) deletes the link, and with it all that hangs on it. Only O(name) counts.
    type: str
    choices: [present, absent, up, down]
    default: present
seealso:
  - module: podnet.baremetal.address
  - module: podnet.baremetal.fdb
"""

EXAMPLES = r"""
- name: Have a bridge, switched on
  podnet.baremetal.link:
    name: br0
    type: bridge
    mtu: 1450
    state: up

- name: Have a tunnel as a port of the bridge
  podnet.baremetal.link:
    name: vx0
    type: vxlan
    vni: 42
    local: 192.0.2.10
    dstport: 4789
    learning: false
    master: br0
    port:
      neigh_suppress: true
    state: up

- name: Connect the bridge with a network namespace
  podnet.baremetal.link:
    state: up
    links:
      - name: blue0
        type: veth
        peer: {name: eth0, namespace: blue}
        master: br0

- name: Switch on the far end, in its namespace
  podnet.baremetal.link:
    name: eth0
    state: up
    namespace: blue

- name: Change a link that is there, whoever made it
  podnet.baremetal.link:
    name: eth0
    mtu: 9000
    features:
      tx-checksum-ip-generic: false

- name: Give another number to the tunnel, which has to be made anew for that
  podnet.baremetal.link:
    name: vx0
    vni: 43
    recreate: true

- name: Take all of it away
  podnet.baremetal.link:
    links:
      - name: vx0
      - name: blue0
      - name: br0
    state: absent
"""

RETURN = r"""
before:
  description: The links that the task names as they were; those that were absent are missing.
  returned: success
  type: list
  elements: dict
  sample: []
after:
  description: The same as they are now, or in check mode would be.
  returned: success
  type: list
  elements: dict
  sample:
    - {name: br0, type: bridge, mtu: 1450, state: up}
commands:
  description: The commands that an operator would have typed for the same changes, in order.
  returned: success
  type: list
  elements: str
  sample:
    - ip link add name br0 type bridge
    - ip link set dev br0 mtu 1450 up
failures:
  description: What was refused, each with object, operation, error and reason.
  returned: when changes failed
  type: list
  elements: str
  sample:
    - "link vx0: add: EEXIST: A VXLAN device with the specified VNI already exists"
"""

from typing import Any, Dict

from ansible_collections.podnet.baremetal.plugins.module_utils.resource_module import Resource

_PORT = {
    "priority": {"type": "int"},
    "cost": {"type": "int"},
    "guard": {"type": "bool"},
    "root_block": {"type": "bool"},
    "fastleave": {"type": "bool"},
    "hairpin": {"type": "bool"},
    "learning": {"type": "bool"},
    "flood": {"type": "bool"},
    "mcast_flood": {"type": "bool"},
    "bcast_flood": {"type": "bool"},
    "mcast_to_unicast": {"type": "bool"},
    "mcast_router": {"type": "int"},
    "neigh_suppress": {"type": "bool"},
    "isolated": {"type": "bool"},
    "proxy_arp": {"type": "bool"},
    "proxy_arp_wifi": {"type": "bool"},
    "vlan_tunnel": {"type": "bool"},
    "group_fwd_mask": {"type": "int"},
}

_PEER = {
    "name": {"type": "str"},
    "namespace": {"type": "str"},
}


def _by_the_documents_names(item: Dict[str, Any]) -> Dict[str, Any]:
    """C(id) is what C(ip) calls the number of a tunnel's network as well as that of a VLAN."""
    if item.get("type") not in ("vxlan", "geneve") or "vni" in item:
        return item
    return {"vni" if name == "id" else name: value for name, value in item.items()}


RESOURCE = Resource(
    section="links",
    plural="links",
    options={
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["up", "down"]},
        "type": {"type": "str", "choices": ["bridge", "veth", "vxlan", "geneve", "dummy", "vlan", "vrf", "bond"]},
        "address": {"type": "str", "aliases": ["mac"]},
        "mtu": {"type": "int"},
        "master": {"type": "str"},
        "alias": {"type": "str"},
        "txqueuelen": {"type": "int"},
        "gso_max_size": {"type": "int"},
        "promisc": {"type": "bool"},
        "arp": {"type": "bool"},
        "port": {"type": "dict", "options": _PORT},
        "features": {"type": "dict"},
        "recreate": {"type": "bool"},
        "peer": {"type": "dict", "options": _PEER},
        "vni": {"type": "int"},
        "local": {"type": "str"},
        "remote": {"type": "str"},
        "group": {"type": "str"},
        "dev": {"type": "str"},
        "dstport": {"type": "int"},
        "ttl": {"type": "str"},
        "tos": {"type": "str"},
        "df": {"type": "str", "choices": ["unset", "set", "inherit"]},
        "flowlabel": {"type": "int"},
        "external": {"type": "bool"},
        "learning": {"type": "bool"},
        "ageing": {"type": "int"},
        "maxaddress": {"type": "int"},
        "srcport": {"type": "str"},
        "proxy": {"type": "bool"},
        "l2miss": {"type": "bool"},
        "l3miss": {"type": "bool"},
        "udp_csum": {"type": "bool"},
        "udp6_zero_csum_tx": {"type": "bool"},
        "udp6_zero_csum_rx": {"type": "bool"},
        "gbp": {"type": "bool"},
        "gpe": {"type": "bool"},
        "link": {"type": "str"},
        "id": {"type": "int"},
        "protocol": {"type": "str", "choices": ["802.1Q", "802.1ad"]},
        "table": {"type": "int"},
        "stp": {"type": "bool"},
        "priority": {"type": "int"},
        "forward_delay": {"type": "int"},
        "hello_time": {"type": "int"},
        "max_age": {"type": "int"},
        "ageing_time": {"type": "int"},
        "group_fwd_mask": {"type": "int"},
        "vlan_filtering": {"type": "bool"},
        "vlan_protocol": {"type": "str", "choices": ["802.1Q", "802.1ad"]},
        "vlan_default_pvid": {"type": "int"},
        "mcast_snooping": {"type": "bool"},
        "mcast_querier": {"type": "bool"},
        "mcast_router": {"type": "int"},
        "nf_call_iptables": {"type": "bool"},
        "nf_call_ip6tables": {"type": "bool"},
        "nf_call_arptables": {"type": "bool"},
        "mode": {
            "type": "str",
            "choices": [
                "balance-rr",
                "active-backup",
                "balance-xor",
                "broadcast",
                "802.3ad",
                "balance-tlb",
                "balance-alb",
            ],
        },
        "miimon": {"type": "int"},
        "updelay": {"type": "int"},
        "downdelay": {"type": "int"},
        "xmit_hash_policy": {
            "type": "str",
            "choices": ["layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"],
        },
        "lacp_rate": {"type": "str", "choices": ["slow", "fast"]},
        "ad_select": {"type": "str", "choices": ["stable", "bandwidth", "count"]},
        "min_links": {"type": "int"},
        "primary": {"type": "str"},
        "primary_reselect": {"type": "str", "choices": ["always", "better", "failure"]},
        "fail_over_mac": {"type": "str", "choices": ["none", "active", "follow"]},
        "num_peer_notif": {"type": "int"},
        "resend_igmp": {"type": "int"},
    },
    named=_by_the_documents_names,
)


def main() -> None:
    RESOURCE.main()


if __name__ == "__main__":
    main()
