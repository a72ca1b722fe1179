"""The plan of a large cluster beside what an inventory without it does: a Jinja loop over hostvars on each host."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import measure
from bench.playbook import task_seconds
from bench.result import Result

HOSTS = 5000
ROUNDS = 3
VARIABLES = {"ansible_connection": "local", "fabric_cluster_cidr": "10.128.0.0/9"}
#: The FDB, neighbor and route entries of one host, as a template has to make them on every host.
PEERS_OF_ONE_HOST = """
{%- set found = namespace(peers=[]) -%}
{%- for name in groups['podnet'] if name != inventory_hostname -%}
{%- set peer = hostvars[name] -%}
{%- set found.peers = found.peers.append(
    {'mac': peer.tunnel_mac, 'node': peer.ansible_host, 'subnet': peer.pod_subnet, 'gateway': peer.pod_gateway}
) or found.peers -%}
{%- endfor -%}
{{ found.peers }}"""


def results() -> Iterator[Result]:
    """The one figure: two tasks of one run on the same inventory."""
    planned, looped = measure.least(ROUNDS, one_round)
    yield Result(f"plan_{HOSTS}_hosts", planned, "s", "Jinja loop over hostvars, one host's peers", looped)


def one_round() -> list[float]:
    """Seconds of both tasks, without a lock file of an earlier plan."""
    with tempfile.TemporaryDirectory() as folder:
        inventory = Path(folder, "hosts.json")
        inventory.write_text(json.dumps({"podnet": {"hosts": dict(hosts()), "vars": VARIABLES}}))
        tasks = [
            {"podnet.baremetal.plan": {"lock_file": str(Path(folder, "lock.json"))}},
            {"ansible.builtin.set_fact": {"peers": PEERS_OF_ONE_HOST}},
        ]
        return task_seconds(tasks, "--inventory", str(inventory), "--limit", "node-1")


def hosts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Hosts with their node IPs, and what only the template needs: all that a peer must know."""
    for number in range(1, HOSTS + 1):
        high, low = divmod(number, 256)
        yield (
            f"node-{number}",
            {
                "ansible_host": f"198.18.{high}.{low}",
                "tunnel_mac": f"02:00:5e:00:{high:02x}:{low:02x}",
                "pod_subnet": f"10.{128 + high}.{low}.0/24",
                "pod_gateway": f"10.{128 + high}.{low}.1",
            },
        )
