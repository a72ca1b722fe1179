#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have forwarding entries of links, or have them not."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fdb
short_description: Add, change and delete forwarding entries of tunnels and bridges
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Adds, changes and deletes permanent entries of forwarding databases, one or many in a task, as C(bridge fdb) would;
    of a tunnel's own, which say behind which remote address a MAC address is, and of a bridge's, which say behind which
    port it is.
  - An entry is told from others by O(dev), O(lladdr), O(master) and O(vlan). What was learned is not deleted.
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
  state:
    description:
      - V(present) adds what is missing and changes what differs. Only attributes that the task gives are compared.
      - V(static) and V(local) do that as well, with this state of entries of a bridge; V(local) is for addresses of the
        host itself. An entry that is not there yet is V(static) if the task does not say it.
      - V(absent) deletes. Only the attributes that tell an entry from others count; the others are not looked at.
    type: str
    choices: [present, absent, static, local]
    default: present
  entries:
    description: Many entries in one task, instead of one by the options below.
    type: list
    elements: dict
    suboptions:
      dev:
        description: &dev Name of the link.
        type: str
        aliases: [device]
        required: true
      lladdr:
        description: &lladdr The MAC address.
        type: str
        aliases: [mac]
        required: true
      state:
        description: The state of an entry of a bridge. If not given, that of the module if it is V(static) or V(local).
        type: str
        choices: [static, local]
      <<: &attributes
        master:
          description: Whether the entry is of the bridge that O(dev) is a port of, and not of O(dev) itself.
          type: bool
        vlan:
          description: The VLAN that an entry of a bridge is for.
          type: int
        dst:
          description: Address of the tunnel end that it is behind. Needed for a tunnel's entry that is not there yet.
          type: str
          aliases: [dest, to]
        remotes:
          description:
            - Addresses of all tunnel ends that get a copy, instead of O(dst), for the O(lladdr) of a multicast group.
            - V(00:00:00:00:00:00) stands for broadcast and all that is not known.
          type: list
          elements: str
        vni:
          description: The network number at the tunnel's end, if another than the tunnel's own.
          type: int
        port:
          description: The UDP port of the tunnel's end, if another than the tunnel's own.
          type: int
        via:
          description: The link to send tunnel packets over.
          type: str
  dev:
    description: *dev
    type: str
    aliases: [device]
  lladdr:
    description: *lladdr
    type: str
    aliases: [mac]
  <<: *attributes
seealso:
  - module: podnet.baremetal.link
  - module: podnet.baremetal.neighbor
"""

EXAMPLES = r"""
- name: Tell where a MAC address is
  podnet.baremetal.fdb:
    dev: vx0
    lladdr: 02:00:5e:00:53:01
    dst: 198.51.100.12

- name: Tell where two are
  podnet.baremetal.fdb:
    entries:
      - {dev: vx0, lladdr: "02:00:5e:00:53:02", dst: 198.51.100.13}
      - {dev: vx0, lladdr: "02:00:5e:00:53:03", dst: 198.51.100.14}

- name: Send a copy of what is for all to two ends
  podnet.baremetal.fdb:
    dev: vx0
    lladdr: 00:00:00:00:00:00
    remotes: [198.51.100.13, 198.51.100.14]

- name: Forget one
  podnet.baremetal.fdb:
    dev: vx0
    lladdr: 02:00:5e:00:53:01
    state: absent
"""

RETURN = r"""
before:
  description: The entries that the task names as they were; those that were absent are missing.
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
    - {dev: vx0, lladdr: "02:00:5e:00:53:01", dst: 198.51.100.12}
commands:
  description: The commands that an operator would have typed for the same changes, in order.
  returned: success
  type: list
  elements: str
  sample:
    - bridge fdb replace 02:00:5e:00:53:01 dev vx0 dst 198.51.100.12 self permanent
failures:
  description: What was refused, each with object, operation, error and reason.
  returned: when changes failed
  type: list
  elements: str
  sample:
    - "fdb entry 02:00:5e:00:53:01 on vx7: add: ENODEV: there is no device vx7"
"""

from ansible_collections.podnet.baremetal.plugins.module_utils.resource_module import Resource

RESOURCE = Resource(
    section="fdb",
    plural="entries",
    options={
        "dev": {"type": "str", "aliases": ["device"], "required": True},
        "lladdr": {"type": "str", "aliases": ["mac"], "required": True},
        "master": {"type": "bool"},
        "vlan": {"type": "int"},
        "dst": {"type": "str", "aliases": ["dest", "to"]},
        "remotes": {"type": "list", "elements": "str"},
        "vni": {"type": "int"},
        "port": {"type": "int"},
        "via": {"type": "str"},
        "state": {"type": "str", "choices": ["static", "local"]},
    },
)


def main() -> None:
    RESOURCE.main()


if __name__ == "__main__":
    main()
