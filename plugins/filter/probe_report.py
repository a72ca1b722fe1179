# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All hosts' registered results as one report."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional, Sequence

from ansible_collections.podnet.baremetal.plugins.module_utils.probe import report

DOCUMENTATION = r"""
name: probe_report
short_description: The connectivity matrix as text
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Counts the paths that work and tells each that does not, with what failed, the likely cause and the command to run
    next.
  - A host whose probe pods or results are missing makes its paths fail.
  - A BGP session that is down is a failure as well, though for a while paths may still work. One with a node that is
    not among O(hosts) is passed over, as its paths are.
  - Hosts with many leases of pods that are gone are told, and are no failure.
positional: hosts
options:
  _input:
    description: C(hostvars), or any mapping of a host to its variables.
    type: dict
    required: true
  hosts:
    description: All hosts of the ring, as P(podnet.baremetal.probe_plan#filter) had them.
    type: list
    elements: str
    required: true
  peers:
    description: To how many next hosts each host probed, V(0) for all.
    type: int
    default: 32
  pods:
    description: Name of the variable in which each host keeps its result of M(podnet.baremetal.probe_pod).
    type: str
    default: verify_pods
  results:
    description:
      - Name of the variable in which each host keeps its result of M(podnet.baremetal.probe_paths).
      - Paths that work need not be in it.
    type: str
    default: verify_results
  bgp:
    description:
      - Name of the variable in which each host keeps its result of M(podnet.baremetal.bgp_info), where it has one.
    type: str
    default: verify_bgp
"""

EXAMPLES = r"""
- name: Say which paths work
  ansible.builtin.debug:
    msg: "{{ (hostvars | podnet.baremetal.probe_report(ansible_play_hosts_all)).lines }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The sum and the details.
  type: dict
  contains:
    ok:
      description: Whether there are paths and all of them work, and all BGP sessions are up.
      type: bool
    working:
      description: How many paths work.
      type: int
    total:
      description: How many paths there are.
      type: int
    lines:
      description: Lines about what does not work, and a last line with the sum.
      type: list
      elements: str
"""


def probe_report(
    hostvars: Mapping[str, Mapping[str, Any]],
    hosts: Sequence[str],
    peers: int = 32,
    pods: str = "verify_pods",
    results: str = "verify_results",
    bgp: str = "verify_bgp",
) -> Dict[str, Any]:
    """See DOCUMENTATION."""
    ring = [str(host) for host in hosts]  # a plain list: that of a template looks at each element at each access
    attached, stale, failing, closed, speaking = {}, {}, {}, {}, {}
    for host in ring:
        variables = hostvars[host]  # once: on a controller each look costs half a millisecond
        own = variables.get(pods) or {}
        attached[host], stale[host] = own.get("pods"), own.get("stale_leases") or 0
        probed = variables.get(results) or {}
        failing[host], closed[host] = _failing(probed.get("results")), probed.get("closed") or []
        speaking[host] = variables.get(bgp) or {}
    return report.report(ring, peers, attached, failing, speaking, closed, stale)


def _failing(results: Optional[Sequence[Mapping[str, Any]]]) -> Optional[Sequence[Mapping[str, Any]]]:
    return None if results is None else [result for result in results if not result["ok"]]


class FilterModule:
    """The filter of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"probe_report": probe_report}
