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
      - Required if O(state=present).
    type: list
    elements: str
    default: []
  state:
    description: V(absent) removes the file. What is loaded stays loaded, for others may use it by now.
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
"""

import os
from typing import List, Optional

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import modules
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.command import CommandError

PATH = "/etc/modules-load.d/podnet.conf"


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "default": []},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ["names"])],
        supports_check_mode=True,
    )
    wanted = module.params["names"] if module.params["state"] == "present" else None
    before, after = text(), None if wanted is None else "".join(name + "\n" for name in wanted)
    missing = [name for name in wanted or [] if modules.availability(name) != modules.PRESENT]
    if not module.check_mode:
        try:
            write(module, before, after)
            load(missing)
        except (CommandError, OSError) as error:
            module.fail_json(msg=str(error))
    module.exit_json(
        changed=before != after or bool(missing),
        loaded=missing,
        diff={
            "before_header": PATH,
            "after_header": PATH,
            "before": before or "",
            "after": (after or "") + "".join("loaded now: %s\n" % name for name in missing),
        },
    )


def load(names: List[str]) -> None:
    for name in names:
        modules.load(name)


def text() -> Optional[str]:
    try:
        with open(PATH, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def write(module: AnsibleModule, before: Optional[str], after: Optional[str]) -> None:
    if before == after:
        return
    if after is None:
        os.unlink(PATH)
        return
    os.makedirs(os.path.dirname(PATH), mode=0o755, exist_ok=True)
    fresh = os.path.join(module.tmpdir, "podnet.conf")
    with open(fresh, "w", encoding="utf-8") as file:
        file.write(after)
    os.chmod(fresh, 0o644)
    module.atomic_move(fresh, PATH)


if __name__ == "__main__":
    main()
