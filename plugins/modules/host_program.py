#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: host_program
short_description: Keep the program that restores the pod network on a host
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Installs the engine of M(podnet.baremetal.network_state) as the command C(podnet), which needs no Ansible, with the
    systemd units that restore the network at boot and repair it when something was deleted or altered.
  - The code in C(/usr/local/lib/podnet/) is replaced in one step, so that a boot finds the old or the new version and
    nothing in between. What is no longer part of it is removed.
  - It starts and enables nothing, and does not tell systemd of changed units.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows units and launcher as they were and will be; files of the code are only named.
  platform:
    platforms: linux
options:
  state:
    description:
      - V(present) brings the program of this very version of the collection to the host.
      - V(absent) removes all of it, compiled code included. Stop and disable the units before, while they are there.
    type: str
    choices: [present, absent]
    default: present
  drift_interval:
    description: How often to look for drift, a time span of systemd made of V(s), V(min), V(h) and V(d).
    type: str
    default: 1min
  boot_wait:
    description: How many seconds to wait at boot for the addresses and devices that tunnels need.
    type: int
    default: 60
  files:
    description: The program's files as JSON. The action of this name fills it in; a playbook cannot.
    type: json
seealso:
  - module: podnet.baremetal.network_state
"""

EXAMPLES = r"""
- name: Restore the pod network at boot, and look after it every 30 seconds
  podnet.baremetal.host_program:
    drift_interval: 30s
  register: program

- name: Tell systemd
  ansible.builtin.systemd_service:
    name: "{{ item }}"
    enabled: true
    daemon_reload: "{{ program.units_changed }}"
  loop: [podnet.service, podnet-drift.timer]
"""

RETURN = r"""
files:
  description: The paths of what was written or removed, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample: [/usr/local/lib/podnet/podnet/host/cli.py, /etc/systemd/system/podnet.service]
units_changed:
  description: Whether systemd has to be told, by a daemon-reload.
  returned: success
  type: bool
  sample: true
"""

import os
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.program import content, install
from ansible_collections.podnet.baremetal.plugins.module_utils.program.places import Places

#: Seconds that restoring may take, once it does not wait any more: the engine's patience for a lock, and time to work.
BOOT_SECONDS = 180
NO_FILES = (
    "files: missing, for the action podnet.baremetal.host_program was not asked for them. Way out: call it as a task, "
    "by its full name, from a collection that is complete"
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "drift_interval": {"type": "str", "default": "1min"},
            "boot_wait": {"type": "int", "default": 60},
            # Not secret, but no log and no result should hold the whole program.
            "files": {"type": "json", "no_log": True},
        },
        supports_check_mode=True,
    )
    try:
        found = run(module.params, module.check_mode, Places())
    except ValueError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg="%s: %s" % (error.filename, error.strerror))
    module.exit_json(**result(found))


def run(parameters: Dict[str, Any], check: bool, places: Places) -> install.Difference:
    """Bring the program to ``places``, or in check mode find out what that takes."""
    if parameters["state"] == "absent":
        found = install.difference(install.NOTHING, places)
        if found and not check:
            install.remove(found, places)
        return found
    wanted = program(parameters, places)
    found = install.difference(wanted, places)
    if found and not check:
        os.umask(0o022)  # whatever root's is: everybody may read the program
        install.install(wanted, found, places)
    return found


def program(parameters: Dict[str, Any], places: Places) -> content.Program:
    """The program that the parameters ask for. Raises ``ValueError`` naming the option that is wrong."""
    wait = parameters["boot_wait"]
    if wait < 0:
        raise ValueError("boot_wait: %d is less than 0, which means not to wait" % wait)
    try:
        interval = content.time_span(parameters["drift_interval"])
    except ValueError as error:
        raise ValueError("drift_interval: %s" % error) from error
    if not parameters["files"]:
        raise ValueError(NO_FILES)
    settings = {"DRIFT_INTERVAL": interval, "BOOT_WAIT": str(wait), "BOOT_TIMEOUT": str(wait + BOOT_SECONDS)}
    return content.program(parameters["files"], settings, places)


def result(found: install.Difference) -> Dict[str, Any]:
    """The module's result for this difference."""
    code = [change.path for change in found.package] + found.leftovers
    named = [named_only(change) for change in found.package] + ["left over: %s" % path for path in found.leftovers]
    units = [change for change in found.others if change.path.endswith((".service", ".timer"))]
    diff: List[Dict[str, str]] = [shown(change) for change in found.others]
    if named:
        diff.append({"prepared": "".join(line + "\n" for line in named)})
    files = code + [change.path for change in found.others]
    return {"changed": bool(found), "files": files, "units_changed": bool(units), "diff": diff}


def named_only(change: install.Change) -> str:
    """One file of the code, whose lines would tell an operator nothing."""
    if change.before is None:
        return "added: %s" % change.path
    return "%s: %s" % ("removed" if change.after is None else "changed", change.path)


def shown(change: install.Change) -> Dict[str, str]:
    """One file as Ansible shows differences."""
    return {
        "before_header": change.path,
        "after_header": change.path,
        "before": change.before.text if change.before else "",
        "after": change.after.text if change.after else "",
    }


if __name__ == "__main__":
    main()
