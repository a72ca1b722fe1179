# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock file's text: which pod subnets are given out, for good, and what the hosts have between them.

``{"version": 1, "paths": {"mode": "vxlan", …}, "hosts": {"node-1": {"pod_subnet": ["10.244.0.0/24"]}}}``, one host a
line; :mod:`paths` has the rest. It is kept beside the inventory and under its version control: it is what makes
allocation independent of the order and number of hosts, and what a change of the paths begins with. From then on until
all hosts have taken its step, or have gone back, there is ``"towards"``: paths of which hosts may have something.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from . import paths
from .names import natural
from .overlaps import Claim, first_overlap
from .paths import Paths
from .values import Invalid, Network, pod_subnet

VERSION = 1

#: Host name to its pod subnets, at most one of each family, IPv4 first.
Lock = Dict[str, Tuple[Network, ...]]


class Kept(NamedTuple):
    """What a lock file holds; ``paths`` is None where nobody wrote them: there was no file yet, or no paths in it.

    ``towards`` is where a migration was going that has begun, and that may have been killed.
    """

    hosts: Lock
    paths: Optional[Paths]
    towards: Optional[Paths] = None


class Damaged(ValueError):
    """The text is no lock that this version wrote; the message says why."""


def parse(text: Optional[str]) -> Kept:
    """Read a lock; None, for no file yet, is an empty one. Raises :class:`Damaged`."""
    if text is None:
        return Kept({}, None)
    try:
        content = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise Damaged("it is no JSON: %s" % error) from None
    if not isinstance(content, dict) or set(content) - {"paths", "towards"} != {"version", "hosts"}:
        raise Damaged("it does not hold exactly version, hosts and paths")
    if content["version"] != VERSION:
        raise Damaged("its version is %s, and this release reads version %d" % (content["version"], VERSION))
    if not isinstance(content["hosts"], dict):
        raise Damaged("its hosts are no object with a host a name")
    hosts = {host: _entry(host, entry) for host, entry in content["hosts"].items()}
    _refuse_overlap(hosts)
    return Kept(hosts, _paths(content, "paths"), _paths(content, "towards"))


def serialise(hosts: Mapping[str, Tuple[Network, ...]], kept: Paths, towards: Optional[Paths] = None) -> str:
    """The lock's text; the same for the same content, whatever the order it was made in."""
    lines = ",\n".join(
        "    %s: %s" % (json.dumps(host), json.dumps({"pod_subnet": [str(subnet) for subnet in hosts[host]]}))
        for host in sorted(hosts, key=natural)
    )
    between = json.dumps(paths.content(kept))
    if towards:
        between += ',\n  "towards": %s' % json.dumps(paths.content(towards))
    text = '{\n  "version": %d,\n  "paths": %s,\n  "hosts": {%s}\n}\n'
    return text % (VERSION, between, "\n%s\n  " % lines if lines else "")


def _paths(content: Mapping[str, Any], name: str) -> Optional[Paths]:
    try:
        return paths.parse(content[name]) if name in content else None
    except Invalid as invalid:
        raise Damaged(invalid.reason) from None


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
