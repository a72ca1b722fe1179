#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have ipsets with their entries, or have them not."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ipset
short_description: Make, fill and destroy ipsets
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Makes, fills and destroys sets of addresses, networks or ports for packet filters, one or many in a task, as
    C(ipset) would.
  - A set is told from others by O(name). Where many entries differ it is swapped with a new one at once, so that no
    packet meets half of it.
  - The type and options of a set cannot be changed. One that differs is replaced by a new one, and if it is of another
    type or family, the kernel refuses that as long as a rule uses the set.
requirements:
  - ipset on the host
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
  ipsets:
    description: Many sets in one task, instead of one by the options below.
    type: list
    elements: dict
    suboptions:
      name:
        description: &name Name of the set.
        type: str
        required: true
      <<: &attributes
        type:
          description: The set's type, such as V(hash:net). Needed for a set that is not there yet.
          type: str
        family:
          description: The family of its addresses. A new set is of V(inet) if not given.
          type: str
          choices: [inet, inet6]
        range:
          description:
            - What a set of a C(bitmap) type covers; a network, or first and last address or port with C(-) between.
            - Needed for such a set that is not there yet.
          type: str
        maxelem:
          description:
            - How many entries a set of a C(hash) type holds at most.
            - If not given, a new set has V(65536), or enough for twice as many as O(entries).
          type: int
        hashsize:
          description: What the table of a C(hash) type begins with. Not compared, for the kernel enlarges it.
          type: int
        bucketsize:
          description: The size of the table's buckets; an even number from 2 to 14.
          type: int
        netmask:
          description: Prefix length of the networks that addresses are stored as.
          type: int
        markmask:
          description: The mask that packet marks are stored with, such as V(0x000000ff).
          type: str
        size:
          description: How many sets a set of the type V(list:set) holds at most.
          type: int
        timeout:
          description:
            - Seconds after which an entry that a rule adds passes by itself, or V(0) for never.
            - Those of O(entries) stay in any case.
          type: int
        counters:
          description: Whether packets and bytes are counted for each entry.
          type: bool
        comment:
          description: Whether entries can have a comment.
          type: bool
        skbinfo:
          description: Whether entries can have a mark, a priority and a queue for the packet.
          type: bool
        entries:
          description:
            - All entries that the set is to have, as after C(ipset add NAME). Others are removed from it.
            - If not given, the entries of an existing set are left alone; a new set is empty.
          type: list
          elements: str
  name:
    description: *name
    type: str
  <<: *attributes
seealso:
  - module: podnet.baremetal.iptables_chain
"""

EXAMPLES = r"""
- name: Keep a set of networks
  podnet.baremetal.ipset:
    name: offices
    type: hash:net
    entries: [192.0.2.0/24, 198.51.100.0/24]

- name: Keep one of each family
  podnet.baremetal.ipset:
    ipsets:
      - {name: peers-v4, type: "hash:ip", entries: [192.0.2.1, 192.0.2.2]}
      - {name: peers-v6, type: "hash:ip", family: inet6, entries: ["2001:db8::1"]}

- name: Empty a set
  podnet.baremetal.ipset:
    name: offices
    entries: []

- name: Destroy it
  podnet.baremetal.ipset:
    name: offices
    state: absent
"""

RETURN = r"""
before:
  description: The sets that the task names as they were; those that were absent are missing.
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
    - {name: offices, type: "hash:net", family: inet, entries: [192.0.2.0/24, 198.51.100.0/24]}
commands:
  description: The commands that an operator would have typed for the same changes, in order.
  returned: success
  type: list
  elements: str
  sample:
    - ipset create offices hash:net family inet
    - ipset add offices 192.0.2.0/24
    - ipset add offices 198.51.100.0/24
failures:
  description: What was refused, each with object, operation, error and reason.
  returned: when changes failed
  type: list
  elements: str
  sample:
    - "ipset offices: delete: Set cannot be destroyed: it is in use by a kernel component"
"""

from ansible_collections.podnet.baremetal.plugins.module_utils.resource_module import Resource

RESOURCE = Resource(
    section="ipsets",
    plural="ipsets",
    options={
        "name": {"type": "str", "required": True},
        "type": {"type": "str"},
        "family": {"type": "str", "choices": ["inet", "inet6"]},
        "range": {"type": "str"},
        "maxelem": {"type": "int"},
        "hashsize": {"type": "int"},
        "bucketsize": {"type": "int"},
        "netmask": {"type": "int"},
        "markmask": {"type": "str"},
        "size": {"type": "int"},
        "timeout": {"type": "int"},
        "counters": {"type": "bool"},
        "comment": {"type": "bool"},
        "skbinfo": {"type": "bool"},
        "entries": {"type": "list", "elements": "str"},
    },
)


def main() -> None:
    RESOURCE.main()


if __name__ == "__main__":
    main()
