#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give running pods another MTU."""

from __future__ import annotations

DOCUMENTATION = r"""
module: pod_mtu
short_description: Give the running pods of this host another MTU
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Sets the MTU of both ends of each veth that hangs on the bridge that M(podnet.baremetal.fabric_state) made, in the
    host and in the pod's network namespace. Pods send no more than the others take, but for the moment it takes.
  - Pods that are started later get theirs from the CNI configuration, which M(podnet.baremetal.cni_config) writes.
notes:
  - Set a smaller MTU of the bridge before this, and a larger one after it. What does not fit the bridge is answered
    with ICMP, so that senders adapt; what does not fit a veth is dropped without a word.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    details: Needs root and C(ip) of iproute2.
    platforms: linux
options:
  mtu:
    description: The MTU in bytes.
    type: int
    required: true
seealso:
  - module: podnet.baremetal.pod_info
"""

EXAMPLES = r"""
- name: Let the pods use what the underlay carries, now that there is no tunnel
  podnet.baremetal.pod_mtu:
    mtu: 1500
"""

RETURN = r"""
commands:
  description: What was, or in check mode would be, done, as an operator would type it.
  type: list
  elements: str
  returned: success
  sample:
    - ip link set dev veth1a2b3c4d mtu 1500
    - nsenter --net=/var/run/netns/cni-8d0f0e51 ip link set dev eth0 mtu 1500
unreachable_ports:
  description:
    - The ports of the bridge whose other end has no network namespace that could be found, which a warning names too.
    - Their pods keep their MTU until they are started anew.
  type: list
  elements: str
  returned: success
  sample: []
"""

from typing import Dict, Sequence

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import pod_mtu


def main() -> None:
    module = AnsibleModule(argument_spec={"mtu": {"type": "int", "required": True}}, supports_check_mode=True)
    mtu = module.params["mtu"]
    if not 68 <= mtu <= 65535:
        module.fail_json(msg=f"mtu: {mtu} is no MTU for a veth: give a number from 68 to 65535")
    try:
        found = pod_mtu.find()
        changes = pod_mtu.changes(found.ends, mtu)
        if not module.check_mode:
            pod_mtu.apply(changes, mtu)
    except OSError as error:
        module.fail_json(msg=str(error))
    if found.unreachable:
        module.warn(
            f"ports whose pods cannot be reached, for no network namespace of theirs is found: "
            f"{', '.join(found.unreachable)}. Start those pods anew, so that they get the MTU {mtu}"
        )
    module.exit_json(
        changed=bool(changes),
        commands=[change.command(mtu) for change in changes],
        unreachable_ports=found.unreachable,
        diff=_diff(changes, mtu),
    )


def _diff(changes: Sequence[pod_mtu.End], mtu: int) -> Dict[str, str]:
    """A line an end."""
    ends = [f"{change.interface} {change.namespace}".rstrip() for change in changes]
    return {
        "before": "".join(f"{end}: {change.mtu}\n" for end, change in zip(ends, changes)),
        "after": "".join(f"{end}: {mtu}\n" for end in ends),
    }


if __name__ == "__main__":
    main()
