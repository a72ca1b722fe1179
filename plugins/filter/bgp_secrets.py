# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The passwords of a host's BGP sessions by what stands for them in its configuration."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Sequence

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import frr
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.sessions import secret_of_router

DOCUMENTATION = r"""
name: bgp_secrets
short_description: The passwords of a host's BGP sessions
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Makes the option O(podnet.baremetal.frr_config#module:secrets) of M(podnet.baremetal.frr_config) out of the host's
    routers and the password of all sessions, as the placeholders in P(podnet.baremetal.bgp_config#filter)'s text ask
    for them.
positional: password
options:
  _input:
    description: The variable C(fabric_bgp_routers) of the host, of which each entry may have a C(password).
    type: list
    elements: dict
    required: true
  password:
    description: The password of all other sessions; none if it is empty.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Have FRR announce the host's pods
  podnet.baremetal.frr_config:
    content: "{{ fabric_plan.plan | podnet.baremetal.bgp_config(inventory_hostname, {'password': true}) }}"
    secrets: "{{ fabric_bgp_routers | podnet.baremetal.bgp_secrets(vault_bgp_password) }}"
"""

RETURN = r"""
_value:
  description: The passwords by placeholder.
  type: dict
"""


def bgp_secrets(routers: Sequence[Mapping[str, Any]], password: Any = "") -> Dict[str, str]:
    """See DOCUMENTATION. What is no list of routers, the plan has refused."""
    own = {secret_of_router(number): router.get("password") for number, router in enumerate(routers, start=1)}
    return {name: str(secret) for name, secret in {frr.PASSWORD: password, **own}.items() if str(secret or "")}


class FilterModule:
    """The filter of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"bgp_secrets": bgp_secrets}
