# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document may say of forwarding entries: those of tunnels, and those of a bridge for its ports (bridge(8))."""

from __future__ import annotations

from itertools import repeat
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional

from . import values
from .rows import Attribute

#: What broadcasts and frames for unknown addresses are sent to: each of the remotes gets a copy.
FLOOD = "00:00:00:00:00:00"
#: The second digit of a multicast group's MAC.
_GROUPS = frozenset("13579bdf")


def is_group(mac: str) -> bool:
    """Whether a normalised MAC stands for several links: a multicast group's, or all zeros."""
    return mac[1] in _GROUPS or mac == FLOOD


def _only_if_true(raw: Any) -> Optional[bool]:
    return True if values.boolean(raw) else None


def _vlan(raw: Any) -> Optional[int]:
    return None if raw is None else int(_VLAN(raw))


_VLAN = values.integer(1, 4094)


def _remotes(raw: Any) -> List[str]:
    if not isinstance(raw, list) or not raw:
        raise ValueError("is no list of IP addresses with at least one entry")
    for each in raw:
        try:
            values.ip(each)
        except ValueError as error:
            raise ValueError("holds %r, which %s" % (each, error)) from None
    return sorted({values.ip(each) for each in raw})


FDB: Mapping[str, Attribute] = {
    "dev": Attribute(values.device),
    "lladdr": Attribute(values.mac),
    "master": Attribute(_only_if_true),
    "vlan": Attribute(_vlan),
    "dst": Attribute(values.ip),
    "remotes": Attribute(_remotes),
    "vni": Attribute(values.integer(1, 2**24 - 1)),
    "port": Attribute(values.integer(1, 65535)),
    "via": Attribute(values.device),
    "state": Attribute(values.choice("static", "local"), default="static"),
}
FDB_KEY = ("dev", "lladdr", "master", "vlan")
_OF_TUNNELS = ("dst", "remotes", "vni", "port", "via")
_OF_UNICAST = ("vni", "port", "via")


def _kinds(column: List[str]) -> Iterable[bool]:
    return [each[1] in _GROUPS or each == FLOOD for each in column]


def _nothing(column: List[Any]) -> Iterable[None]:
    return repeat(None, len(column))


#: All that completing an entry looks at of these.
FDB_SEEN: Mapping[str, Callable[[List[Any]], Iterable[Any]]] = {"dev": _nothing, "lladdr": _kinds, "dst": _nothing}


def complete_fdb_key(entry: Dict[str, Any]) -> None:
    """An entry is the device's own, and of no VLAN, unless it says otherwise."""
    entry.setdefault("master", None)
    entry.setdefault("vlan", None)


def complete_fdb(entry: Dict[str, Any]) -> None:
    """Fill in the key; raise ``ValueError`` where the attributes contradict one another."""
    complete_fdb_key(entry)
    if entry["master"]:
        given = [name for name in _OF_TUNNELS if name in entry]
        if given:
            raise ValueError("is an entry of a bridge (master), and has no %s" % " and no ".join(given))
        if is_group(entry["lladdr"]):
            raise ValueError("is an entry of a bridge (master), and its lladdr stands for more than one link, or none")
    elif entry["vlan"] or "state" in entry:
        raise ValueError("has a vlan or a state, which entries of a bridge have: say master: true")
    elif is_group(entry["lladdr"]):
        _complete_flood(entry)
    elif "remotes" in entry:
        raise ValueError("has remotes, and a unicast lladdr, which is behind one dst")
    elif "dst" not in entry:
        raise KeyError("dst")


def _complete_flood(entry: Dict[str, Any]) -> None:
    given = [name for name in _OF_UNICAST if name in entry]
    if given:
        raise ValueError("has an lladdr that is behind several remotes, and so no %s" % " and no ".join(given))
    if "dst" in entry and "remotes" in entry:
        raise ValueError("has both dst and remotes")
    entry["remotes"] = entry["remotes"] if "remotes" in entry else [entry.pop("dst")]
