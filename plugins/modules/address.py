#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have addresses on links, or have them not."""

from __future__ import annotations

DOCUMENTATION = r"""
module: address
short_description: Add, change and delete addresses of links
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Adds, changes and deletes addresses of links in the kernel, one or many in a task, as C(ip address) would.
  - An address is told from others by O(dev) and O(address) with its prefix length. Other addresses of the link are left
    alone, be they in the same network or not.
  - The metric is changed in place, and so are some flags of IPv6 addresses. Where anything else differs, an address is
    deleted and added anew. The routes of others over its link stay, also where it is the only address.
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
  addresses:
    description: Many addresses in one task, instead of one by the options below.
    type: list
    elements: dict
    suboptions:
      dev:
        description: &dev Name of the link.
        type: str
        aliases: [device]
        required: true
      address:
        description: &address The address with the prefix length of its network, such as V(192.0.2.10/24).
        type: str
        required: true
      <<: &attributes
        peer:
          description: The address of the far end, if the link leads to one host only.
          type: str
        broadcast:
          description: The broadcast address, of an IPv4 address.
          type: str
          aliases: [brd]
        label:
          description: A label of an IPv4 address; the link's name, or that and a colon and more, such as V(eth0:1).
          type: str
        scope:
          description: How far an IPv4 address is valid. If not given, the kernel says.
          type: str
          choices: [global, site, link, host]
        noprefixroute:
          description: Whether the kernel leaves out the route to the address' network that it would add by itself.
          type: bool
        metric:
          description: The metric of the route to the address' network that the kernel adds by itself.
          type: int
        nodad:
          description: Whether an IPv6 address can be used at once, without looking first whether somebody else has it.
          type: bool
        home:
          description: Whether an IPv6 address is the home address of a mobile host.
          type: bool
        mngtmpaddr:
          description: Whether the kernel makes temporary addresses out of an IPv6 address.
          type: bool
        autojoin:
          description: Whether the kernel joins the multicast group that the address stands for.
          type: bool
  dev:
    description: *dev
    type: str
    aliases: [device]
  address:
    description: *address
    type: str
  <<: *attributes
seealso:
  - module: podnet.baremetal.link
  - module: podnet.baremetal.route
"""

EXAMPLES = r"""
- name: Give a link an address
  podnet.baremetal.address:
    dev: eth0
    address: 192.0.2.20/24

- name: Give it one of each family
  podnet.baremetal.address:
    addresses:
      - {dev: eth0, address: 198.51.100.20/32, noprefixroute: true}
      - {dev: eth0, address: "2001:db8::20/64", nodad: true}

- name: Take one away
  podnet.baremetal.address:
    dev: eth0
    address: 192.0.2.20/24
    state: absent
"""

RETURN = r"""
before:
  description: The addresses that the task names as they were; those that were absent are missing.
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
    - {dev: eth0, address: 192.0.2.20/24}
commands:
  description: The commands that an operator would have typed for the same changes, in order.
  returned: success
  type: list
  elements: str
  sample:
    - ip address add 192.0.2.20/24 dev eth0
failures:
  description: What was refused, each with object, operation, error and reason.
  returned: when changes failed
  type: list
  elements: str
  sample:
    - "address 192.0.2.20/24 on eth7: add: ENODEV: there is no device eth7"
"""

from ansible_collections.podnet.baremetal.plugins.module_utils.resource_module import Resource

RESOURCE = Resource(
    section="addresses",
    plural="addresses",
    options={
        "dev": {"type": "str", "aliases": ["device"], "required": True},
        "address": {"type": "str", "required": True},
        "peer": {"type": "str"},
        "broadcast": {"type": "str", "aliases": ["brd"]},
        "label": {"type": "str"},
        "scope": {"type": "str", "choices": ["global", "site", "link", "host"]},
        "metric": {"type": "int"},
        "noprefixroute": {"type": "bool"},
        "nodad": {"type": "bool"},
        "home": {"type": "bool"},
        "mngtmpaddr": {"type": "bool"},
        "autojoin": {"type": "bool"},
    },
)


def main() -> None:
    RESOURCE.main()


if __name__ == "__main__":
    main()
