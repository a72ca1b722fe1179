# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link's change as the ``ip link`` commands that an operator would type for it."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional

from .change import Change
from .words import Words, line


def _off(word: str) -> Callable[[Any], Words]:
    return lambda value: [word if value else "no" + word]


def _named(word: str) -> Callable[[Any], Words]:
    return lambda value: [word, str(int(value) if isinstance(value, bool) else value)]


def _local(value: Optional[str]) -> Words:
    return ["local", value or "0.0.0.0"]


def _under(value: Optional[str]) -> Words:
    return ["dev", value] if value else ["nodev"]


_KIND_WORDS: Dict[str, Dict[str, Callable[[Any], Words]]] = {
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


def links(change: Change) -> List[str]:
    """``ip link`` commands: a link made, changed by its differing attributes, made anew, or deleted."""
    (name,) = change.key
    gone = [line(["ip", "link", "delete", "dev", name])]
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
        lines.append(line(["ip", "link", "add", "name", name] + address + ["type", change.after["type"]] + kind))
    elif kind:
        lines.append(line(["ip", "link", "set", "dev", name, "type", change.after["type"]] + kind))
    return lines + _link_settings(name, new, fresh)


def _link_settings(name: str, new: Mapping[str, Any], fresh: bool) -> List[str]:
    words: Words = []
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
    return [line(["ip", "link", "set", "dev", name] + words)] if words else []
