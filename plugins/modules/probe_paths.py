#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probe paths between pods."""

from __future__ import annotations

DOCUMENTATION = r"""
module: probe_paths
short_description: Measure what gets through from pods of this host to other pods
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - From inside a pod's network namespace, asks the responder of another pod in five ways; an ICMP echo, an ICMP echo of
    exactly the interface's MTU that must not be fragmented, a small exchange over TCP, a transfer of 64 KiB each way
    over TCP, and a datagram over UDP.
  - Needs nothing in the pods. Changes nothing.
  - Takes at most the number of paths times five, divided by O(concurrency), times O(timeout), in seconds, and about one
    second where all paths work.
attributes:
  check_mode:
    description: It only reads, so it does the same in check mode.
    support: full
  diff_mode:
    description: There is nothing to change.
    support: none
  platform:
    description: Target platforms, and the tools that a host needs.
    details: Needs root and C(ip) of iproute2.
    platforms: linux
    support: full
options:
  paths:
    description: The paths to probe.
    type: list
    elements: dict
    required: true
    suboptions:
      source:
        description: The pod to probe from, by its named network namespace or by a path such as C(/proc/4711/ns/net).
        type: str
        required: true
      target:
        description: Name of the pod to probe, for the result.
        type: str
        required: true
      address:
        description: IP address of the pod to probe.
        type: str
        required: true
      port:
        description: TCP and UDP port of its responder.
        type: int
        default: 10244
  timeout:
    description: Seconds that one probe may take.
    type: float
    default: 3
  concurrency:
    description: How many probes run at a time.
    type: int
    default: 64
  failing_only:
    description:
      - Whether to return only the paths that do not work.
      - In a large cluster the others are most of what the controller would have to keep.
    type: bool
    default: false
  interface:
    description: The source pod's interface, whose MTU the full-size echo has.
    type: str
    default: eth0
seealso:
  - module: podnet.baremetal.probe_pod
  - plugin: podnet.baremetal.probe_plan
    plugin_type: filter
  - plugin: podnet.baremetal.probe_report
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Probe one path
  podnet.baremetal.probe_paths:
    paths:
      - source: podnet-probe-0
        target: node-2/podnet-probe-0
        address: 10.244.1.2
  register: probed
  failed_when: not probed.results[0].ok
"""

RETURN = r"""
results:
  description: What got through, in the order of the paths.
  type: list
  elements: dict
  returned: success
  contains:
    source:
      description: The pod that asked.
      type: str
      sample: podnet-probe-0
    target:
      description: The pod that was asked.
      type: str
      sample: node-2/podnet-probe-0
    address:
      description: Its address.
      type: str
      sample: 10.244.1.2
    ok:
      description: Whether all probes got through.
      type: bool
      sample: false
    rtt_ms:
      description: Round trip of the ordinary ICMP echo in milliseconds, if that got through.
      type: float
      sample: 0.312
    failures:
      description: The probes that did not get through (C(icmp), C(icmp_mtu), C(tcp), C(tcp_bulk), C(udp)).
      type: list
      elements: dict
      contains:
        probe:
          description: Which probe.
          type: str
          sample: icmp_mtu
        errno:
          description: Name of the kernel's error number, empty if there is none.
          type: str
          sample: ETIMEDOUT
        error:
          description: What happened.
          type: str
          sample: no answer in 3 s
    route:
      description: The host's own route to the address (C(ip route get fibmatch)), if a probe did not get through.
      type: str
      sample: 10.244.1.0/24 via 10.244.1.1 dev podnet-vxlan proto podnet src 10.244.0.1 onlink
closed:
  description:
    - The address families (V(ipv4), V(ipv6)) in which this host drops all pods' packets, for it could not restore
      policy; looked at only if a probe did not get through.
  type: list
  elements: str
  returned: success
  sample: []
"""

import ipaddress

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.probe import admission, measure
from ansible_collections.podnet.baremetal.plugins.module_utils.probe.responder import PORT


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "paths": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "source": {"type": "str", "required": True},
                    "target": {"type": "str", "required": True},
                    "address": {"type": "str", "required": True},
                    "port": {"type": "int", "default": PORT},
                },
            },
            "timeout": {"type": "float", "default": 3},
            "concurrency": {"type": "int", "default": 64},
            "failing_only": {"type": "bool", "default": False},
            "interface": {"type": "str", "default": "eth0"},
        },
        supports_check_mode=True,
    )
    options = module.params
    for name in ("timeout", "concurrency"):
        if options[name] <= 0:
            module.fail_json(msg=f"{name}: {options[name]} is too small: give a number greater than 0")
    for path in options["paths"]:
        try:
            ipaddress.ip_address(path["address"])
        except ValueError as error:
            module.fail_json(msg=f"paths: the address of {path['target']}: {error}; give an IP address")
    paths = [measure.Path(interface=options["interface"], **path) for path in options["paths"]]
    results = measure.measure(paths, options["timeout"], options["concurrency"])
    failing = [result for result in results if not result["ok"]]
    closed = admission.closed() if failing else []
    module.exit_json(changed=False, results=failing if options["failing_only"] else results, closed=closed)


if __name__ == "__main__":
    main()
