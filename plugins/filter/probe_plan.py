# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which paths a host probes, out of the hosts' registered probe pods."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Sequence

from ansible_collections.podnet.baremetal.plugins.module_utils.probe import ring

DOCUMENTATION = r"""
name: probe_plan
short_description: The paths that a host probes
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Takes each host's probe pods and makes the option O(podnet.baremetal.probe_paths#module:paths) of
    M(podnet.baremetal.probe_paths) for one host, from each of its pods to every other of them and to every pod of the
    next hosts in the ring of all hosts.
  - The work of a host does not grow with the cluster unless O(peers=0) asks for it.
positional: host, hosts
options:
  _input:
    description: C(hostvars), or any mapping of a host to its variables.
    type: dict
    required: true
  host:
    description: The host that probes.
    type: str
    required: true
  hosts:
    description: All hosts of the ring, in the same order on each host.
    type: list
    elements: str
    required: true
  peers:
    description: To how many next hosts, V(0) for all.
    type: int
    default: 32
  register:
    description: Name of the variable in which each host keeps its result of M(podnet.baremetal.probe_pod).
    type: str
    default: verify_pods
"""

EXAMPLES = r"""
- name: Probe the paths from this host's probe pods
  podnet.baremetal.probe_paths:
    paths: "{{ hostvars | podnet.baremetal.probe_plan(inventory_hostname, ansible_play_hosts_all, peers=32) }}"
  register: verify_results
"""

RETURN = r"""
_value:
  description: The paths, none to hosts without probe pods.
  type: list
  elements: dict
"""


def probe_plan(
    hostvars: Mapping[str, Mapping[str, Any]],
    host: str,
    hosts: Sequence[str],
    peers: int = 32,
    register: str = "verify_pods",
) -> List[Dict[str, Any]]:
    """Looks at the variables of the host and its neighbors only: each look costs a controller half a millisecond."""
    hosts = [str(name) for name in hosts]  # a plain list: that of a template looks at each element at each access
    asked = [host, *ring.neighbors(hosts, host, peers)]
    return ring.paths(hosts, host, peers, {name: (hostvars[name].get(register) or {}).get("pods") for name in asked})


class FilterModule:
    """The filter of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"probe_plan": probe_plan}
