# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change as the commands that an operator would type for it."""

from __future__ import annotations

from shlex import quote
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional

from . import command_filters
from .change import Change
from .marks import PROTOCOL
from .order import in_order
from .schema import MAIN_TABLE
from .values import is_ipv6

_Words = List[str]


def commands(change: Change) -> List[str]:
    """The commands that make ``change``, quoted for a shell."""
    return _RENDER[change.section](change)


def script(changes: Iterable[Change]) -> List[str]:
    """The commands of many changes, in an order in which they can be run."""
    return [line for change in in_order(changes) for line in commands(change)]


def _line(words: Iterable[Any]) -> str:
    return " ".join(quote(str(word)) for word in words)


# Links: how iproute2 words each attribute of a kind at ``ip link add|set … type KIND``.


def _off(word: str) -> Callable[[Any], _Words]:
    return lambda value: [word if value else "no" + word]


def _named(word: str) -> Callable[[Any], _Words]:
    return lambda value: [word, str(int(value) if isinstance(value, bool) else value)]


def _local(value: Optional[str]) -> _Words:
    return ["local", value or "0.0.0.0"]


def _under(value: Optional[str]) -> _Words:
    return ["dev", value] if value else ["nodev"]


_KIND_WORDS: Dict[str, Dict[str, Callable[[Any], _Words]]] = {
    "bridge": {"stp": _named("stp_state"), "forward_delay": _named("forward_delay")},
    "vxlan": {
        "vni": _named("id"),
        "local": _local,
        "dev": _under,
        "dstport": _named("dstport"),
        "learning": _off("learning"),
        "ttl": _named("ttl"),
    },
}


def _links(change: Change) -> List[str]:
    (name,) = change.key
    gone = [_line(["ip", "link", "delete", "dev", name])]
    if change.after is None:
        return gone
    fresh = change.before is None or change.recreate
    before: Mapping[str, Any] = {} if fresh or change.before is None else change.before
    new = {attribute: value for attribute, value in change.after.items() if before.get(attribute) != value}
    lines = gone if change.before is not None and change.recreate else []
    kind = [
        word
        for attribute, words in _KIND_WORDS.get(change.after["type"], {}).items()
        if attribute in new
        for word in words(new[attribute])
    ]
    if fresh:
        address = ["address", new["address"]] if "address" in new else []
        lines.append(_line(["ip", "link", "add", "name", name] + address + ["type", change.after["type"]] + kind))
    elif kind:
        lines.append(_line(["ip", "link", "set", "dev", name, "type", change.after["type"]] + kind))
    return lines + _link_settings(name, new, fresh)


def _link_settings(name: str, new: Mapping[str, Any], fresh: bool) -> List[str]:
    words: _Words = []
    if "address" in new and not fresh:
        words += ["address", new["address"]]
    if "mtu" in new:
        words += ["mtu", str(new["mtu"])]
    if "alias" in new:
        words += ["alias", new["alias"]]
    if "master" in new and not (fresh and new["master"] is None):
        words += ["master", new["master"]] if new["master"] else ["nomaster"]
    if "state" in new and not (fresh and new["state"] == "down"):
        words += [new["state"]]
    return [_line(["ip", "link", "set", "dev", name] + words)] if words else []


# The sections of many objects.


def _addresses(change: Change) -> List[str]:
    dev, address = change.key
    gone = [_line(["ip", "address", "delete", address, "dev", dev])]
    if change.after is None:
        return gone
    words = ["ip", "address", "add", address, "dev", dev]
    if "scope" in change.after:
        words += ["scope", change.after["scope"]]
    words += [flag for flag in ("noprefixroute", "nodad") if change.after.get(flag)]
    return (gone if change.before is not None else []) + [_line(words)]


def _neighbors(change: Change) -> List[str]:
    dev, dst = change.key
    if change.after is None:
        return [_line(["ip", "neighbor", "delete", dst, "dev", dev])]
    return [_line(["ip", "neighbor", "replace", dst, "lladdr", change.after["lladdr"], "dev", dev, "nud", "permanent"])]


def _fdb(change: Change) -> List[str]:
    dev, lladdr = change.key
    verb, attributes = ("delete", change.before) if change.after is None else ("replace", change.after)
    dst = ["dst", attributes["dst"]] if attributes else []
    return [_line(["bridge", "fdb", verb, lladdr, "dev", dev] + dst + ["self", "permanent"])]


def _routes(change: Change) -> List[str]:
    dst, table, metric = change.key
    attributes = (change.before if change.after is None else change.after) or {}
    verb = "delete" if change.after is None else "add" if change.before is None else "replace"
    words = ["ip"] + (["-6"] if is_ipv6(dst) else []) + ["route", verb]
    if attributes.get("type", "unicast") != "unicast":
        words.append(attributes["type"])
    words.append(dst)
    for attribute, word in (("gateway", "via"), ("dev", "dev"), ("src", "src"), ("scope", "scope"), ("mtu", "mtu")):
        if attributes.get(attribute) is not None:
            words += [word, str(attributes[attribute])]
    if table != MAIN_TABLE:
        words += ["table", str(table)]
    if metric:
        words += ["metric", str(metric)]
    # The number, for the operator's ``ip`` may not know the name.
    words += ["proto", str(attributes.get("protocol", PROTOCOL))]
    return [_line(words + (["onlink"] if attributes.get("onlink") else []))]


def _sysctls(change: Change) -> List[str]:
    return [_line(["sysctl", "-w", "%s=%s" % (change.key[0], (change.after or {}).get("value", ""))])]


_RENDER: Dict[str, Callable[[Change], List[str]]] = {
    "links": _links,
    "addresses": _addresses,
    "neighbors": _neighbors,
    "fdb": _fdb,
    "routes": _routes,
    "sysctls": _sysctls,
    "ipsets": command_filters.ipset,
    "iptables": command_filters.chain,
}
