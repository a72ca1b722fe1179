# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Address sets: their names, and those that follow the pods in them."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from hashlib import blake2b
from typing import Callable, Collection, Dict, Iterable, List, Optional, Tuple

from .blocks import hold
from .model import Block, Pod
from .table import AddressSet

#: Pods' entries in a set, from what a pod is.
Entries = Callable[[Pod], List[str]]


def named(set_type: str, family: int, entries: Tuple[str, ...]) -> AddressSet:
    """The set of these entries, which are sorted."""
    return AddressSet(_name(_sum(set_type, family, entries)), set_type, entries)


def family_of(address: str) -> int:
    """4 or 6."""
    return 6 if ":" in address else 4


def addresses(family: int) -> Entries:
    """Pods by their addresses of this family."""
    return lambda pod: [each for each in pod.addresses if family_of(each) == family]


def named_ports(family: int, protocol: str, names: Iterable[str], within: Collection[Block] = ()) -> Entries:
    """Pods by those of their ports that have one of these names, as ``address,protocol:port``.

    Where there are blocks, only the addresses that these allow.
    """
    wanted = frozenset(names)

    def entries(pod: Pod) -> List[str]:
        ports = {each.port for each in pod.ports if each.protocol == protocol and each.name in wanted}
        meant = [each for each in addresses(family)(pod) if not within or (ports and hold(within, each))]
        return ["%s,%s:%d" % (each, protocol.lower(), port) for each in meant for port in ports]

    return entries


def _name(total: int) -> str:
    return "podnet-%016x" % (total % (1 << 64))


def _sum(set_type: str, family: int, entries: Iterable[str]) -> int:
    return _hash("%s %d" % (set_type, family)) + sum(map(_hash, entries))


@lru_cache(maxsize=1 << 18)  # an address is in many sets; 150,000 pods are what Kubernetes supports
def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


class Fixed:
    """A set that no pod changes; it has entries."""

    def __init__(self, address_set: AddressSet) -> None:
        self._set = address_set

    def current(self) -> Optional[AddressSet]:
        """The set."""
        return self._set


class Members:
    """The set of some pods' entries. Who comes or goes is noted, and worked in when the set is next asked for."""

    def __init__(self, set_type: str, family: int, entries_of: Entries, entries: Iterable[str]) -> None:
        self._type = set_type
        self._entries_of = entries_of
        self._noted: Dict[str, bool] = {}
        ordered = tuple(sorted(entries))
        self._total = _sum(set_type, family, ordered)
        self._set = AddressSet(_name(self._total), set_type, ordered)

    def note(self, pod: Pod, present: bool) -> None:
        """This pod has come, or is gone."""
        for entry in self._entries_of(pod):
            self._noted[entry] = present

    def current(self) -> Optional[AddressSet]:
        """The set as it is now; None where nobody is in it."""
        if self._noted:
            self._work_in()
        return self._set if self._set.entries else None

    def _work_in(self) -> None:
        entries = list(self._set.entries)
        for entry, present in self._noted.items():
            place = bisect_left(entries, entry)
            found = place < len(entries) and entries[place] == entry
            if present and not found:
                entries.insert(place, entry)
                self._total += _hash(entry)
            elif found and not present:
                del entries[place]
                self._total -= _hash(entry)
        self._noted.clear()
        self._set = AddressSet(_name(self._total), self._type, tuple(entries))
