#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell what a host's network is like."""

from __future__ import annotations

DOCUMENTATION = r"""
module: network_info
short_description: Gather links, addresses, routes, chains and more from the kernel
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Reads what is in the kernel, whoever made it, and returns it in the words of M(podnet.baremetal.network_state) and
    of the modules for single objects, so that what it returns can be given to them.
  - Reads each table once, whatever its size. What it returns travels to the controller, about 150 bytes an object. A
    node with 5,000 peers has 15,000 objects in C(neighbors), C(fdb) and C(routes), about 2 MB; on such hosts ask for
    the sections you need, and narrow them down by the other options, which work on the host.
requirements:
  - pyroute2 >= 0.7.2 on the host, for links
  - ipset and iptables on the host, for their sections
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details: It only reads, so it does the same in check mode.
  diff_mode:
    support: none
    details: There is nothing to change.
  platform:
    platforms: linux
options:
  sections:
    description: What to read.
    type: list
    elements: str
    choices: [links, addresses, neighbors, fdb, routes, rules, ipsets, iptables]
    default: [links, addresses, routes, rules]
  dev:
    description:
      - Only links of these names, and the addresses, neighbors, forwarding entries and routes on them.
      - Shell patterns; V(veth*) means all whose name begins so.
    type: list
    elements: str
    default: []
    aliases: [device]
  table:
    description:
      - Only routes of these tables, by number or as V(main), V(default) or V(local). V(all) means every table.
    type: list
    elements: str
    default: [main]
  dst:
    description:
      - Only routes to destinations, and neighbors, that lie in one of these networks.
      - V(0.0.0.0/0) means all of IPv4, V(::/0) all of IPv6.
    type: list
    elements: str
    default: []
    aliases: [dest, to]
  name:
    description: Only sets and chains of these names, which are shell patterns.
    type: list
    elements: str
    default: []
  namespace:
    description:
      - Name of the network namespace to look at, as C(ip netns) has it. It must exist.
      - Without it the module looks at the namespace that Ansible works in, the host's own.
    type: str
seealso:
  - module: podnet.baremetal.network_state
"""

EXAMPLES = r"""
- name: Look at links, addresses, routes of the main table, and rules
  podnet.baremetal.network_info:
  register: host

- name: Look at the tunnel's peers in one network
  podnet.baremetal.network_info:
    sections: [neighbors, routes]
    dev: [podnet-vxlan]
    dst: [10.244.0.0/24]

- name: Look at our chains
  podnet.baremetal.network_info:
    sections: [iptables]
    name: [PODNET-*]
"""

RETURN = r"""
network:
  description:
    - The objects of each section that was asked for.
    - C(foreign) of an object lists what of it cannot be given to other modules, by the names of attributes (such as
      the C(type) of a C(tun) link, the C(nud) of a neighbor that the kernel has learned, the C(policy) of a built-in
      chain), or C(object), if it is one more in the place of another, or lacks what a module would ask for.
  returned: success
  type: dict
  contains:
    links:
      description:
        - Links, as in M(podnet.baremetal.link), without their offload features.
        - Of a pair of C(veth) with both ends here each is told of. To the module only one of them can be given.
      type: list
      elements: dict
      sample:
        - {name: eth0, address: "02:00:5e:00:53:01", mtu: 1500, state: up}
    addresses:
      description: Addresses of links, as in M(podnet.baremetal.address).
      type: list
      elements: dict
      sample:
        - {dev: eth0, address: 192.0.2.10/24, scope: global}
    neighbors:
      description: Neighbors, as in M(podnet.baremetal.neighbor), also those that the kernel has learned.
      type: list
      elements: dict
      sample:
        - {dev: eth0, dst: 192.0.2.1, lladdr: "02:00:5e:00:53:01"}
    fdb:
      description: Forwarding entries of links, as in M(podnet.baremetal.fdb), also those that were learned.
      type: list
      elements: dict
      sample:
        - {dev: podnet-vxlan, lladdr: "02:00:5e:00:53:01", dst: 192.0.2.12}
    routes:
      description: Routes, as in M(podnet.baremetal.route).
      type: list
      elements: dict
      sample:
        - {dst: 0.0.0.0/0, table: 254, metric: 0, tos: 0, gateway: 192.0.2.1, dev: eth0, protocol: 4, scope: global}
    rules:
      description: Rules of policy routing, as in M(podnet.baremetal.rule).
      type: list
      elements: dict
      sample:
        - {family: ipv4, priority: 32766, table: 254, protocol: 2}
    ipsets:
      description: Sets, as in M(podnet.baremetal.ipset).
      type: list
      elements: dict
      sample:
        - {name: podnet-vxlan-v4, type: "hash:ip", family: inet, entries: [192.0.2.12]}
    iptables:
      description:
        - Chains, as in M(podnet.baremetal.iptables_chain).
        - Built-in ones are there too, with their C(policy).
      type: list
      elements: dict
      sample:
        - {family: ipv4, table: filter, chain: SSH-GUARD, rules: [-p tcp -m tcp --dport 22 -j DROP], anchors: []}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.host import information
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import EngineError


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "sections": {
                "type": "list",
                "elements": "str",
                "choices": list(information.SECTIONS),
                "default": ["links", "addresses", "routes", "rules"],
            },
            "dev": {"type": "list", "elements": "str", "default": [], "aliases": ["device"]},
            "table": {"type": "list", "elements": "str", "default": ["main"]},
            "dst": {"type": "list", "elements": "str", "default": [], "aliases": ["dest", "to"]},
            "name": {"type": "list", "elements": "str", "default": []},
            "namespace": {"type": "str"},
        },
        supports_check_mode=True,
    )
    asked = module.params
    filters = information.Filters(asked["dev"], asked["name"], asked["table"], asked["dst"])
    try:
        found = information.gather(asked["sections"], filters, asked["namespace"] or "")
    except EngineError as error:
        module.fail_json(msg=str(error))
    for warning in found.warnings:
        module.warn(warning)
    module.exit_json(changed=False, network=found.objects)


if __name__ == "__main__":
    main()
