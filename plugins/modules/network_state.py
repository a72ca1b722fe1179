#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: network_state
short_description: Bring a host's network to what a document says
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Reads the kernel once, computes the difference to O(document), makes it in dependency order and in batches, and
    reads again to see that it took effect.
  - The document is kept on the host under O(name). What the document of this name held before and no longer holds is
    removed; what no document ever held is never touched. What was there before the first document is put back, not
    removed.
  - Everything is checked before the first change. When a change fails, all that the run has changed is taken back, and
    the error names each object with the operation, the error number and the kernel's own words.
requirements:
  - pyroute2 >= 0.7.2 on the host, where the document has links
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details: Computes the same difference with the same code, and changes nothing, not even the file it keeps.
  diff_mode:
    support: full
    details: Shows the changed objects, one in a line.
  platform:
    platforms: linux
options:
  name:
    description:
      - Name of the document on the host.
      - Lower-case letters and digits, with single C(-) between them.
    type: str
    required: true
  document:
    description:
      - What is to be on the host, as a JSON object or as its text. C(version) is C(1); each other key is a section, a
        list of objects in the vocabulary of iproute2.
      - Sections are C(links), C(addresses), C(neighbors), C(fdb), C(routes), C(rules), C(sysctls), C(ipsets) and
        C(iptables); the collection's page on the document has their attributes.
      - Only attributes that the document has are compared.
      - Required with O(state=present).
    type: json
  namespace:
    description:
      - Name of the network namespace that all of the document is in, as C(ip netns) has it. It must exist.
      - Without it everything is in the namespace that Ansible works in, the host's own.
      - A document stays in its namespace; the host keeps one document of each name, whatever its namespace.
    type: str
  state:
    description:
      - V(present) applies O(document).
      - V(absent) removes what the document kept under O(name) holds, and forgets it.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Lay an overlay with one peer
  podnet.baremetal.network_state:
    name: overlay
    document:
      version: 1
      links:
        - {name: vx0, type: vxlan, vni: 244, dstport: 4789, local: 198.51.100.11, learning: false, mtu: 1450, state: up}
      neighbors:
        - {dev: vx0, dst: 10.244.1.1, lladdr: 02:00:5e:00:53:01}
      fdb:
        - {dev: vx0, lladdr: 02:00:5e:00:53:01, dst: 198.51.100.12}
      routes:
        - {dst: 10.244.1.0/24, gateway: 10.244.1.1, dev: vx0, onlink: true}

- name: The same in a network namespace, here with no more than a bridge
  podnet.baremetal.network_state:
    name: blue-bridge
    namespace: blue
    document:
      version: 1
      links:
        - {name: br0, type: bridge, state: up}

- name: Take the overlay away again, and nothing else
  podnet.baremetal.network_state:
    name: overlay
    state: absent
"""

RETURN = r"""
commands:
  description: The commands that an operator would have typed for the same changes, in order.
  returned: success
  type: list
  elements: str
  sample:
    - ip route add 10.244.1.0/24 via 10.244.1.1 dev vx0 proto 244 onlink
before:
  description: The changed objects as they were; what was absent is missing.
  returned: success
  type: list
  elements: str
  sample: []
after:
  description: The changed objects as they are now, or in check mode would be; what was removed is missing.
  returned: success
  type: list
  elements: str
  sample:
    - "route 10.244.1.0/24: gateway 10.244.1.1 dev vx0 onlink on"
failures:
  description: What could not be brought to what the document says; each with object, operation, error and reason.
  returned: when changes failed
  type: list
  elements: str
  sample:
    - "route 10.244.1.0/24: add: ENETUNREACH: Nexthop has invalid gateway"
"""

import json
from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import EngineError
from ansible_collections.podnet.baremetal.plugins.module_utils.resource_module import called, finish


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "document": {"type": "json"},
            "namespace": {"type": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ["document"])],
        supports_check_mode=True,
    )
    outcome = called(module, lambda: run(module.params, module.check_mode))
    finish(module, outcome, outcome.before(), outcome.after())


def run(parameters: Dict[str, Any], check: bool) -> engine.Outcome:
    """Do what the parameters ask for."""
    name, namespace = parameters["name"], parameters["namespace"] or ""
    if parameters["state"] == "absent":
        return engine.remove(name, check, namespace=namespace)
    return engine.apply(name, decoded(parameters["document"]), check, namespace=namespace)


def decoded(document: str) -> Any:
    """The document as an object."""
    try:
        return json.loads(document)
    except ValueError as error:
        raise EngineError("the document is no JSON: %s" % error) from error


if __name__ == "__main__":
    main()
