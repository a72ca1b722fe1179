#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: kernel_modules
short_description: Have kernel modules loaded, now and at boot
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Loads kernel modules that are neither loaded nor built in, and lists all of them in
    C(/etc/modules-load.d/podnet.conf) for the next boot.
  - Those that were not there before are noted in C(/etc/podnet/modules).
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: linux
options:
  names:
    description:
      - The modules' names, with C(_).
      - Required if O(state=present). They are the whole list for the boot, which is that of the role
        P(podnet.baremetal.host#role); a list of your own belongs into another file of C(/etc/modules-load.d).
    type: list
    elements: str
  state:
    description:
      - V(absent) removes the files. It unloads C(br_netfilter) if it was loaded here, for packets of all bridges pass
        iptables as long as it is there. Where it cannot be unloaded, its sysctls are set to 0, with a warning.
      - Other modules stay loaded. They do nothing by themselves, and others may use them by now.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Let iptables see bridged packets
  podnet.baremetal.kernel_modules:
    names: [br_netfilter]
"""

RETURN = r"""
loaded:
  description: The modules that were loaded, or would be.
  returned: success
  type: list
  elements: str
  sample: [br_netfilter]
unloaded:
  description: The modules that were unloaded, or would be.
  returned: success
  type: list
  elements: str
  sample: [br_netfilter]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.host import modules
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.command import CommandError


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ["names"])],
        supports_check_mode=True,
    )
    if module.params["state"] == "present" and not module.params["names"]:
        module.fail_json(
            msg="names: none are given, and %s would list none for the boot; name all that are to be loaded, or say "
            "state: absent" % modules.Places().boot
        )
    try:
        if module.params["state"] == "present":
            outcome = modules.have(module.params["names"], module.check_mode)
        else:
            outcome = modules.remove(module.check_mode)
    except (CommandError, OSError) as error:
        module.fail_json(msg=str(error))
    for warning in outcome.warnings:
        module.warn(warning)
    now = ["loaded now: %s\n" % name for name in outcome.loaded]
    now += ["unloaded now: %s\n" % name for name in outcome.unloaded]
    module.exit_json(
        changed=outcome.changed,
        loaded=outcome.loaded,
        unloaded=outcome.unloaded,
        diff={
            "before_header": modules.Places().boot,
            "after_header": modules.Places().boot,
            "before": outcome.before or "",
            "after": (outcome.after or "") + "".join(now),
        },
    )


if __name__ == "__main__":
    main()
