# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host holds of attached pods: ports of our bridge, host-local's leases, the runtime's cached results."""

from __future__ import annotations

import ipaddress
import os
from typing import Dict, List, Mapping, Sequence

#: What every link of ours has at the beginning of its alias.
OURS = "podnet:"
#: The network of role cni, and its host-local's ``dataDir``.
NETWORK, LEASES = "podnet", "/run/podnet/leases"


def ports(sysfs: str = "/sys/class/net") -> List[Dict[str, str]]:
    """The ports of our bridges, as ``{"bridge": "cni0", "port": "veth1a2b3c4d"}``.

    A bridge is known as ours by its alias, whatever it is called; its ports are as in Linux' sysfs-class-net.
    """
    return [
        {"bridge": bridge, "port": port}
        for bridge in _listed(sysfs)
        if _text(os.path.join(sysfs, bridge, "ifalias")).startswith(OURS)
        for port in _listed(os.path.join(sysfs, bridge, "brif"))
    ]


def leases(lease_dir: str = LEASES, network: str = NETWORK) -> List[Dict[str, str]]:
    """The addresses that host-local gave out and has not got back: ``address``, ``container_id``, ``interface``.

    Below ``lease_dir``, its ``dataDir``, it keeps a file for each address, with the container ID in the first line and
    the interface in the second.
    """
    directory = os.path.join(lease_dir, network)
    found = []
    for name in _listed(directory):
        if _is_address(name):
            lines = _text(os.path.join(directory, name)).splitlines() + ["", ""]
            found.append({"address": name, "container_id": lines[0], "interface": lines[1]})
    return found


def stale(held: Sequence[Mapping[str, str]], present: Sequence[Mapping[str, str]]) -> int:
    """How many attachments hold `leases` beyond those that have `ports`: a pod's lease comes after its port, and goes
    before it, but where the runtime ended in between."""
    return max(0, len({(each["container_id"], each["interface"]) for each in held}) - len(present))


def cached_results(cache_dir: str, network: str) -> List[str]:
    """The files in which libcni keeps results for a later DEL, one an attachment: ``NETWORK-CONTAINER-INTERFACE``."""
    directory = os.path.join(cache_dir, "results")
    return [os.path.join(directory, name) for name in _listed(directory) if name.startswith(network + "-")]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _listed(directory: str) -> List[str]:
    try:
        return sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _text(file: str) -> str:
    try:
        with open(file, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:  # gone since it was listed, or no link at all
        return ""
