#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attach and detach probe pods."""

from __future__ import annotations

DOCUMENTATION = r"""
module: probe_pod
short_description: Attach a pod that answers probes
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Creates a network namespace, attaches it through the host's CNI configuration as a container runtime would (ADD of
    each plugin of the first configuration in lexical order), and starts a responder in it for
    M(podnet.baremetal.probe_paths).
  - The responder ends by itself after O(lifetime) seconds. V(absent) ends it, detaches the pod (DEL of each plugin in
    reverse order) and removes the namespace, also after a crash or a reboot in between.
  - Where M(podnet.baremetal.network_policy) denies pods that it does not know, the pod is let through for O(lifetime).
  - A pod that is there is kept if it was attached with the present configuration and the plugins' CHECK agrees.
attributes:
  check_mode:
    description: Predicts whether something would change; a pod that is not there yet is returned without addresses.
    support: full
  diff_mode:
    description: A pod's address is known only once it is attached.
    support: none
  platform:
    description: Target platforms, and the tools that a host needs.
    details: Needs root, C(ip) of iproute2, and the CNI plugins that the host's configuration names.
    platforms: linux
    support: full
options:
  name:
    description:
      - Names of the pods, which are their network namespaces' names too.
      - They begin with C(podnet-probe-), so that no namespace of others is ever removed.
    type: list
    elements: str
    required: true
  state:
    description: Whether the pods are to be there.
    type: str
    choices: [present, absent]
    default: present
  conf_dir:
    description: Directory of the runtime's CNI configurations.
    type: path
    default: /etc/cni/net.d
  bin_dirs:
    description: Directories in which the runtime looks for CNI plugins.
    type: list
    elements: path
    default: [/opt/cni/bin, /usr/lib/cni, /usr/libexec/cni]
  lifetime:
    description:
      - Seconds after which a responder ends by itself.
      - One that has less than half of it left is replaced.
    type: int
    default: 600
  port:
    description: TCP and UDP port of the responder in the pod.
    type: int
    default: 10244
seealso:
  - module: podnet.baremetal.probe_paths
  - name: CNI specification
    description: What a runtime and its plugins tell each other.
    link: https://github.com/containernetworking/cni/blob/main/SPEC.md
"""

EXAMPLES = r"""
- name: Attach two probe pods
  podnet.baremetal.probe_pod:
    name: [podnet-probe-0, podnet-probe-1]
  register: probe_pods

- name: Remove them
  podnet.baremetal.probe_pod:
    name: [podnet-probe-0, podnet-probe-1]
    state: absent
"""

RETURN = r"""
pods:
  description: The pods, in the order of their names. Empty after V(absent).
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the pod and of its network namespace.
      type: str
      sample: podnet-probe-0
    addresses:
      description: Its IP addresses; none in check mode where the pod would be attached.
      type: list
      elements: str
      sample: [10.244.0.2]
    mtu:
      description: MTU of its interface, in bytes.
      type: int
      sample: 1450
    port:
      description: TCP and UDP port of its responder.
      type: int
      sample: 10244
    pid:
      description: Process ID of its responder on the host.
      type: int
      sample: 4711
  sample:
    - name: podnet-probe-0
      addresses: [10.244.0.2]
      mtu: 1450
      port: 10244
      pid: 4711
stale_leases:
  description:
    - How many more pods of the network C(podnet) hold addresses than are attached, which no new pod gets until somebody
      removes their leases or the host boots. Not returned after V(absent).
  type: int
  returned: success
  sample: 0
plugin:
  description: The CNI plugin that failed, if one did.
  type: str
  returned: failure
  sample: bridge
code:
  description: The CNI error code, if the plugin gave one.
  type: int
  returned: failure
  sample: 11
"""

import re

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import attached
from ansible_collections.podnet.baremetal.plugins.module_utils.cni.config import CONF_DIR
from ansible_collections.podnet.baremetal.plugins.module_utils.cni.errors import CniError
from ansible_collections.podnet.baremetal.plugins.module_utils.cni.plugin import BIN_DIRS
from ansible_collections.podnet.baremetal.plugins.module_utils.probe.pod import ProbePod, Settings
from ansible_collections.podnet.baremetal.plugins.module_utils.probe.responder import PORT
from ansible_collections.podnet.baremetal.plugins.module_utils.state.marks import PROBE_POD

_NAME = re.compile(PROBE_POD + r"[a-z0-9-]+\Z")


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "list", "elements": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "conf_dir": {"type": "path", "default": CONF_DIR},
            "bin_dirs": {"type": "list", "elements": "path", "default": list(BIN_DIRS)},
            "lifetime": {"type": "int", "default": 600},
            "port": {"type": "int", "default": PORT},
        },
        supports_check_mode=True,
    )
    options = module.params
    for name in options["name"]:
        if not _NAME.match(name):
            module.fail_json(msg=f"name: {name!r} names no probe pod: use podnet-probe- and a-z, 0-9, '-' after it")
    if options["lifetime"] < 1:
        module.fail_json(msg=f"lifetime: {options['lifetime']} is no time to live: give seconds, at least 1")
    settings = Settings(
        conf_dir=options["conf_dir"],
        bin_dirs=tuple(options["bin_dirs"]),
        lifetime=options["lifetime"],
        port=options["port"],
    )
    pods = [ProbePod(name, settings) for name in options["name"]]
    try:
        if options["state"] == "absent":
            changes = [pod.remove(module.check_mode) for pod in pods]
            module.exit_json(changed=any(changes), pods=[])
        changes = [pod.ensure(module.check_mode) for pod in pods]
        stale = attached.stale(attached.leases(), attached.ports())
        module.exit_json(changed=any(changes), pods=[pod.describe() for pod in pods], stale_leases=stale)
    except CniError as error:
        module.fail_json(msg=str(error), plugin=error.plugin, code=error.code)
    except OSError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
