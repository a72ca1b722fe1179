#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have FRR do as a configuration says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: frr_config
short_description: Have FRR do as a configuration says
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Writes FRR's configuration and has its daemons do as it says, changing no more in them than what differs, so that
    sessions that a change does not touch stay up.
  - FRR checks the configuration before it takes the place of one that works. Where the daemons do not come to do as it
    says, the files and daemons are brought back to what they were, and the module fails with FRR's own words.
  - Daemons that lost something of the configuration that their file still has get it back.
  - The service C(frr) is started and enabled. When a daemon is switched on or off, FRR is restarted; where others use
    FRR as well it is reloaded, which lets the daemons that run go on. How a daemon is called it learns when it next
    starts.
  - What was there before is kept in C(/etc/podnet/frr.json), for root only, and O(state=absent) puts it back.
  - Secrets are put in on the host and shown nowhere.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details: On a host without FRR the content of its package's files is not known, and not in what is shown.
  diff_mode:
    support: full
    details: Placeholders and asterisks stand for secrets.
  platform:
    platforms: linux
options:
  content:
    description:
      - Lines of FRR's configuration, written as C(vtysh -c "show running-config") prints them.
      - Where a secret belongs they have a placeholder, such as C(@password@).
      - Required if O(state=present).
    type: str
  secrets:
    description: The secrets by placeholder.
    type: dict
    default: {}
  daemons:
    description: The daemons to switch on, beside those that always run.
    type: list
    elements: str
    default: [bgpd]
  existing:
    description:
      - What to do where FRR is used for other things on the host, that is where its files say more than those of its
        package.
      - V(refuse) changes nothing and fails.
      - V(join) leaves all of that in its place and adds the content to it. It still fails where both cannot be, such as
        in two autonomous systems at once, or where the content would change what all sessions of a shared router do.
      - What has got into blocks, lists and route maps of the content since the last run is no other use where there was
        none at that run. It is taken back.
    type: str
    choices: [refuse, join]
    default: refuse
  keep_routes:
    description:
      - Whether routes stay in the kernel while FRR is stopped or restarted, until it claims them within two minutes
        after it has started again.
      - Neighbors do the same on their part if the configuration says C(bgp graceful-restart).
      - Other uses of FRR would be affected as well, so it is left out where O(existing=join) finds some.
    type: bool
    default: false
  path:
    description: FRR's configuration. The file C(daemons) is beside it.
    type: path
    default: /etc/frr/frr.conf
  state:
    description:
      - V(absent) takes out what this module has put in, and puts the service back to what it was. Where FRR is no
        longer installed, no file of its comes back. Where FRR does not run, the routes of BGP that it has left in the
        kernel are deleted, unless others use FRR as well.
      - V(awaited) is for the moment before FRR is installed. Where it is not there yet, it puts on record that the
        service has no state worth going back to, so that V(absent) stops and disables what the package has started.
        Where FRR is there it does nothing.
    type: str
    choices: [present, absent, awaited]
    default: present
seealso:
  - module: podnet.baremetal.bgp_info
  - name: FRR's documentation
    description: What a configuration holds.
    link: https://docs.frrouting.org
"""

EXAMPLES = r"""
- name: Know that FRR was not here before
  podnet.baremetal.frr_config:
    state: awaited

- name: Install FRR
  ansible.builtin.package:
    name: [frr, frr-pythontools]
    state: present

- name: Announce the pods of this host
  podnet.baremetal.frr_config:
    content: "{{ fabric_plan.plan | podnet.baremetal.bgp_config(inventory_hostname, {'password': true}) }}"
    secrets:
      "@password@": "{{ vault_bgp_password }}"

- name: Take it back
  podnet.baremetal.frr_config:
    state: absent
"""

RETURN = r"""
joined:
  description: Whether others use FRR on the host as well.
  returned: O(state=present)
  type: bool
  sample: false
running:
  description:
    - Commands that the daemons lacked although their file had them, and those that it did not have, each with the
      context that it was in.
  returned: O(state=present) or O(state=absent)
  type: list
  elements: str
  sample: ["router bgp 64512", " no neighbor 198.51.100.99"]
"""

from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.frr.errors import FrrError
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.install import Installer, Outcome
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.paths import Paths
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.plan import Wish
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.secrets import Secrets
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.service import Service
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.vtysh import Vtysh


def diff(paths: Paths, outcome: Outcome, secrets: Secrets) -> List[Dict[str, str]]:
    """One difference a file, and those of the daemons and of the service."""
    files = zip((paths.config, paths.daemons, paths.drop_in), outcome.before, outcome.after)
    changes = [(path, before or "", after or "") for path, before, after in files]
    changes.append(("what the daemons have been told", "", "".join(line + "\n" for line in outcome.drift)))
    changes.append(("routes that FRR has left", "".join(route + "\n" for route in outcome.routes), ""))
    changes.append(("service frr", said(outcome.service_before), said(outcome.service_after)))
    return [
        {"before_header": name, "after_header": name, "before": secrets.hidden(before), "after": secrets.hidden(after)}
        for name, before, after in changes
        if before != after
    ]


def said(state: Any) -> str:
    return "%s, %s\n" % ("active" if state.active else "inactive", "enabled" if state.enabled else "disabled")


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "content": {"type": "str"},
            "secrets": {"type": "dict", "default": {}, "no_log": True},
            "daemons": {"type": "list", "elements": "str", "default": ["bgpd"]},
            "existing": {"type": "str", "choices": ["refuse", "join"], "default": "refuse"},
            "keep_routes": {"type": "bool", "default": False},
            "path": {"type": "path", "default": "/etc/frr/frr.conf"},
            "state": {"type": "str", "choices": ["present", "absent", "awaited"], "default": "present"},
        },
        required_if=[("state", "present", ["content"])],
        supports_check_mode=True,
    )
    given = module.params
    paths = Paths(config=given["path"])
    installer = Installer(paths, Vtysh(), Service())
    try:
        secrets = Secrets(given["secrets"])
    except FrrError as error:
        module.fail_json(msg=str(error))
    try:
        if given["state"] == "awaited":
            news = installer.await_frr(module.check_mode)
            module.exit_json(changed=news, diff={"before": "", "after": "FRR is not there yet\n" if news else ""})
        if given["state"] == "present":
            wish = Wish(given["content"], given["daemons"], given["existing"] == "join", given["keep_routes"])
            outcome = installer.bring(wish, secrets, module.check_mode)
        else:
            outcome = installer.take_away(module.check_mode)
    except (FrrError, OSError) as error:
        module.fail_json(msg=secrets.hidden(str(error)))
    module.exit_json(
        changed=outcome.changed,
        joined=outcome.joined,
        running=[secrets.hidden(line) for line in outcome.drift],
        diff=diff(paths, outcome, secrets),
    )


if __name__ == "__main__":
    main()
