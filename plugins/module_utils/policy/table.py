# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What policy comes to on one node, for one family: classes of pods, what each allows, and sets of addresses."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Mapping, NamedTuple, Optional, Sequence, Tuple

HASH_IP, HASH_NET, HASH_IP_PORT = "hash:ip", "hash:net", "hash:ip,port"


class AddressSet(NamedTuple):
    """An ipset that is named by what it holds.

    ``entries`` are as ipset prints them, in any order: addresses (``hash:ip``), networks with ``nomatch`` behind the
    excepted ones (``hash:net``), or ``address,protocol:port`` (``hash:ip,port``: named ports of egress rules' peers).
    """

    name: str
    type: str
    entries: Tuple[str, ...]


class Allow(NamedTuple):
    """What a class lets through: of all that is not None or empty."""

    protocol: Optional[str]  # model.TCP, UDP, SCTP; None: every protocol there is
    ports: Tuple[Tuple[int, int], ...]  # destination ports, inclusive ranges in order; empty: all
    peers: Optional[str]  # an AddressSet's name: the other end's address (hash:ip,port: and port); None: anybody
    policies: Tuple[str, ...]  # titles, in order


class Class(NamedTuple):
    """Pods of the node that the same policies isolate in one direction. ``allows`` None: nothing isolates them."""

    pods: Tuple[str, ...]  # addresses
    allows: Optional[Tuple[Allow, ...]]


class Table(NamedTuple):
    """All of it. Pods of the node that no policy selects in either direction are ``free`` and in no class."""

    family: int  # 4 or 6
    subnets: Tuple[str, ...]  # the node's pod subnets of this family
    free: Tuple[str, ...]
    ingress: Tuple[Class, ...]
    egress: Tuple[Class, ...]
    sets: Mapping[str, AddressSet]

    def as_json(self) -> Dict[str, Any]:
        """As plain data, for the host that has to find out which connections must end."""
        return self._asdict()


def from_json(told: Mapping[str, Any]) -> Table:
    """What ``Table.as_json`` told, and JSON has made lists of."""
    return Table(
        told["family"],
        tuple(told["subnets"]),
        tuple(told["free"]),
        _classes(told["ingress"]),
        _classes(told["egress"]),
        {name: AddressSet(name, kind, tuple(entries)) for name, (_name, kind, entries) in told["sets"].items()},
    )


def _classes(told: Iterable[Any]) -> Tuple[Class, ...]:
    return tuple(Class(tuple(pods), None if allows is None else tuple(map(_allow, allows))) for pods, allows in told)


def _allow(told: Sequence[Any]) -> Allow:
    protocol, ports, peers, policies = told
    return Allow(protocol, tuple((first, last) for first, last in ports), peers, tuple(policies))
