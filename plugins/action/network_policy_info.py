# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read Kubernetes' objects once, on the controller, for all hosts."""

from __future__ import annotations

import json
from typing import Any, Dict, Optional

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.reduced import reduced
from ansible_collections.podnet.baremetal.plugins.plugin_utils import policy_objects


class ActionModule(ActionBase):
    """Connects to no host."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        result = super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(
            policy_objects.OPTIONS,
            required_one_of=[policy_objects.SOURCES],
            required_by={"context": ["kubeconfig"]},
        )
        try:
            objects, warnings = policy_objects.objects(options, self._loader.get_basedir())
        except policy_objects.SourceError as error:
            raise AnsibleActionFail(str(error)) from None  # or Ansible tells all of it twice
        result.update(
            changed=False,
            warnings=warnings,
            # The space: ansible-core 2.18 would evaluate what starts like a list, seconds a host and task.
            objects=" " + json.dumps(reduced(objects), separators=(",", ":")),
            namespaces=len(objects.namespaces),
            pods=len(objects.pods),
            policies=len(objects.policies),
        )
        return result
