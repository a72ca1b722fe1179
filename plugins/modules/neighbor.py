#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have permanent neighbors, or have them not."""

from __future__ import annotations

DOCUMENTATION = r"""
module: neighbor
short_description: Add, change and delete permanent neighbors
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Adds, changes and deletes permanent entries of the neighbor table (ARP for IPv4, NDP for IPv6), one or many in a
    task, as C(ip neighbor) would.
  - A neighbor is told from others by O(dev) and O(dst). What the kernel has learned by itself is not deleted; where a
    permanent neighbor is wanted in its place, it is replaced.
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
  neighbors:
    description: Many neighbors in one task, instead of one by the options below.
    type: list
    elements: dict
    suboptions:
      dev:
        description: &dev Name of the link that the neighbor is on.
        type: str
        aliases: [device]
        required: true
      dst:
        description: &dst The neighbor's IP address.
        type: str
        aliases: [dest, to]
        required: true
      <<: &attributes
        lladdr:
          description: Its MAC address. Needed for a neighbor that is not there yet.
          type: str
          aliases: [mac]
        nud:
          description: Whether it is known for good (V(permanent), if not given), or needs no looking for (V(noarp)).
          type: str
          choices: [permanent, noarp]
        router:
          description: Whether the neighbor is a router.
          type: bool
  dev:
    description: *dev
    type: str
    aliases: [device]
  dst:
    description: *dst
    type: str
    aliases: [dest, to]
  <<: *attributes
seealso:
  - module: podnet.baremetal.fdb
  - module: podnet.baremetal.route
"""

EXAMPLES = r"""
- name: Tell where a router is, for good
  podnet.baremetal.neighbor:
    dev: eth0
    dst: 192.0.2.1
    lladdr: 02:00:5e:00:53:01

- name: Tell where two hosts are
  podnet.baremetal.neighbor:
    neighbors:
      - {dev: eth0, dst: 192.0.2.31, lladdr: "02:00:5e:00:53:31"}
      - {dev: eth0, dst: "2001:db8::32", lladdr: "02:00:5e:00:53:32"}

- name: Leave it to ARP again
  podnet.baremetal.neighbor:
    dev: eth0
    dst: 192.0.2.1
    state: absent
"""

RETURN = r"""
before:
  description: The neighbors that the task names as they were; those that were absent are missing.
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
    - {dev: eth0, dst: 192.0.2.1, lladdr: "02:00:5e:00:53:01"}
commands:
  description: The commands that an operator would have typed for the same changes, in order.
  returned: success
  type: list
  elements: str
  sample:
    - ip neighbor replace 192.0.2.1 lladdr 02:00:5e:00:53:01 dev eth0 nud permanent
failures:
  description: What was refused, each with object, operation, error and reason.
  returned: when changes failed
  type: list
  elements: str
  sample:
    - "neighbor 192.0.2.1 on eth7: add: ENODEV: there is no device eth7"
"""

from ansible_collections.podnet.baremetal.plugins.module_utils.resource_module import Resource

RESOURCE = Resource(
    section="neighbors",
    plural="neighbors",
    options={
        "dev": {"type": "str", "aliases": ["device"], "required": True},
        "dst": {"type": "str", "aliases": ["dest", "to"], "required": True},
        "lladdr": {"type": "str", "aliases": ["mac"]},
        "nud": {"type": "str", "choices": ["permanent", "noarp"]},
        "router": {"type": "bool"},
    },
)


def main() -> None:
    RESOURCE.main()


if __name__ == "__main__":
    main()
