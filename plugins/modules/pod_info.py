#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell what a host holds of attached pods."""

from __future__ import annotations

DOCUMENTATION = r"""
module: pod_info
short_description: Tell which pods are attached to this host's pod network
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Lists the ports of the bridge that M(podnet.baremetal.fabric_state) made, whatever its name, the addresses that the
    CNI plugin host-local has given out, and the results that the container runtime keeps for a pod's removal.
attributes:
  check_mode:
    description: It only reads, so it does the same in check mode.
    support: full
  diff_mode:
    description: There is nothing to change.
    support: none
  platform:
    description: Target platforms.
    platforms: linux
    support: full
options:
  network:
    description: Name of the CNI network.
    type: str
    default: podnet
  lease_dir:
    description: Directory in which host-local keeps its leases, its C(dataDir).
    type: path
    default: /run/podnet/leases
  cache_dir:
    description: Directory in which the container runtime's libcni keeps its cache.
    type: path
    default: /var/lib/cni
"""

EXAMPLES = r"""
- name: See which pods are attached
  podnet.baremetal.pod_info:
  register: found

- name: Wait for the host to be drained
  podnet.baremetal.pod_info:
  register: found
  until: not found.ports
  retries: 30
  delay: 10
"""

RETURN = r"""
ports:
  description: The bridge's ports, one a pod.
  type: list
  elements: dict
  returned: success
  sample:
    - bridge: cni0
      port: veth1a2b3c4d
leases:
  description: The addresses that host-local has given out.
  type: list
  elements: dict
  returned: success
  sample:
    - address: 10.244.0.5
      container_id: 8d0f0e51f3b7
      interface: eth0
cached_results:
  description: Paths of the results that the container runtime keeps.
  type: list
  elements: str
  returned: success
  sample: [/var/lib/cni/results/podnet-8d0f0e51f3b7-eth0]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import attached


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "network": {"type": "str", "default": attached.NETWORK},
            "lease_dir": {"type": "path", "default": attached.LEASES},
            "cache_dir": {"type": "path", "default": "/var/lib/cni"},
        },
        supports_check_mode=True,
    )
    options = module.params
    try:
        module.exit_json(
            changed=False,
            ports=attached.ports(),
            leases=attached.leases(options["lease_dir"], options["network"]),
            cached_results=attached.cached_results(options["cache_dir"], options["network"]),
        )
    except OSError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
