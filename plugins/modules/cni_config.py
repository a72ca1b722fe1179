#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make one network configuration the one that the runtime uses."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cni_config
short_description: Make a CNI network configuration the one that the runtime uses
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Writes a network configuration list in one step, so that a runtime reads the old one or the new one.
  - Runtimes use the first configuration of their directory in lexical order. Others that would come before this one are
    refused, or set aside by renaming. Those that come after it are left alone.
attributes:
  check_mode:
    description: Predicts the renames and the file's content.
    support: full
  diff_mode:
    description: Shows the renames and the file's content.
    support: full
  platform:
    description: Target platforms.
    platforms: linux
    support: full
options:
  path:
    description: The configuration's file.
    type: path
    default: /etc/cni/net.d/10-podnet.conflist
  state:
    description: V(absent) removes the file and gives back their names to those that were set aside.
    type: str
    choices: [present, absent]
    default: present
  content:
    description:
      - The configuration as JSON. It is written indented.
      - Required if O(state=present).
    type: json
  other_configs:
    description: What to do with configurations that a runtime would prefer to this one.
    type: str
    choices: [refuse, set_aside]
    default: refuse
seealso:
  - module: podnet.baremetal.cni_plugins
  - name: CNI specification
    description: What a network configuration holds.
    link: https://github.com/containernetworking/cni/blob/main/SPEC.md
"""

EXAMPLES = r"""
- name: Attach pods to the bridge
  podnet.baremetal.cni_config:
    content: "{{ lookup('ansible.builtin.template', 'conflist.j2') }}"
    other_configs: set_aside
"""

RETURN = r"""
renamed:
  description: The configurations renamed, or that would be, each with its old and new path.
  type: list
  elements: list
  returned: success
  sample: [[/etc/cni/net.d/05-old.conflist, /etc/cni/net.d/05-old.conflist.podnet-aside]]
"""

import json
import os
import tempfile

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import confdir
from ansible_collections.podnet.baremetal.plugins.module_utils.cni.errors import CniError


def write(module: AnsibleModule, path: str, text: str) -> None:
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o755, exist_ok=True)
    # From within the directory: containerd 1.6 watches it, but takes no notice of a file moved in from elsewhere.
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".podnet-", delete=False) as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    module.atomic_move(file.name, path)


def apply(module: AnsibleModule, change: confdir.Change) -> None:
    """Ours first and then the others' renames: at no time is the directory without a configuration."""
    if change.after is not None and change.before != change.after:
        write(module, change.path, change.after)
    confdir.rename(change)
    if change.after is None and change.before is not None:
        os.unlink(change.path)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "default": "/etc/cni/net.d/10-podnet.conflist"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "content": {"type": "json"},
            "other_configs": {"type": "str", "choices": ["refuse", "set_aside"], "default": "refuse"},
        },
        required_if=[("state", "present", ["content"])],
        supports_check_mode=True,
    )
    wanted = module.params
    try:
        if wanted["state"] == "present":
            text = json.dumps(json.loads(wanted["content"]), indent=2) + "\n"
            change = confdir.installed(wanted["path"], text, wanted["other_configs"] == "set_aside")
        else:
            change = confdir.removed(wanted["path"])
        if not module.check_mode:
            apply(module, change)
    except (CniError, ValueError) as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg="%s: %s" % (error.filename or wanted["path"], error.strerror))
    module.exit_json(**confdir.result(change))


if __name__ == "__main__":
    main()
