# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answer, from the objects alone, who may talk to whom."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Tuple

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import Cluster
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.question import Unanswerable
from ansible_collections.podnet.baremetal.plugins.plugin_utils import (
    policy_answers,
    policy_manifests,
    policy_matrix,
    policy_objects,
)
from ansible_collections.podnet.baremetal.plugins.plugin_utils.policy_answers import Answer, Question

_SERVICE = {
    "protocol": {"type": "str", "default": "TCP", "choices": ["TCP", "UDP", "SCTP", "ICMP"]},
    "port": {"type": "str"},
}
_PAIR = {
    "source": {"type": "str", "required": True},
    "destination": {"type": "str", "required": True},
    **_SERVICE,
    "expect": {"type": "str", "choices": ["allow", "deny"]},
}


class ActionModule(ActionBase):
    """Connects to no host."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        result = super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(
            {
                **policy_objects.OPTIONS,
                "before": {
                    "type": "dict",
                    "options": policy_objects.OPTIONS,
                    "required_one_of": [policy_objects.SOURCES],
                    "required_by": {"context": ["kubeconfig"]},
                },
                "pairs": {"type": "list", "elements": "dict", "options": _PAIR},
                "matrix": {"type": "bool", "default": False},
                "ports": {"type": "list", "elements": "dict", "options": _SERVICE},
            },
            required_one_of=[policy_objects.SOURCES],
            required_if=[("matrix", True, ["ports"]), ("matrix", False, ["pairs"])],
            required_by={"context": ["kubeconfig"]},
        )
        self._warnings: List[str] = []
        try:
            cluster = self._cluster(options)
            before = self._cluster(options["before"]) if options["before"] else None
            answers, summary = (_matrix if options["matrix"] else _pairs)(cluster, before, options)
        except (policy_objects.SourceError, Unanswerable) as error:
            raise AnsibleActionFail(str(error)) from None  # or Ansible tells all of it twice
        result.update(changed=False, results=[answer.as_result() for answer in answers], summary=summary)
        result["warnings"] = self._warnings
        unexpected = [answer.line() for answer in answers if answer.unexpected]
        if unexpected:
            result.update(failed=True, msg="not as expected:\n" + "\n".join("  " + line for line in unexpected))
        return result

    def _cluster(self, options: Mapping[str, Any]) -> Cluster:
        found = policy_objects.objects(options, self._loader.get_basedir(), policy_manifests.as_pods)
        self._warnings += [each for each in found.warnings if each not in self._warnings]
        return Cluster(found.objects)


def _pairs(cluster: Cluster, before: Optional[Cluster], options: Mapping[str, Any]) -> Tuple[List[Answer], List[str]]:
    """The pairs that were asked for; with ``before`` those that differ, and those that are not as expected."""
    answers = []
    for pair in options["pairs"]:
        question = Question(**{**pair, "port": policy_answers.number(pair["port"])})
        was = None if before is None else policy_answers.ask(before, question).allowed
        answer = Answer(question, policy_answers.ask(cluster, question), was)
        if answer.before != answer.verdict.allowed or answer.unexpected:
            answers.append(answer)
    return answers, [answer.line() for answer in answers]


def _matrix(cluster: Cluster, before: Optional[Cluster], options: Mapping[str, Any]) -> Tuple[List[Answer], List[str]]:
    """All pairs of pods; with ``before`` those that differ, of pods that are in both."""
    services = [(each["protocol"], policy_answers.number(each["port"])) for each in options["ports"]]
    if before is None:
        denying = policy_matrix.denying(cluster, services)
        answers = [Answer(each, policy_answers.ask(cluster, each, denied)) for each, denied in denying.items()]
        return answers, policy_answers.grids(denying)
    answers = [
        Answer(each, policy_answers.ask(cluster, each, denied), denied is not None)
        for each, denied in policy_matrix.differing(cluster, before, services)
    ]
    return answers, [answer.line() for answer in answers]
