#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Documentation only: action/network_policy.py runs on the controller, policy_state on the host.

from __future__ import annotations

DOCUMENTATION = r"""
module: network_policy
short_description: Enforce Kubernetes' NetworkPolicies on a host's pods
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Compiles, on the controller, what all policies of the cluster come to for the pods of this host, and has the host
    enforce it with ipsets and iptables. The host goes from the old policies to the new ones in one commit of each
    address family, keeps them over reboots, and repairs them when somebody alters them.
  - Then it ends the connections that the new policies forbid.
  - Nothing watches the cluster. Pods and policies that come or go are known from the next run on.
extends_documentation_fragment:
  - podnet.baremetal.policy_sources
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details: It also finds the connections that would be ended.
  diff_mode:
    support: full
    details: Shows the changed sets, chains and options that the host keeps, and the connections that are ended.
  platform:
    platforms: linux
options:
  plan:
    description:
      - What M(podnet.baremetal.plan) returned as RV(podnet.baremetal.plan#module:plan). It says which addresses are
        those of the host's pods.
      - Required, as one of O(objects), O(src) and O(kubeconfig) is, unless O(state=absent).
    type: raw
  node:
    description:
      - What Kubernetes calls this host (C(spec.nodeName) of its pods). By default it is the name in the inventory.
      - Where pods with addresses of this host are said to be on a node of another name, the task fails and says which.
        Where that is so of some of them only, it warns, and names them.
    type: str
  unseen_pods:
    description:
      - What pods may do that have come since the last run, and that no policy is known to select or not.
      - With V(deny) they reach nobody but their own host, and nobody else reaches them, until the next run.
      - A host where that would be so of all attached pods refuses, for the objects are another cluster's then, or one
        namespace's. Of some pods it warns, and names their addresses.
      - With V(allow) they are open until then, whatever policies say.
    type: str
    choices: [deny, allow]
    default: deny
  end_connections:
    description:
      - Whether to end connections that are established and that the policies forbid. Packets of established connections
        are let through without a further look, so that otherwise they go on until they close.
    type: bool
    default: true
  unrestored_policy:
    description:
      - What pods may do where the host keeps policy and cannot bring it back, at boot or when it repairs drift, for
        instance because ipset is gone, or a new kernel has no C(xt_set).
      - With V(deny) all that is forwarded from or to pods is dropped then, established connections included. Pods and
        their own host still reach each other. It ends when the host can restore policy, or with the next run.
      - With V(allow) they are open. Either way C(podnet.service) has failed, and C(podnet status) says why.
    type: str
    choices: [deny, allow]
    default: deny
  mark_mask:
    description:
      - The bits of a packet's mark that are used, side by side, as a number. There must be more values than the host
        has classes of pods in one direction.
      - Nobody else may use them. C(0x4000) and C(0x8000), which kube-proxy has, and C(0x2000) of the CNI plugin portmap
        are refused.
    type: str
    default: "0xfff0000"
  state:
    description: V(absent) takes policy off the host, so that every pod talks to every pod. It needs no other option.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: podnet.baremetal.network_policy_info
  - module: podnet.baremetal.network_policy_test
  - module: podnet.baremetal.plan
"""

EXAMPLES = r"""
- name: Read what the cluster has
  podnet.baremetal.network_policy_info:
    kubeconfig: ~/.kube/config
  run_once: true
  register: cluster_policy

- name: Enforce it
  podnet.baremetal.network_policy:
    objects: "{{ cluster_policy.objects }}"
    plan: "{{ fabric_plan.plan }}"

- name: Let every pod talk to every pod
  podnet.baremetal.network_policy:
    state: absent
"""

RETURN = r"""
pods:
  description: How many pods of this host are known.
  returned: O(state=present)
  type: int
  sample: 12
isolated_pods:
  description: How many of them policies isolate, in one direction or both.
  returned: O(state=present)
  type: int
  sample: 3
classes:
  description: How many different things policies say to pods of this host, in both directions and address families.
  returned: O(state=present)
  type: int
  sample: 2
sets:
  description: How many sets of peers they speak of.
  returned: O(state=present)
  type: int
  sample: 1
connections_ended:
  description: How many tracked connections were ended, or in check mode would be.
  returned: success
  type: int
  sample: 0
commands:
  description: The changes as the commands that an operator would have typed, as M(podnet.baremetal.policy_state) says.
  returned: success
  type: list
  elements: str
  sample:
    - ipset create podnet-6b0e5f0d3c1a2b47 hash:ip family inet
"""
