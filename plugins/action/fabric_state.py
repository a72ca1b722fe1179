# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring one layer of the planned network to one host: build its document and hand it to network_state."""

from __future__ import annotations

import json
from typing import Any, Dict, Optional

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import documents, model, transition


class ActionModule(ActionBase):
    """Sends the document as one JSON string, for a list of thousands of peers costs templating and argument checks."""

    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        result = super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(
            {
                "plan": {"type": "raw"},
                "layer": {"type": "str", "required": True, "choices": sorted([*documents.LAYERS, transition.TRIAL])},
                "from_plan": {"type": "raw"},
                "stage": {"type": "str", "choices": [transition.LAY, transition.PREFER]},
                "pods": {"type": "list", "elements": "str", "default": []},
                "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            },
            required_if=[("state", "present", ["plan"])],
            required_by={"stage": ["from_plan"], "from_plan": ["plan"]},
        )
        variables = task_vars or {}
        arguments = {"name": options["layer"], "state": options["state"]}
        if options["state"] == "present":
            arguments["document"] = _document(options, str(variables["inventory_hostname"]))
        result.update(
            self._execute_module(
                module_name="podnet.baremetal.network_state", module_args=arguments, task_vars=variables
            )
        )
        return result


def _document(options: Dict[str, Any], host: str) -> str:
    layer, stage = options["layer"], options["stage"]
    try:
        plan = model.from_json(options["plan"])
        if layer != transition.TRIAL and not stage:
            return json.dumps(documents.document(plan, host, layer))
        if options["from_plan"] is None:
            raise ValueError("layer %s lies between two plans, and from_plan is missing" % layer)
        had = model.from_json(options["from_plan"])
        if stage:
            return json.dumps(transition.document(had, plan, host, layer, stage))
        return json.dumps(transition.trial(had, plan, host, options["pods"]))
    except ValueError as error:
        message = "plan: %s. Way out: register the result of podnet.baremetal.plan and give its value plan." % error
        raise AnsibleActionFail(message) from error
