# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IPv4 addresses held while they change, so that routes over their links stay, whoever made them.

With the last IPv4 address of a link the kernel deletes all IPv4 routes over the link (``fib_disable_ip``), with an
address that no link has any more the routes that prefer it (``fib_sync_down_addr``), and tells nobody. Where an address
goes and another comes, the one that comes is therefore put there first in a form of its own: no packet is sent to a
neighbor for it, no route is made of it, and nobody chooses it. When all has come, that form goes.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Collection, FrozenSet, Iterable, List, Mapping, Sequence

from .change import Change, Key, State
from .marks import HELD

_ALL_BITS = 0xFFFFFFFF


def after_all(changes: Sequence[Change]) -> List[Change]:
    """Those of the IPv4 addresses that go, and whose link or whose very address comes again."""
    coming = [change.key for change in changes if change.after is not None and is_ipv4(change.key)]
    again = {key[0] for key in coming} | {local(key) for key in coming}
    return [
        change
        for change in changes
        if change.after is None and is_ipv4(change.key) and (change.key[0] in again or local(change.key) in again)
    ]


def needed(changes: Iterable[Change]) -> List[Change]:
    """The holds to put up before ``changes`` are made: of what comes where something goes."""
    ours = [change for change in changes if is_ipv4(change.key)]
    going = [change.key for change in ours if change.after is None or is_made_anew(change)]
    gone = {key[0] for key in going} | {local(key) for key in going}
    coming = [change.key for change in ours if change.before is None or is_made_anew(change)]
    held = dict.fromkeys((key[0], local(key)) for key in coming if key[0] in gone or local(key) in gone)
    return [_hold(*each) for each in held]


def is_made_anew(change: Change) -> bool:
    """Whether an address is deleted and added: of IPv4 the kernel changes the metric in place and nothing else."""
    before, after = change.before, change.after
    if before is None or after is None:
        return False
    return change.recreate or (is_ipv4(change.key) and _makes_route(before) != _makes_route(after))


def released(change: Change) -> List[Change]:
    """What takes a hold away, or all holds that a link was found with."""
    if change.key[1] != HELD:
        return [change._replace(before=change.after, after=None)]
    found = [_hold(change.key[0], address) for address in (change.before or {})["held"]]
    return [each for hold in found for each in released(hold)]


def stay(present: Iterable[Key], going: Collection[Key], wanted: Iterable[Key]) -> FrozenSet[str]:
    """The IPv4 addresses, without their prefixes, that some link has all the time while those ``going`` go."""
    coming = {local(key) for key in wanted}
    return frozenset(local(key) for key in present if is_ipv4(key) and (key not in going or local(key) in coming))


def is_hold(key: Key, attributes: Mapping[str, Any]) -> bool:
    """Whether an address as it was read is one that only holds."""
    return "peer" in attributes and is_ipv4(key) and attributes["peer"] == _peer(local(key))


def left_over(sought: State) -> State:
    """Where holds of a run that was killed are to be looked for: on the links of all addresses."""
    return {"addresses": {(key[0], HELD): {} for key in sought.get("addresses", {})}}


def _hold(dev: str, address: str) -> Change:
    form = {"peer": _peer(address), "scope": "host", "noprefixroute": True}
    return Change("addresses", (dev, address + "/32"), None, form)


def _peer(address: str) -> str:
    """The complement of the address: nobody has such a peer, and no two holds have one network."""
    return str(ipaddress.IPv4Address(int(ipaddress.IPv4Address(address)) ^ _ALL_BITS))


def _makes_route(attributes: Mapping[str, Any]) -> bool:
    return not attributes.get("noprefixroute")


def is_ipv4(key: Key) -> bool:
    """Whether it is the key of an IPv4 address."""
    return ":" not in key[1]


def local(key: Key) -> str:
    """The address without the length of its prefix."""
    return str(key[1]).partition("/")[0]
