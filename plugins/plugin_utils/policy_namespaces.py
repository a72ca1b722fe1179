# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the objects say enough of namespaces: policies may ask for labels that only Namespace objects have."""

from __future__ import annotations

from typing import Iterator, List, Tuple

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.index import NAMESPACE_NAME
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import Block, Objects, Policy
from ansible_collections.podnet.baremetal.plugins.module_utils.state.errors import shortened


def missing(objects: Objects) -> str:
    """Why the objects must not be used as they are, or ''.

    Of a namespace that was not listed only the name is known. A selector such as ``env NotIn [dev]`` would take it for
    one without labels, and let in whom it keeps out.
    """
    unknown = sorted({pod.namespace for pod in objects.pods if pod.namespace in objects.assumed})
    asking = list(_asking(objects)) if unknown else []
    if not asking:
        return ""
    return (
        "Kubernetes' objects are not enough, and nothing was changed. Policies ask for labels of namespaces:\n%s\nbut "
        "of the namespaces that have pods these are not among the objects: %s. Way out: give them as well, as kubectl "
        "get ns,pods,networkpolicies -A -o json prints them, or their manifests."
        % ("\n".join(shortened(asking)), ", ".join(_few(unknown)))
    )


def _asking(objects: Objects) -> Iterator[str]:
    """A line for each selector that asks for more of a namespace than its name, which is always known."""
    for policy in objects.policies:
        for field, keys in _keys(policy):
            if keys:
                yield "NetworkPolicy %s: %s: %s" % (policy.title, field, ", ".join(keys))


def _keys(policy: Policy) -> Iterator[Tuple[str, List[str]]]:
    """By field, which labels of namespaces a policy asks for."""
    for section, end, rules in (("ingress", "from", policy.ingress), ("egress", "to", policy.egress)):
        for number, rule in enumerate(rules or ()):
            for place, peer in enumerate(rule.peers):
                selector = () if isinstance(peer, Block) else peer.namespaces or ()
                keys = sorted({requirement.key for requirement in selector} - {NAMESPACE_NAME})
                yield "spec.%s[%d].%s[%d].namespaceSelector" % (section, number, end, place), keys


def _few(names: List[str], most: int = 10) -> List[str]:
    return names if len(names) <= most else [*names[:most], "and %d more" % (len(names) - most)]
