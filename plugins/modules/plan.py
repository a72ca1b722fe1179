#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Documentation only: action/plan.py runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: plan
short_description: Plan the pod network of a whole cluster
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Computes, once for all hosts of the group of nodes, who has which node IP, pod subnets, tunnel MAC address and MTU.
  - Reads the hosts' C(fabric_…) variables, which role P(podnet.baremetal.fabric#role) documents, C(ansible_host), and
    the lock file. It connects to no host, so it works with C(--limit) and with hosts that are down.
  - A host keeps its pod subnet when others come or go. Subnets of hosts that left stay reserved in the lock file until
    C(fabric_reclaim) is true.
  - Refuses an inventory that cannot work, with every problem in one message. Each names host, variable, value, reason
    and the way out.
notes:
  - Give it C(run_once). Its result is the same on every host.
  - Variables that a play, a role or the task sets count for all hosts alike, and win over those of the inventory.
options:
  lock_file:
    description:
      - Path on the controller of the file that keeps what was allocated. It is made where it does not exist.
      - By default C(.podnet.lock.json) beside the inventory. Hosts whose inventories are in several folders have to
        be told, for their lock file must not depend on which of them a run is for.
      - Keep it with the inventory, under version control. In a folder of inventories give it a name that Ansible does
        not take for one, such as with a dot in front.
    type: path
  group:
    description: Inventory group of the cluster's nodes.
    type: str
    default: podnet
  write_lock:
    description: Whether to write the lock file. It is never written in check mode.
    type: bool
    default: true
  paths:
    description:
      - What to do where the variables ask for other paths between nodes than the hosts have. The lock file keeps those,
        which are the mode, the tunnel with its VNI and port, and the pods' MTU.
      - V(refuse) names each variable that would have to be put back, and the way to change it.
      - V(move) plans the next step of a migration, with an MTU that the old and the new paths carry; the lock file
        keeps what the hosts have, and from now on that they are on their way. P(podnet.baremetal.migrate#role) takes
        the step. As long as they are, V(refuse) refuses everything, and V(move) all but the one end and the other.
      - V(moved) is for when this step has been taken, so that the lock file says so.
      - V(back) plans this step again, also where the variables have their old values, for when the hosts go back from
        it, and the lock file does not say any more that they are on their way.
      - V(replace) forgets what the hosts had. Running pods lose their connections meanwhile.
    type: str
    default: refuse
    choices: [refuse, move, moved, back, replace]
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: The difference is that of the lock file.
  platform:
    platforms: all
seealso:
  - module: podnet.baremetal.fabric_state
"""

EXAMPLES = r"""
- name: Plan the pod network
  podnet.baremetal.plan:
  run_once: true
  register: fabric_plan

- name: Show who has what
  ansible.builtin.debug:
    var: fabric_plan.summary
  run_once: true
"""

RETURN = r"""
plan:
  description:
    - The plan as one JSON string, for O(podnet.baremetal.fabric_state#module:plan) and the filter
      P(podnet.baremetal.plan_host#filter).
  returned: success
  type: str
  sample: '{"version": 1, "cluster": {"mode": "vxlan"}, "hosts": {"node-1": {"node_ip": ["198.51.100.11"]}}}'
ways:
  description: The layers that carry packets from node to node in this mode, in the order in which they are laid.
  returned: success
  type: list
  elements: str
  sample: [vxlan]
from_plan:
  description: The plan that the hosts have, in the same form. It is the same one where there is nothing to migrate.
  returned: O(paths=move) or O(paths=back)
  type: str
  sample: '{"version": 1, "cluster": {"mode": "direct"}, "hosts": {"node-1": {"node_ip": ["198.51.100.11"]}}}'
from_ways:
  description: As RV(ways), of the mode that the hosts have.
  returned: success
  type: list
  elements: str
  sample: [direct]
mtu:
  description: The pods' MTU in bytes; during a migration one that the old and the new paths carry.
  returned: success
  type: int
  sample: 1450
from_mtu:
  description: As RV(mtu), what the pods have.
  returned: success
  type: int
  sample: 1450
steps:
  description: How many steps of a migration are left, V(2) where a tunnel has to be gone around by another.
  returned: success
  type: int
  sample: 0
begun:
  description: Whether the lock file said that hosts are on their way, now or when a migration was killed.
  returned: success
  type: bool
  sample: false
tunnels:
  description: The tunnel devices of the hosts, during a migration all that they have on their way.
  returned: success
  type: list
  elements: dict
  sample: [{kind: vxlan, name: podnet-vxlan, vni: 244, port: 4789}]
summary:
  description: The plan for people, a line for the cluster, one of headings, and one for each host.
  returned: success
  type: list
  elements: str
  sample:
    - vxlan, 1 nodes, pods 10.244.0.0/16
    - node    node IP        pod subnet     tunnel MAC         MTU
    - node-1  198.51.100.11  10.244.0.0/24  02:2a:10:6e:4c:33  1450
lock_file:
  description: The lock file's real path.
  returned: success
  type: str
  sample: /home/admin/inventory/.podnet.lock.json
"""
