# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which probe pod asks which: every one of a host and of its next hosts in a ring."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

#: A pod as the module probe_pod returns it: ``name``, ``addresses``, ``port``.
Pod = Mapping[str, Any]


def neighbors(hosts: Sequence[str], host: str, count: int) -> List[str]:
    """The ``count`` hosts after ``host`` in the ring of ``hosts``; all others where ``count`` is 0 or that large.

    Each host asks as many others as ask it, so the work grows with the hosts and not with their square.
    """
    position, others = hosts.index(host), len(hosts) - 1
    steps = range(1, 1 + (min(count, others) if count else others))
    return [hosts[(position + step) % len(hosts)] for step in steps]


def label(host: str, pod: str) -> str:
    """A pod's name in the whole cluster."""
    return f"{host}/{pod}"


def host_of(label: str) -> str:
    return label.rpartition("/")[0]


def pairs(
    hosts: Sequence[str], host: str, count: int, pods: Mapping[str, Optional[Sequence[Pod]]]
) -> Iterator[Tuple[Pod, str, Pod]]:
    """Source pod, target's host and target pod of everything that ``host`` asks: its own pods, then its neighbors'."""
    for peer in [host, *neighbors(hosts, host, count)]:
        for source in pods.get(host) or ():
            for target in pods.get(peer) or ():
                if (host, source["name"]) != (peer, target["name"]):
                    yield source, peer, target


def paths(
    hosts: Sequence[str], host: str, count: int, pods: Mapping[str, Optional[Sequence[Pod]]]
) -> List[Dict[str, Any]]:
    """The option ``paths`` of the module probe_paths on ``host``: one entry an address of a target."""
    return [
        {"source": source["name"], "target": label(peer, target["name"]), "address": address, "port": target["port"]}
        for source, peer, target in pairs(hosts, host, count, pods)
        for address in target["addresses"]
    ]
