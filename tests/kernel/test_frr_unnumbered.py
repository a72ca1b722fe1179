"""The inventory for BGP unnumbered, planned and written as the playbooks do, between real FRR on cables."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import bgp, model
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.model import Plan, family
from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.host.paths import Paths
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.namespace import within
from tests.gates.checkout import ROOT
from tests.kernel.speakers import Lab, Speaker, lab, until

INVENTORY = ROOT / "inventories" / "bgp-unnumbered"
#: What role host renders before anything is changed is what role bgp writes.
PLAY = """
- hosts: podnet
  gather_facts: false
  vars_files: [{root}/roles/host/vars/main.yml]
  tasks:
    - ansible.builtin.import_role: {{name: podnet.baremetal.fabric}}
      vars: {{fabric_lock_file: {folder}/lock}}
    - ansible.builtin.copy:
        content: "{{{{ host_bgp.config if item == 'conf' else fabric_plan.plan }}}}"
        dest: "{folder}/{{{{ inventory_hostname }}}}.{{{{ item }}}}"
        mode: "0600"
      loop: [conf, json]
      delegate_to: localhost
      vars: {{ansible_connection: local, ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"}}
"""
#: A router's configuration as the inventory's comment has it.
ROUTER = """
ip prefix-list pods seq 5 permit 10.244.0.0/16 le 24
ip prefix-list pods seq 10 permit 192.0.2.0/24 ge 32
ipv6 prefix-list pods seq 5 permit fd00:10:244::/48 le 64
ipv6 prefix-list pods seq 10 permit 2001:db8:0:1::/64 ge 128
router bgp {asn}
 bgp router-id {router_id}
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 bgp bestpath as-path multipath-relax
 neighbor nodes peer-group
 neighbor nodes remote-as external
 neighbor nodes ttl-security hops 1
 neighbor nodes timers connect 1
 neighbor node-1 interface peer-group nodes
 neighbor node-2 interface peer-group nodes
 address-family ipv4 unicast
  neighbor nodes activate
  neighbor nodes prefix-list pods in
 exit-address-family
 address-family ipv6 unicast
  neighbor nodes activate
  neighbor nodes prefix-list pods in
 exit-address-family
"""
UPLINKS = {"eth1": "tor-1", "eth2": "tor-2"}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Mapping[str, str]]:
    """The plan, and each host's configuration of FRR."""
    folder = tmp_path_factory.mktemp("unnumbered")
    play = folder / "play.yml"
    play.write_text(PLAY.format(root=ROOT, folder=folder))
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    command = ["ansible-playbook", "-i", str(INVENTORY), str(play)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout
    plan = model.from_json((folder / "node-1.json").read_text())
    return plan, {name: (folder / f"{name}.conf").read_text() for name in plan.hosts}


@pytest.fixture
def segment() -> Iterator[Lab]:
    with lab() as found:
        yield found


def cable(node: Speaker, interface: str, router: Speaker) -> None:
    """A link between the two and nobody else, its router's end named after the node."""
    router.sh(f"ip link add {node.name} type veth peer name {interface} netns {node.namespace}")
    router.sh(f"ip link set {node.name} up")
    node.sh(f"ip link set {interface} up")


def gateways(node: Speaker, subnet: str) -> int:
    """Over how many routers its routes lead, all of which are known by link-local addresses."""
    found = node.routes(family(subnet)).get(subnet, [])
    assert all(gateway.startswith("fe80:") for gateway in found)
    return len(found)


def test_nodes_without_addresses_on_their_links_reach_each_other_by_both_routers(
    segment: Lab, tmp_path: Path, planned: tuple[Plan, Mapping[str, str]]
) -> None:
    plan, configurations = planned
    routers = {name: segment.speaker(name) for name in UPLINKS.values()}
    nodes = {}
    for name, host in plan.hosts.items():
        node = nodes[name] = segment.speaker(name)
        node.sh("ip link delete eth0")
        node.sh(f"ip address add {host.node_ip[0]}/32 dev lo; ip address add {host.node_ip[1]}/128 dev lo")
        for interface, router in UPLINKS.items():
            cable(node, interface, routers[router])
    for number, tor in enumerate(routers.values(), start=1):
        tor.configure(ROUTER.format(asn=65100 + number, router_id=f"198.51.100.{number}"))
    for name, node in nodes.items():
        # A host's own firewall, which lets no BGP in. Routers are found by ICMPv6, and have to be who connects.
        node.sh("ip6tables -P INPUT DROP; ip6tables -A INPUT -p ipv6-icmp -j ACCEPT")
        node.sh("ip6tables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT")
        node.sh("ip6tables -A OUTPUT -p tcp --syn --dport 179 -j DROP")
        document, paths = bgp.document(plan, name), Paths.under(str(tmp_path / name))
        within(node.namespace, partial(engine.apply, "bgp", document, paths=paths))
        node.configure(configurations[name])
    for name, peer in (("node-1", "node-2"), ("node-2", "node-1")):
        for subnet in (*plan.hosts[peer].pod_subnet, *plan.hosts[peer].node_ip):
            until(f"ways to {subnet}", partial(gateways, nodes[name], subnet), 2)
    node, other = nodes["node-1"], plan.hosts["node-2"]
    # To whom no link has an address, a node is known by its own.
    for pod_subnet, node_ip in zip(other.pod_subnet, plan.hosts["node-1"].node_ip, strict=True):
        pod = pod_subnet.rpartition("/")[0] + "1" if ":" in pod_subnet else pod_subnet.replace("0/24", "1")
        (way,) = json.loads(node.run("ip", "-j", "route", "get", pod))
        assert way["prefsrc"] == node_ip
    node.sh("ping -n -c 1 -W 2 %s; ping -n -c 1 -W 2 %s" % other.node_ip)
    routers["tor-1"].sh("ip link set node-1 down")
    for subnet in other.pod_subnet:
        until(f"ways to {subnet}", partial(gateways, node, subnet), 1)
