# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links: read one by one by name, or all; made, changed by their differing attributes, deleted (rtnetlink(7))."""

from __future__ import annotations

import contextlib
import errno
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence

from ..state.change import Attributes, Change, Failure, Key
from ..state.link_changes import FEATURE, in_steps, is_made, new_attributes
from ..state.rows import Policy
from ..state.schema import properties
from . import ethtool, link_codec
from .batch import submit
from .devices import Devices
from .link_fields import BELOW, COMMON, KINDS, PORT
from .link_forms import from_netlink, to_netlink
from .link_peers import Peers
from .namespace import opened
from .netlink import CREATE, EXCL, HEADER, Netlink, Request

_NEW, _DEL, _GET = 16, 17, 18
#: What all documents have of links.
_TRIALS: Dict[str, Attributes] = {
    "bridge": {"address": "02:00:5e:00:00:01", "forward_delay": 200, "alias": "podnet: trial", "mtu": 1450},
    "vxlan": {
        "vni": 244,
        "local": "192.0.2.1",
        "dstport": 4789,
        "learning": False,
        "state": "up",
        "port.hairpin": True,
    },
}
_FLAGS = {"state": link_codec.UP, "promisc": link_codec.PROMISC, "arp": link_codec.NOARP}


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """What of the links ``(name,)`` exists now; of offload features those that ``wanted`` declares.

    ``fixed_features`` are those of them that nobody can switch, or that the link does not have.
    """
    devices, found = Devices(), {}
    with Netlink() as netlink:
        peers = Peers(netlink, devices)
        for key, attributes in wanted.items():
            try:
                answer = netlink.get(_GET, link_codec.named(key[0]) + link_codec.SKIP_STATISTICS)
                link = link_codec.decode(answer[HEADER.size :])
                found[key] = {**_described(link, devices, peers), **_features(key[0], attributes)}
            except OSError as error:
                if error.errno != errno.ENODEV:
                    raise
    return found


def read_all() -> Dict[Key, Attributes]:
    """All links, with all attributes but offload features. Of kinds that are not known those of every link."""
    devices, found = Devices(), {}
    with Netlink() as netlink:
        peers = Peers(netlink, devices)
        for message in netlink.dump(_GET, link_codec.header() + link_codec.SKIP_STATISTICS):
            link = link_codec.decode(message)
            found[(link.common["IFLA_IFNAME"],)] = _described(link, devices, peers)
    return found


def try_library() -> None:
    """Word links as they are made, and understand these words and the kernel's. A pyroute2 that is not as it was fails.

    Raises whatever it raises then, or ``ValueError``.
    """
    read({("lo",): {}})
    devices = Devices()
    with Netlink() as netlink:
        peers = Peers(netlink, devices)
        for kind, wanted in _TRIALS.items():
            bodies = [request.body for request in _made("podnet-trial", kind, wanted, devices, None)]
            read_back = [_described(link_codec.decode(body), devices, peers) for body in bodies]
            for name, value in wanted.items():
                found = [each[name] for each in read_back if each.get(name) is not None]
                if value not in found:
                    raise ValueError("what makes a %s with %s %r is read as %r" % (kind, name, value, found))


def _described(link: link_codec.Link, devices: Devices, peers: Peers) -> Attributes:
    return {
        **({"type": link.kind} if link.kind else {}),
        "state": "up" if link.flags & link_codec.UP else "down",
        "promisc": bool(link.flags & link_codec.PROMISC),
        "arp": not link.flags & link_codec.NOARP,
        **from_netlink(COMMON, link.common, devices),
        **from_netlink(KINDS.get(link.kind, {}), link.data, devices),
        **from_netlink(BELOW.get(link.kind, {}), link.common, devices),
        **(from_netlink(PORT, link.port, devices) if link.port else {}),
        **(peers.of(link) if link.kind == "veth" else {}),
    }


def _features(name: str, declared: Mapping[str, Any]) -> Attributes:
    names = [each[len(FEATURE) :] for each in declared if each.startswith(FEATURE)]
    if not names:
        return {}
    found = ethtool.features(name, names)
    fixed = [FEATURE + each for each in names if each not in found or not found[each].changeable]
    return {**{FEATURE + each: feature.on for each, feature in found.items()}, "fixed_features": fixed}


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes one after another: a link's index, which a port needs of its bridge, is known only then."""
    try:
        return [failure for change in in_steps(changes) for failure in _apply(change)]
    except link_codec.MissingLibrary as error:
        return [Failure(change, 0, str(error)) for change in changes]


def _apply(change: Change) -> List[Failure]:
    new = new_attributes(change)
    try:
        with _opened(new.get("peer.namespace")) as namespace:
            failures = submit([change], lambda each, devices: _requests(each, devices, namespace))
        if not failures:
            _switch_features(change.key[0], new)
    except OSError as error:
        return [Failure(change, error.errno or 0, error.strerror or str(error))]
    return [_explained(failure) for failure in failures]


@contextlib.contextmanager
def _opened(namespace: Optional[str]) -> Iterator[Optional[int]]:
    if namespace is None:
        yield None
    else:
        with opened(namespace) as descriptor:
            yield descriptor


def _switch_features(name: str, new: Mapping[str, Any]) -> None:
    wanted = {each[len(FEATURE) :]: value for each, value in new.items() if each.startswith(FEATURE)}
    if wanted:
        ethtool.switch(name, wanted)


def _explained(failure: Failure) -> Failure:
    kind = (failure.change.after or {}).get("type")
    if failure.errno == errno.EOPNOTSUPP and failure.message == "Unknown device type":
        reason = "this kernel has no links of type %s: its module %s is missing, or cannot be loaded" % (kind, kind)
        return failure._replace(message=reason)
    return failure


def _requests(change: Change, devices: Devices, namespace: Optional[int]) -> List[Request]:
    (name,) = change.key
    gone = Request(_DEL, 0, link_codec.named(name))
    if change.after is None:
        return [gone]
    kind, new = change.after.get("type", ""), new_attributes(change)
    if not is_made(change):
        return _unlocked(change, new) + _changed(name, kind, new, devices)
    made = _made(name, kind, new, devices, namespace)
    return made if change.before is None else [gone] + made


def _unlocked(change: Change, new: Mapping[str, Any]) -> List[Request]:
    """A bond takes no port that is up, and sets those that it takes up itself."""
    if not new.get("master") or (change.before or {}).get("state") != "up":
        return []
    master = (new["master"],)
    if read({master: {}}).get(master, {}).get("type") != "bond":
        return []
    return [Request(_NEW, 0, link_codec.encode({"IFLA_IFNAME": change.key[0]}, "", {}, 0, link_codec.UP))]


def _made(name: str, kind: str, link: Mapping[str, Any], devices: Devices, namespace: Optional[int]) -> List[Request]:
    """Two steps: the kernel ignores an alias on the way in, and a port goes to its bridge when it is complete."""
    given = _beyond_defaults(kind, link)
    first: Dict[str, Any] = {each: given[each] for each in ("address", "mtu") if each in given}
    if kind == "bridge" and "mtu" in given:
        # A bridge follows its ports' MTU unless its own was changed after it was made; so it begins with another.
        first["mtu"] = 1280 if given["mtu"] != 1280 else 1500
    data_fields = KINDS.get(kind, {})
    data = to_netlink(data_fields, given, devices)
    if kind == "veth" and "peer.name" in given:
        data["VETH_INFO_PEER"] = _peer(given["peer.name"], namespace)
    common = {"IFLA_IFNAME": name, **to_netlink({**COMMON, **BELOW.get(kind, {})}, first, devices)}
    common.update(to_netlink(BELOW.get(kind, {}), given, devices))
    made = Request(_NEW, CREATE | EXCL, link_codec.encode(common, kind, data))
    later = {each: value for each, value in given.items() if each not in data_fields and each != "address"}
    return [made] + _changed(name, kind, later, devices)


def _beyond_defaults(kind: str, link: Mapping[str, Any]) -> Dict[str, Any]:
    """What a new link does not have by itself: kernels built without a feature refuse even to be told not to use it."""
    rows = properties("links", {"type": kind})
    return {
        name: value
        for name, value in link.items()
        if not (name in KINDS.get(kind, {}) and rows[name].policy is Policy.MUTABLE and rows[name].default == value)
    }


def _peer(name: str, namespace: Optional[int]) -> Dict[str, Any]:
    elsewhere = [] if namespace is None else [("IFLA_NET_NS_FD", namespace)]
    return {"attrs": [("IFLA_IFNAME", name)] + elsewhere}


def _changed(name: str, kind: str, new: Mapping[str, Any], devices: Devices) -> List[Request]:
    """A link's own attributes, and only then those of it as a port: it may become one by the former."""
    requests = []
    own = {
        each: value for each, value in new.items() if each in COMMON or each in _FLAGS or each in KINDS.get(kind, {})
    }
    if own.get("stp") is False:
        # First of all: as long as it is on, the kernel refuses a forward_delay under two seconds.
        requests.append(_set(name, kind, {"stp": own.pop("stp")}, devices))
    if own:
        requests.append(_set(name, kind, own, devices))
    port = to_netlink(PORT, new, devices)
    if port:
        requests.append(Request(_NEW, 0, link_codec.encode_port({"IFLA_IFNAME": name}, port)))
    return requests


def _set(name: str, kind: str, new: Mapping[str, Any], devices: Devices) -> Request:
    data = to_netlink(KINDS.get(kind, {}), new, devices)
    common = {"IFLA_IFNAME": name, **to_netlink(COMMON, new, devices)}
    flags = mask = 0
    for attribute_name, flag in _FLAGS.items():
        if attribute_name in new:
            mask |= flag
            flags |= flag if new[attribute_name] in ("up", True) else 0
    if "arp" in new:
        flags ^= link_codec.NOARP
    return Request(_NEW, 0, link_codec.encode(common, kind if data else "", data, flags, mask))
