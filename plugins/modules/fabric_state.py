#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Documentation only: action/fabric_state.py runs on the controller, network_state on the host.

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_state
short_description: Bring one layer of the planned pod network to a host
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Builds the host's document of one layer out of the plan of M(podnet.baremetal.plan), and applies it with
    M(podnet.baremetal.network_state) under the layer's name.
options:
  plan:
    description:
      - What M(podnet.baremetal.plan) returned as RV(podnet.baremetal.plan#module:plan).
      - Required unless O(state=absent).
    type: raw
  layer:
    description:
      - V(bridge) is the bridge that pods attach to, its gateway addresses, forwarding and masquerading.
      - V(vxlan) is the VXLAN device with a route, a neighbor and a forwarding entry for each peer, and the opening of
        its UDP port for peers only; V(geneve) the same with Geneve, whose routes say where the tunnel ends.
      - V(direct) is a route for each peer on the same subnet.
      - V(bgp) lets BGP and BFD in from the other ends of the host's sessions; its routes are FRR's.
      - V(detour) is another tunnel, which carries the packets while one of the same kind is made anew.
      - V(trial) leads the packets of O(pods) over the ways that O(plan) has and O(from_plan) has not, and no others.
    type: str
    required: true
    choices: [bgp, bridge, detour, direct, geneve, trial, vxlan]
  from_plan:
    description:
      - The plan that the hosts have, what M(podnet.baremetal.plan) returned as
        RV(podnet.baremetal.plan#module:from_plan).
      - Required with O(stage) and with O(layer=trial).
    type: raw
  stage:
    description:
      - How far the hosts have come from O(from_plan) to O(plan). All hosts have to reach a stage before the first of
        them goes on.
      - At V(lay) the ways of both plans are there, and packets take the old ones; at V(prefer) they take the new ones.
      - Without it the document is that of O(plan) alone.
    type: str
    choices: [lay, prefer]
  pods:
    description: With O(layer=trial), the IP addresses of the pods of this host that try the new ways.
    type: list
    elements: str
    default: []
  state:
    description: V(absent) removes exactly what the layer has put on the host.
    type: str
    default: present
    choices: [present, absent]
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: posix
seealso:
  - module: podnet.baremetal.plan
  - module: podnet.baremetal.network_state
"""

EXAMPLES = r"""
- name: Bring the VXLAN overlay to the host
  podnet.baremetal.fabric_state:
    plan: "{{ fabric_plan.plan }}"
    layer: vxlan

- name: Lay the new ways beside the old, which packets still take
  podnet.baremetal.fabric_state:
    plan: "{{ fabric_plan.plan }}"
    from_plan: "{{ fabric_plan.from_plan }}"
    stage: lay
    layer: "{{ item }}"
  loop: "{{ fabric_plan.from_ways | union(fabric_plan.ways) }}"

- name: Take it off
  podnet.baremetal.fabric_state:
    layer: vxlan
    state: absent
"""

RETURN = r"""
commands:
  description: The changes as the commands that an operator would have typed, as M(podnet.baremetal.network_state) says.
  returned: success
  type: list
  elements: str
  sample:
    - ip link add podnet-vxlan type vxlan id 244 local 198.51.100.11 dstport 4789 nolearning
"""
