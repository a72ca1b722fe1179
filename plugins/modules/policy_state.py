#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: policy_state
short_description: Bring compiled NetworkPolicies to a host
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - The host's part of M(podnet.baremetal.network_policy), which compiles the policies on the controller and calls it.
  - Applies the compiled document as M(podnet.baremetal.network_state) does, under the name C(policy), in one commit of
    each address family. Then it ends the connections that the new policies forbid.
  - On a kernel that was booted with C(ipv6.disable=1) what the document says of IPv6 is left out, for neither this host
    nor its pods have any.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details: It also finds the connections that would be ended.
  diff_mode:
    support: full
    details: Shows the changed sets, chains and options that the host keeps, and the connections that are ended.
  platform:
    platforms: linux
options:
  document:
    description:
      - The document that enforces the policies.
      - Required if O(state=present).
    type: json
  tables:
    description:
      - What the document was made of, from which the host knows the connections that must end.
      - Required if O(state=present).
    type: json
  end_connections:
    description: Whether to end tracked connections that the policies forbid.
    type: bool
    default: true
  unrestored:
    description:
      - What pods may do where the host cannot restore the document.
      - With V(deny) it drops all that is forwarded from or to them until it can, or until this module has run.
    type: str
    choices: [deny, allow]
    default: deny
  unseen:
    description:
      - What the document says of pods that it does not know.
      - With V(deny) it refuses to cut off all pods that are attached to this host, which are those with an address of
        host-local's, and names those that it cuts off in a warning. Probe pods do not count.
    type: str
    choices: [deny, allow]
    default: deny
  state:
    description: V(absent) takes the document off the host, so that every pod talks to every pod.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: podnet.baremetal.network_policy
"""

EXAMPLES = r"""
- name: Take policy off the host
  podnet.baremetal.policy_state:
    state: absent
"""

RETURN = r"""
commands:
  description: The commands that an operator would have typed for the same changes, in order.
  returned: success
  type: list
  elements: str
  sample:
    - ipset create podnet-6b0e5f0d3c1a2b47 hash:ip family inet
    - ipset add podnet-6b0e5f0d3c1a2b47 10.244.0.2
    - conntrack -D -f ipv4 -p tcp --orig-src 10.244.0.3 --reply-src 10.244.1.2 --reply-port-src 80
before:
  description:
    - The changed objects as they were, what the host was to do by itself where that changes, and the connections that
      were ended.
  returned: success
  type: list
  elements: str
  sample: ["connection tcp from 10.244.0.3 to 10.244.1.2 port 80"]
after:
  description:
    - The changed objects as they are now, or in check mode would be, and what the host is to do by itself where that
      changes.
  returned: success
  type: list
  elements: str
  sample: ["ipset podnet-6b0e5f0d3c1a2b47: type hash:ip family inet entries 10.244.0.2"]
connections_ended:
  description: How many tracked connections were ended, or in check mode would be.
  returned: success
  type: int
  sample: 1
failures:
  description: What could not be brought to what the document says; each with object, operation, error and reason.
  returned: when changes failed
  type: list
  elements: str
  sample:
    - "ipset podnet-6b0e5f0d3c1a2b47: add: Kernel error received: set type not supported"
"""

import json

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils import enforcement
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import ipv6
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.document import without_ipv6
from ansible_collections.podnet.baremetal.plugins.module_utils.resource_module import called, finish


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "document": {"type": "json"},
            "tables": {"type": "json"},
            "end_connections": {"type": "bool", "default": True},
            "unrestored": {"type": "str", "choices": ["deny", "allow"], "default": "deny"},
            "unseen": {"type": "str", "choices": ["deny", "allow"], "default": "deny"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ["document", "tables"])],
        supports_check_mode=True,
    )
    options, check = module.params, module.check_mode
    if options["state"] == "absent":
        removed = called(module, lambda: enforcement.remove(check))
        finish(module, removed, removed.before(), removed.after(), connections_ended=0)
    document, end = json.loads(options["document"]), options["end_connections"]
    pods = {name: options[name] for name in ("unrestored", "unseen")}
    if not ipv6.present():
        document = without_ipv6(document)
    enforced = called(module, lambda: enforcement.enforce(document, options["tables"], end, check, **pods))
    finish(module, enforced, enforced.before(), enforced.after(), connections_ended=len(enforced.ended))


if __name__ == "__main__":
    main()
