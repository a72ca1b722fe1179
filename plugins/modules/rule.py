#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have rules of policy routing, or have them not."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rule
short_description: Add, change and delete rules that choose a routing table
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Adds, changes and deletes the rules by which the kernel chooses a routing table for a packet, one or many in a task,
    as C(ip rule) would.
  - A rule is told from others by O(family), O(priority) and all that it says of the packets it is for (O(not), O(from),
    O(to), O(tos), O(fwmark), O(iif), O(oif), O(ipproto), O(sport), O(dport), O(uidrange), O(tun_id)). Other rules of
    the same priority are left alone.
  - The kernel cannot change a rule, so one that differs is deleted and added anew.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - podnet.baremetal.resource
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: linux
options:
  rules:
    description: Many rules in one task, instead of one by the options below.
    type: list
    elements: dict
    suboptions:
      priority:
        description: &priority Its place among the rules; lower ones come first.
        type: int
        aliases: [pref]
        required: true
      <<: &attributes
        family:
          description:
            - V(ipv4) or V(ipv6). If not given, it is that of O(from) or O(to), and V(ipv4) without these.
          type: str
          choices: [ipv4, ipv6]
        not:
          description: Whether the rule is for all packets but those described.
          type: bool
        from:
          description: Packets from this network, in CIDR form.
          type: str
          aliases: [src]
        to:
          description: Packets to this network, in CIDR form.
          type: str
          aliases: [dst]
        tos:
          description: Packets of this type of service, a multiple of 4.
          type: int
        fwmark:
          description: Packets with this mark, such as V(0x10), or V(0x10/0xff) where not all bits are looked at.
          type: str
        iif:
          description: Packets that came in over this link; V(lo) for those of the host itself.
          type: str
        oif:
          description: Packets of sockets that are bound to this link.
          type: str
        ipproto:
          description: Packets of this protocol, by number or name, such as V(tcp).
          type: str
        sport:
          description: Packets from this port, or from a range such as V(1000-1999).
          type: str
        dport:
          description: Packets to this port, or to a range.
          type: str
        uidrange:
          description: Packets of processes of this user ID, or of a range.
          type: str
        tun_id:
          description: Packets that came through a tunnel with this ID.
          type: int
        action:
          description:
            - What is done with such packets. If not given, a new rule has V(lookup), or V(goto) with O(goto).
          type: str
          choices: [lookup, goto, nop, blackhole, unreachable, prohibit]
        table:
          description: The routing table to look up, by number or as V(main), V(default) or V(local).
          type: str
          aliases: [lookup]
        l3mdev:
          description: Whether the table to look up is that of the packet's VRF.
          type: bool
        goto:
          description: The priority of the rule to go on with; a greater one than O(priority).
          type: int
        suppress_prefixlength:
          description: Routes with prefixes no longer than this are passed over, and the rule too if there is no other.
          type: int
        suppress_ifgroup:
          description: Routes over links of this group are passed over.
          type: int
        protocol:
          description:
            - What installed the rule, by number or by one of iproute2's own names, such as V(static).
            - If not given, a new rule has V(static); that of an existing one is not changed.
          type: str
  priority:
    description: *priority
    type: int
    aliases: [pref]
  <<: *attributes
seealso:
  - module: podnet.baremetal.route
"""

EXAMPLES = r"""
- name: Route what comes from a network by a table of its own
  podnet.baremetal.rule:
    priority: 1000
    from: 198.51.100.0/24
    table: 100

- name: Do so for marked packets of both families
  podnet.baremetal.rule:
    rules:
      - {priority: 1001, family: ipv4, fwmark: "0x10/0xff", table: 100}
      - {priority: 1001, family: ipv6, fwmark: "0x10/0xff", table: 100}

- name: Delete a rule, and no other of this priority
  podnet.baremetal.rule:
    priority: 1000
    from: 198.51.100.0/24
    state: absent
"""

RETURN = r"""
before:
  description: The rules that the task names as they were; those that were absent are missing.
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
    - {family: ipv4, priority: 1000, not: false, from: 198.51.100.0/24, tos: 0, table: 100, protocol: 4}
commands:
  description: The commands that an operator would have typed for the same changes, in order.
  returned: success
  type: list
  elements: str
  sample:
    - ip rule add priority 1000 from 198.51.100.0/24 lookup 100 protocol 4
failures:
  description: What was refused, each with object, operation, error and reason.
  returned: when changes failed
  type: list
  elements: str
  sample:
    - "rule 1000 from 198.51.100.0/24: add: EPERM: Operation not permitted"
"""

from ansible_collections.podnet.baremetal.plugins.module_utils.resource_module import Resource

RESOURCE = Resource(
    section="rules",
    plural="rules",
    options={
        "priority": {"type": "int", "aliases": ["pref"], "required": True},
        "family": {"type": "str", "choices": ["ipv4", "ipv6"]},
        "not": {"type": "bool"},
        "from": {"type": "str", "aliases": ["src"]},
        "to": {"type": "str", "aliases": ["dst"]},
        "tos": {"type": "int"},
        "fwmark": {"type": "str"},
        "iif": {"type": "str"},
        "oif": {"type": "str"},
        "ipproto": {"type": "str"},
        "sport": {"type": "str"},
        "dport": {"type": "str"},
        "uidrange": {"type": "str"},
        "tun_id": {"type": "int"},
        "action": {"type": "str", "choices": ["lookup", "goto", "nop", "blackhole", "unreachable", "prohibit"]},
        "table": {"type": "str", "aliases": ["lookup"]},
        "l3mdev": {"type": "bool"},
        "goto": {"type": "int"},
        "suppress_prefixlength": {"type": "int"},
        "suppress_ifgroup": {"type": "int"},
        "protocol": {"type": "str"},
    },
)


def main() -> None:
    RESOURCE.main()


if __name__ == "__main__":
    main()
