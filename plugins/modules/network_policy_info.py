#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Documentation only: action/network_policy_info.py runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: network_policy_info
short_description: Read what Kubernetes' NetworkPolicies depend on
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Reads namespaces, pods and network policies, checks them, and returns what of them decides who may talk to whom, for
    M(podnet.baremetal.network_policy) and M(podnet.baremetal.network_policy_test). It connects to no host.
  - A policy that the API server would refuse is refused, with every problem in one message. Each names source, object,
    field, value and reason.
notes:
  - Give it C(run_once). Its result is the same on every host.
extends_documentation_fragment:
  - podnet.baremetal.policy_sources
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    platforms: all
seealso:
  - module: podnet.baremetal.network_policy
"""

EXAMPLES = r"""
- name: Read manifests, and the pods that are there
  podnet.baremetal.network_policy_info:
    src: [policies, pods.json]
  run_once: true
  register: cluster_policy

- name: Read all of it from the cluster
  podnet.baremetal.network_policy_info:
    kubeconfig: ~/.kube/config
    context: production
  run_once: true
  register: cluster_policy
"""

RETURN = r"""
objects:
  description:
    - The objects as one JSON string, for O(podnet.baremetal.network_policy#module:objects). There is nothing in it that
      policy does not depend on, and no pod of the host's network, that has ended, or without an address.
  returned: success
  type: str
  sample: '[{"apiVersion":"v1","kind":"NamespaceList","items":[{"metadata":{"name":"default"}}]}]'
namespaces:
  description: How many namespaces there are, those that are named by other objects only included.
  returned: success
  type: int
  sample: 4
pods:
  description: How many pods have addresses of their own.
  returned: success
  type: int
  sample: 37
policies:
  description: How many policies there are.
  returned: success
  type: int
  sample: 5
"""
