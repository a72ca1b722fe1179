# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compile NetworkPolicies for one host on the controller, and hand the result to policy_state on the host."""

from __future__ import annotations

import json
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import model
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import Cluster
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.document import ALLOW, DENY, Settings, document
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import Objects
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import Table
from ansible_collections.podnet.baremetal.plugins.plugin_utils import policy_nodes, policy_objects


class ActionModule(ActionBase):
    """Sends document and tables as one JSON string each, for lists of thousands cost templating and argument checks."""

    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        result = super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(
            {
                **policy_objects.OPTIONS,
                "plan": {"type": "raw"},
                "node": {"type": "str"},
                "unseen_pods": {"type": "str", "default": DENY, "choices": [DENY, ALLOW]},
                "end_connections": {"type": "bool", "default": True},
                "unrestored_policy": {"type": "str", "default": DENY, "choices": [DENY, ALLOW]},
                "mark_mask": {"type": "str", "default": hex(Settings().mark_mask)},
                "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            },
            required_if=[("state", "present", ["plan"]), ("state", "present", policy_objects.SOURCES, True)],
            required_by={"context": ["kubeconfig"]},
        )
        variables = task_vars or {}
        arguments: Dict[str, Any] = {"state": options["state"]}
        told: Dict[str, Any] = {}
        if options["state"] == "present":
            try:
                compiled, told = self._compiled(options, str(variables["inventory_hostname"]))
            except (policy_objects.SourceError, ValueError) as error:
                raise AnsibleActionFail(str(error)) from None  # or Ansible tells all of it twice
            arguments.update(
                compiled,
                end_connections=options["end_connections"],
                unrestored=options["unrestored_policy"],
                unseen=options["unseen_pods"],
            )
        result.update(
            self._execute_module(
                module_name="podnet.baremetal.policy_state", module_args=arguments, task_vars=variables
            )
        )
        result.update(told, warnings=[*told.get("warnings", []), *result.get("warnings", [])])
        return result

    def _compiled(self, options: Mapping[str, Any], host: str) -> Tuple[Dict[str, str], Dict[str, Any]]:
        """What policy_state needs to know, and what the user is told of it."""
        plan, node = _plan(options["plan"], host), options["node"] or host
        subnets = plan.hosts[host].pod_subnet
        settings = Settings(options["unseen_pods"], _number(options["mark_mask"]), plan.cluster.bridge.name)
        objects, odd = policy_objects.objects(options, self._loader.get_basedir())
        odd += policy_nodes.warnings(objects, node, subnets)
        cluster = Cluster(objects)
        # Of both families: of one that the cluster does not use, pods still have link-local addresses.
        tables = [cluster.table(node, family, subnets) for family in (4, 6)]
        compiled = {
            "document": json.dumps(document(tables, settings)),
            "tables": json.dumps([table.as_json() for table in tables]),
        }
        return compiled, {"warnings": odd, **_counts(objects, node, tables)}


def _plan(plan: Any, host: str) -> model.Plan:
    try:
        found = model.from_json(plan)
        if host not in found.hosts:
            raise ValueError("host %s is not in it" % host)
    except ValueError as error:
        message = "plan: %s. Way out: register the result of podnet.baremetal.plan and give its value plan." % error
        raise AnsibleActionFail(message) from error
    return found


def _number(mask: str) -> int:
    try:
        return int(mask, 0)
    except ValueError:
        raise ValueError("mark_mask: %r is no number like %#x" % (mask, Settings().mark_mask)) from None


def _counts(objects: Objects, node: str, tables: Sequence[Table]) -> Dict[str, int]:
    """How much there is of policy on the host."""
    classes = [each for table in tables for each in (*table.ingress, *table.egress)]
    isolated = {address for each in classes if each.allows is not None for address in each.pods}
    pods = [pod for pod in objects.pods if pod.node == node]
    return {
        "pods": len(pods),
        "isolated_pods": sum(1 for pod in pods if not isolated.isdisjoint(pod.addresses)),
        "classes": len(classes),
        "sets": len({name for table in tables for name in table.sets}),
    }
