#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Refuse a host that cannot become what the plan says
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Looks at a host, changes nothing, and fails with one message that lists all problems, each with host, variable,
    value and the way out.
  - It returns what the role P(podnet.baremetal.host#role) has to know of the host.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details: The module only reads.
  diff_mode:
    support: none
    details: There is nothing to show, for nothing changes.
  platform:
    platforms: linux
options:
  host:
    description: The host's name in the inventory, for messages.
    type: str
    required: true
  plan:
    description:
      - The host's part of the plan, as the filter P(podnet.baremetal.plan_host#filter) gives it.
      - Each node IP has to be on an interface, and no device on the way may have less than the underlay's MTU. Nothing
        else on the host may use the pods' networks, the tunnel's VNI and port, BGP's port, or the names of our links.
      - Peers that are reached without a router have to be on the host's own subnet.
      - Where pods have IPv6, links that are made have to get it, too.
      - Pods that are attached must not lose their bridge, as they would to one of another name.
    type: dict
    required: true
  kernel_modules:
    description: Kernel modules that have to be loaded, loadable or built in.
    type: list
    elements: str
    default: []
  config_files:
    description: By service, the files that it is given to read; see RV(unread).
    type: dict
    default: {}
  cni_conf_dir:
    description: Where the container runtime looks for network configurations.
    type: path
    default: /etc/cni/net.d
  cni_other_configs:
    description: Whether configurations that the runtime would prefer to ours are a problem.
    type: str
    choices: [refuse, set_aside]
    default: refuse
  cni_plugins_archive:
    description: The archive that CNI plugins are to come from; empty for the distribution's.
    type: str
    default: ""
  cni_plugins_checksum:
    description: The archive's checksum. An archive without one is refused.
    type: str
    default: ""
  bgp:
    description:
      - In mode C(bgp), what M(podnet.baremetal.frr_config) is going to be given. Where FRR is used for other things, it
        is refused as it would be there.
    type: dict
    suboptions:
      config:
        description: Its O(podnet.baremetal.frr_config#module:content).
        type: str
        required: true
      daemons:
        description: Its O(podnet.baremetal.frr_config#module:daemons).
        type: list
        elements: str
        default: [bgpd]
      existing:
        description: Its O(podnet.baremetal.frr_config#module:existing).
        type: str
        choices: [refuse, join]
        default: refuse
      secrets:
        description: Its O(podnet.baremetal.frr_config#module:secrets).
        type: dict
        default: {}
seealso:
  - module: podnet.baremetal.plan
"""

EXAMPLES = r"""
- name: Refuse what cannot work before anything is changed
  podnet.baremetal.preflight:
    host: "{{ inventory_hostname }}"
    plan: "{{ fabric_plan.plan | podnet.baremetal.plan_host(inventory_hostname) }}"
    kernel_modules: [br_netfilter, vxlan]
"""

RETURN = r"""
services:
  description: Which programs are active that put their hands on links, routes and packet filters.
  returned: success
  type: dict
  sample: {firewalld: false, ufw: true, docker: false, systemd-networkd: true, NetworkManager: false}
unread:
  description:
    - The active services of O(config_files) that were started or reloaded last before one of their files was written.
      They have to be told, though nothing changes any more.
  returned: success
  type: list
  elements: str
  sample: []
firewalld_backend:
  description: V(nftables) or V(iptables) where firewalld is active, else empty.
  returned: success
  type: str
  sample: nftables
iptables_backend:
  description: The backend that the host's rules are in, V(nft) or V(legacy); empty where iptables is not installed.
  returned: success
  type: str
  sample: nft
underlay:
  description: Device and MTU of the way to the other nodes.
  returned: success
  type: dict
  sample: {device: eth0, mtu: 1500}
documents:
  description: Names of the documents that M(podnet.baremetal.network_state) keeps on the host.
  returned: success
  type: list
  elements: str
  sample: [bridge, host, vxlan]
advertised_links:
  description:
    - Where pods have IPv6, the links by which the kernel learns its IPv6 default route from router advertisements. It
      goes on to do so as a router only with the sysctl C(accept_ra) at 2.
  returned: success
  type: list
  elements: str
  sample: [eth0]
neighbor_sysctls:
  description:
    - Where there are so many peers on the host's own subnet that the kernel's table of neighbors might not hold them,
      the sysctls that enlarge it, as M(podnet.baremetal.network_state) takes them. None is below what the host has.
  returned: success
  type: list
  elements: dict
  sample:
    - {name: net.ipv4.neigh.default.gc_thresh3, value: "4096"}
    - {name: net.ipv4.neigh.default.gc_thresh2, value: "2048"}
    - {name: net.ipv4.neigh.default.gc_thresh1, value: "1024"}
other_cni_configs:
  description: Network configurations that the container runtime would prefer to ours.
  returned: success
  type: list
  elements: str
  sample: []
"""

import os
from typing import List

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import confdir
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.model import family
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.problems import Problem, lines
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.errors import FrrError
from ansible_collections.podnet.baremetal.plugins.module_utils.host import ledger
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import LedgerError
from ansible_collections.podnet.baremetal.plugins.module_utils.host.paths import Paths
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.command import CommandError
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight import checks, machine, neighbor_table
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.expectation import expectation
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.frr import in_use
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.listeners import speakers
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.unread import unread

#: The document of the role host, which has the sysctls.
DOCUMENT = "host"
CONFLIST = "10-podnet.conflist"
BGP = {
    # It may hold secrets of the user's own, and nothing here has to show it.
    "config": {"type": "str", "required": True, "no_log": True},
    "daemons": {"type": "list", "elements": "str", "default": ["bgpd"]},
    "existing": {"type": "str", "choices": ["refuse", "join"], "default": "refuse"},
    "secrets": {"type": "dict", "default": {}, "no_log": True},
}


def refusal(problems: List[Problem]) -> str:
    return "The host is refused and was not changed:\n%s" % "\n".join(lines(problems))


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "host": {"type": "str", "required": True},
            "plan": {"type": "dict", "required": True},
            "kernel_modules": {"type": "list", "elements": "str", "default": []},
            "config_files": {"type": "dict", "default": {}},
            "cni_conf_dir": {"type": "path", "default": "/etc/cni/net.d"},
            "cni_other_configs": {"type": "str", "choices": ["refuse", "set_aside"], "default": "refuse"},
            "cni_plugins_archive": {"type": "str", "default": ""},
            "cni_plugins_checksum": {"type": "str", "default": ""},
            "bgp": {"type": "dict", "options": BGP},
        },
        supports_check_mode=True,
    )
    wanted = module.params
    if os.geteuid() != 0:
        module.fail_json(msg=refusal([checks.without_root(wanted["host"])]))
    try:
        others = confdir.others_before(os.path.join(wanted["cni_conf_dir"], CONFLIST))
        expected = expectation(
            wanted["host"],
            wanted["plan"],
            other_configs=others,
            other_configs_policy=wanted["cni_other_configs"],
            plugins_archive=wanted["cni_plugins_archive"],
            plugins_checksum=wanted["cni_plugins_checksum"],
            existing_frr=wanted["bgp"]["existing"] if wanted["bgp"] else "refuse",
        )
        documents = ledger.names(Paths().ledgers)
        near_peers = {family(address): count for address, count in zip(expected.node_ip, expected.near_peers)}
        thresholds = neighbor_table.originals(list(near_peers), ledger.load(Paths().ledgers, DOCUMENT))
        on_bgps_port = speakers() if expected.mode == "bgp" else []
        found = machine.read(expected.cluster_cidr, wanted["kernel_modules"], documents, on_bgps_port)
        active = {name: files for name, files in wanted["config_files"].items() if found.services.get(name)}
        not_read = unread(active)
        if wanted["bgp"]:
            found.frr = in_use(wanted["bgp"], expected.cluster_cidr)
    except KeyError as error:
        module.fail_json(msg="plan: it has no %s; give it what the filter plan_host returns" % error)
    except FrrError as error:
        module.fail_json(msg="The host is refused and was not changed:\n- %s: %s" % (wanted["host"], error))
    except (CommandError, LedgerError, OSError) as error:
        module.fail_json(msg="%s: the host cannot be looked at: %s" % (wanted["host"], error))
    problems = checks.problems(expected, found)
    if problems:
        module.fail_json(msg=refusal(problems))
    mixed = found.mixed_backends()
    if mixed:
        module.warn("%s: %s" % (wanted["host"], mixed))
    module.exit_json(
        changed=False,
        services=found.services,
        unread=not_read,
        firewalld_backend=found.firewalld_backend,
        iptables_backend=found.backend,
        underlay=checks.underlay(expected, found),
        documents=list(found.documents),
        advertised_links=list(found.advertised_links),
        neighbor_sysctls=neighbor_table.sysctls(near_peers, thresholds),
        other_cni_configs=list(expected.other_configs),
    )


if __name__ == "__main__":
    main()
