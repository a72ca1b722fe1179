#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have chains of iptables with all their rules, or have them not."""

from __future__ import annotations

DOCUMENTATION = r"""
module: iptables_chain
short_description: Make, fill and delete chains of iptables
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Keeps whole chains of one's own in iptables and ip6tables, one or many in a task; their rules, and the jumps to them
    from built-in chains.
  - A chain is told from others by O(family), O(table) and O(chain). Other chains and their rules are not touched, and
    of built-in chains only the jumps to these chains.
  - Each table of each family changes in one commit, so that no packet meets half of a change. Works with both backends
    of iptables (nf_tables and legacy) and takes the one that the host uses already.
requirements:
  - iptables on the host
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
  chains:
    description: Many chains in one task, instead of one by the options below.
    type: list
    elements: dict
    suboptions:
      chain:
        description: &chain
          - Name of the chain. Built-in chains are refused, for others' rules are in them.
        type: str
        aliases: [name]
        required: true
      <<: &attributes
        family:
          description: V(ipv4) for iptables or V(ipv6) for ip6tables. It is V(ipv4) if not given.
          type: str
          choices: [ipv4, ipv6]
        table:
          description: The table that the chain is in. It is V(filter) if not given.
          type: str
          choices: [filter, nat, mangle, raw, security]
        rules:
          description:
            - All rules of the chain in order, each as after C(iptables -A CHAIN). They may be spelt in any way that
              iptables understands, and are compared in its own spelling.
            - If not given, the rules of an existing chain are left alone; a new chain is empty.
          type: list
          elements: str
        anchors:
          description:
            - The built-in chains that jump to the chain. Jumps from others are removed.
            - If not given, jumps to an existing chain are left alone; a new chain is jumped to from nowhere.
          type: list
          elements: dict
          suboptions:
            chain:
              description: The built-in chain.
              type: str
              choices: [PREROUTING, INPUT, FORWARD, OUTPUT, POSTROUTING]
              required: true
            position:
              description: Whether the jump is its first or its last rule.
              type: str
              choices: [first, last]
              default: last
            priority:
              description:
                - Its place among the chains at that end of the same task or named C(PODNET-…), from -1000 to 1000.
                - The least stands ahead, and of equals the one whose name comes first. One that is not 0 is told in a
                  comment of the jump.
              type: int
              default: 0
  chain:
    description: *chain
    type: str
    aliases: [name]
  <<: *attributes
seealso:
  - module: podnet.baremetal.ipset
  - module: ansible.builtin.iptables
"""

EXAMPLES = r"""
- name: Allow SSH from two networks only
  podnet.baremetal.iptables_chain:
    chain: SSH-GUARD
    rules:
      - -s 192.0.2.0/24 -j RETURN
      - -s 198.51.100.0/24 -j RETURN
      - -p tcp --dport 22 -j DROP
    anchors:
      - {chain: INPUT, position: first}

- name: Masquerade what leaves a network, in both families
  podnet.baremetal.iptables_chain:
    chains:
      - chain: OUTBOUND
        table: nat
        rules: [-s 10.0.0.0/8 ! -d 10.0.0.0/8 -j MASQUERADE]
        anchors: [{chain: POSTROUTING}]
      - chain: OUTBOUND
        family: ipv6
        table: nat
        rules: ["-s fd00::/8 ! -d fd00::/8 -j MASQUERADE"]
        anchors: [{chain: POSTROUTING}]

- name: Remove a chain and the jumps to it
  podnet.baremetal.iptables_chain:
    chain: SSH-GUARD
    state: absent
"""

RETURN = r"""
before:
  description: The chains that the task names as they were; those that were absent are missing.
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
    - {family: ipv4, table: filter, chain: SSH-GUARD, rules: [-p tcp -m tcp --dport 22 -j DROP], anchors: []}
commands:
  description: The commands that an operator would have typed for the same changes, in order.
  returned: success
  type: list
  elements: str
  sample:
    - iptables -w -t filter -N SSH-GUARD
    - iptables -w -t filter -A SSH-GUARD -p tcp -m tcp --dport 22 -j DROP
failures:
  description: What was refused, each with object, operation, error and reason.
  returned: when changes failed
  type: list
  elements: str
  sample:
    - >-
      chain SSH-GUARD of table filter (ipv4): delete: not deleted, for a rule that is not ours jumps to it:
      -A INPUT -p tcp -j SSH-GUARD; delete that rule first
"""

from ansible_collections.podnet.baremetal.plugins.module_utils.resource_module import Resource

RESOURCE = Resource(
    section="iptables",
    plural="chains",
    options={
        "chain": {"type": "str", "aliases": ["name"], "required": True},
        "family": {"type": "str", "choices": ["ipv4", "ipv6"]},
        "table": {"type": "str", "choices": ["filter", "nat", "mangle", "raw", "security"]},
        "rules": {"type": "list", "elements": "str"},
        "anchors": {
            "type": "list",
            "elements": "dict",
            "options": {
                "chain": {
                    "type": "str",
                    "choices": ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
                    "required": True,
                },
                "position": {"type": "str", "choices": ["first", "last"], "default": "last"},
                "priority": {"type": "int", "default": 0},
            },
        },
    },
)


def main() -> None:
    RESOURCE.main()


if __name__ == "__main__":
    main()
