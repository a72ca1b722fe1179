# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock file's text: which pod subnets are given out, for good.

``{"version": 1, "hosts": {"node-1": {"pod_subnet": ["10.244.0.0/24"]}}}``, one host a line. It is kept beside the
inventory and under its version control: it is what makes allocation independent of the order and number of hosts.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .names import natural
from .overlaps import Claim, first_overlap
from .values import Invalid, Network, pod_subnet

VERSION = 1

#: Host name to its pod subnets, at most one of each family, IPv4 first.
Lock = Dict[str, Tuple[Network, ...]]


class Damaged(ValueError):
    """The text is no lock that this version wrote; the message says why."""


def parse(text: Optional[str]) -> Lock:
    """Read a lock; None, for no file yet, is an empty one. Raises :class:`Damaged`."""
    if text is None:
        return {}
    try:
        content = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise Damaged("it is no JSON: %s" % error) from None
    if not isinstance(content, dict) or set(content) != {"version", "hosts"} or not isinstance(content["hosts"], dict):
        raise Damaged("it does not hold exactly version and hosts")
    if content["version"] != VERSION:
        raise Damaged("its version is %s, and this release reads version %d" % (content["version"], VERSION))
    lock = {host: _entry(host, entry) for host, entry in content["hosts"].items()}
    _refuse_overlap(lock)
    return lock


def serialise(lock: Mapping[str, Tuple[Network, ...]]) -> str:
    """The lock's text; the same for the same content, whatever the order it was made in."""
    hosts = ",\n".join(
        "    %s: %s" % (json.dumps(host), json.dumps({"pod_subnet": [str(subnet) for subnet in lock[host]]}))
        for host in sorted(lock, key=natural)
    )
    return '{\n  "version": %d,\n  "hosts": {%s}\n}\n' % (VERSION, "\n%s\n  " % hosts if hosts else "")


def _unique(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    """A JSON object whose names are unique: a badly merged file has a host twice, and JSON would keep the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        raise Damaged("it holds %s twice" % next(name for name in found if names.count(name) > 1))
    return found


def _entry(host: str, entry: Any) -> Tuple[Network, ...]:
    if not isinstance(entry, dict) or set(entry) != {"pod_subnet"} or not isinstance(entry["pod_subnet"], list):
        raise Damaged("the entry of %s does not hold exactly pod_subnet, a list" % host)
    try:
        return pod_subnet(entry["pod_subnet"])
    except Invalid as invalid:
        raise Damaged("pod_subnet of %s %s" % (host, invalid.reason)) from None


def _refuse_overlap(lock: Lock) -> None:
    found = first_overlap(Claim(subnet, host) for host, subnets in lock.items() for subnet in subnets)
    if found:
        one, other = found
        raise Damaged("%s of %s overlaps %s of %s" % (one.network, one.owner, other.network, other.owner))
