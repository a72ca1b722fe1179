#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Documentation only: action/network_policy_test.py runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: network_policy_test
short_description: Ask who may talk to whom by Kubernetes' NetworkPolicies
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Answers, from Kubernetes' objects alone, whether one pod may open a connection to another, and which policies say
    so. It connects to no host.
  - Pods of manifests, which are not running yet and so have no address, can be asked about as others can. So can
    workloads (C(Deployment), C(StatefulSet), C(DaemonSet), C(ReplicaSet), C(Job), C(CronJob)) as a pod of their name.
    No C(ipBlock) means them unless it means every address.
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
options:
  before:
    description:
      - Where to find the objects as they were before a change. With it only those pairs are in the result to which the
        change makes a difference, and those that are not as expected.
      - With O(matrix=true), of pods that are there before and after it.
    type: dict
    suboptions:
      objects:
        description: As O(objects).
        type: raw
      src:
        description: As O(src).
        type: list
        elements: path
      kubeconfig:
        description: As O(kubeconfig).
        type: path
      context:
        description: As O(context).
        type: str
  pairs:
    description:
      - The pairs to ask about.
      - Required unless O(matrix=true).
    type: list
    elements: dict
    suboptions:
      source:
        description: Who opens the connection, as namespace/name of a pod or as an address.
        type: str
        required: true
      destination:
        description: Who is to answer, in the same way.
        type: str
        required: true
      protocol:
        description: The protocol.
        type: str
        choices: [TCP, UDP, SCTP, ICMP]
        default: TCP
      port:
        description: The destination's port, by number or by its name there. Required but for V(ICMP).
        type: str
      expect:
        description: What the answer must be, or the task fails with all that are not so.
        type: str
        choices: [allow, deny]
  matrix:
    description:
      - Whether to ask for every pod to every other, on O(ports), instead of O(pairs).
      - At most 20,000 pairs are answered, counted for each port, which are those of 141 pods on one. With O(before) at
        most 4,000,000 are compared, of which at most 20,000 may differ. Where there are more, give the pods of fewer
        namespaces, or ask for O(pairs).
    type: bool
    default: false
  ports:
    description:
      - With O(matrix=true), what to ask for.
    type: list
    elements: dict
    suboptions:
      protocol:
        description: The protocol.
        type: str
        choices: [TCP, UDP, SCTP, ICMP]
        default: TCP
      port:
        description: The destination's port, by number or by its name there. Required but for V(ICMP).
        type: str
seealso:
  - module: podnet.baremetal.network_policy
"""

EXAMPLES = r"""
- name: Hold the manifests of this repository to what they are for
  podnet.baremetal.network_policy_test:
    src: [manifests]
    pairs:
      - {source: default/client, destination: default/server, port: 80, expect: allow}
      - {source: default/other, destination: default/server, port: 80, expect: deny}

- name: Find what a change of the policies changes for the pods that there are
  podnet.baremetal.network_policy_test:
    src: [pods.json, policies]
    before:
      src: [pods.json, policies.old]
    matrix: true
    ports:
      - {port: 80}
      - {protocol: UDP, port: 53}
  register: difference

- name: Show it
  ansible.builtin.debug:
    var: difference.summary
"""

RETURN = r"""
results:
  description: The answers, in the order of the questions.
  returned: success, and where an answer is not as expected
  type: list
  elements: dict
  contains:
    source:
      description: As it was asked for.
      type: str
    destination:
      description: As it was asked for.
      type: str
    protocol:
      description: As it was asked for.
      type: str
    port:
      description: As it was asked for. Missing where there is none.
      type: raw
    expect:
      description: As it was asked for. Missing where nothing was.
      type: str
    allowed:
      description: Whether the connection may be opened, so far as policies have a say.
      type: bool
    before:
      description: The same before the change. Missing without O(before).
      type: bool
    egress:
      description:
        - What policies say of the source, C(isolated_by) those that isolate it and C(allowed_by) those of them that
          allow this, as lists of namespace/name.
      type: dict
    ingress:
      description: The same of the destination.
      type: dict
  sample:
    - source: default/other
      destination: default/server
      protocol: TCP
      port: 80
      expect: deny
      allowed: false
      egress: {isolated_by: [], allowed_by: []}
      ingress: {isolated_by: [default/allow-only-client], allowed_by: []}
summary:
  description:
    - The answers for people, a line for each. With O(matrix=true) and without O(before), a table for each port instead.
  returned: success, and where an answer is not as expected
  type: list
  elements: str
  sample:
    - >-
      default/other -> default/server TCP/80: denied (egress not isolated; ingress denied, isolated by
      default/allow-only-client)
"""
