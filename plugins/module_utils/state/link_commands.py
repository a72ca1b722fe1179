# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link's change as the ``ip link`` and ``ethtool`` commands that an operator would type for it."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from .change import Change
from .link_changes import FEATURE, PORT, is_made, new_attributes
from .link_words import COMMON_WORDS, FIRST_WORDS, KIND_WORDS, port_words
from .words import Words, line


def links(change: Change) -> List[str]:
    """Commands for a link that is made, changed by its differing attributes, made anew, or deleted."""
    (name,) = change.key
    gone = [line(["ip", "link", "delete", "dev", name])]
    if change.after is None:
        return gone
    kind = change.after.get("type", "")
    new = new_attributes(change)
    if not is_made(change):
        return _kind_settings(name, kind, _with_far_end(new, change.after)) + _settings(name, new)
    address = _words(COMMON_WORDS, {each: new.pop(each) for each in ("address",) if each in new})
    if new.get("state") == "down":  # as it is when it is new
        del new["state"]
    made = line(["ip", "link", "add"] + _first(name, kind, new) + address + ["type", kind] + _own(kind, new))
    return (gone if change.before is not None else []) + [made] + _settings(name, new)


def _first(name: str, kind: str, given: Mapping[str, Any]) -> Words:
    below = [word for each in FIRST_WORDS.get(kind, ()) if each in given for word in (each, given[each])]
    return below + ["name", name]


def _own(kind: str, new: Mapping[str, Any]) -> Words:
    peer = ["peer", "name", new["peer.name"]] if "peer.name" in new else []
    elsewhere = ["netns", new["peer.namespace"]] if "peer.namespace" in new else []
    return _words(KIND_WORDS.get(kind, {}), new) + peer + elsewhere


def _kind_settings(name: str, kind: str, new: Dict[str, Any]) -> List[str]:
    # As long as spanning tree is on, the kernel refuses a forward_delay under two seconds.
    first = {each: new.pop(each) for each in ("stp",) if new.get(each) is False}
    lines = [_words(KIND_WORDS.get(kind, {}), each) for each in (first, new)]
    return [line(["ip", "link", "set", "dev", name, "type", kind] + words) for words in lines if words]


def _with_far_end(new: Mapping[str, Any], after: Mapping[str, Any]) -> Dict[str, Any]:
    """One far end takes the place of many and the other way round; and ``ip`` wants to hear of the device again."""
    other = {"group": "remote", "remote": "group"}
    kept = {each: value for each, value in new.items() if value is not None or new.get(other.get(each, "")) is None}
    return {**kept, "dev": after["dev"]} if kept.get("group") else kept


def _settings(name: str, new: Mapping[str, Any]) -> List[str]:
    """What every link has, what a port has once it is one, and what ``ip`` does not know."""
    own = _words(COMMON_WORDS, new)
    port = [word for each, value in new.items() if each.startswith(PORT) for word in port_words(each, value)]
    features = {each[len(FEATURE) :]: value for each, value in new.items() if each.startswith(FEATURE)}
    switches = [word for each, on in features.items() for word in (each, "on" if on else "off")]
    return (
        ([line(["ip", "link", "set", "dev", name] + own)] if own else [])
        + ([line(["ip", "link", "set", "dev", name, "type", "bridge_slave"] + port)] if port else [])
        + ([line(["ethtool", "-K", name] + switches)] if switches else [])
    )


def _words(table: Mapping[str, Any], new: Mapping[str, Any]) -> Words:
    return [word for attribute, words in table.items() if attribute in new for word in words(new[attribute])]
