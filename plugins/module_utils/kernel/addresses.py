# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interface addresses: rtnetlink(7), linux/if_addr.h. Most changes are deletion and addition, as the kernel demands."""

from __future__ import annotations

import struct
import time
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Sequence, Set, Tuple

from ..state import holds
from ..state.change import Attributes, Change, Failure, Key
from ..state.marks import HELD
from . import sysctl
from .batch import submit
from .devices import Devices
from .everything import distinct
from .inet import family, packed, packed_cidr, unpacked
from .netlink import CREATE, EXCL, REPLACE, Netlink, Request, attribute, attributes
from .scopes import scope_name, scope_number

_NEW, _DEL, _GET = 20, 21, 22
_MESSAGE = struct.Struct("=BBBBi")  # family, prefix length, flags, scope, index
_ADDRESS, _LOCAL, _LABEL, _BROADCAST, _CACHEINFO, _FLAGS, _METRIC = 1, 2, 3, 4, 6, 8, 9
_U32 = struct.Struct("=I")
_IPV4, _IPV6 = 2, 10
#: What a document says by a word, and the kernel by a bit. Without ``nodad`` an IPv6 address is tentative at first, and
#: no route can have it as its source.
_BITS = {"nodad": 0x02, "home": 0x10, "mngtmpaddr": 0x100, "noprefixroute": 0x200, "autojoin": 0x400}
#: The kernel has not yet found out whether anybody else on the link has it (RFC 4862, 5.4), and uses it for nothing.
_TENTATIVE = 0x40
#: Seconds that finding out takes at most by default: a random delay of up to one, and one more for an answer.
_FINDING_OUT = 2.5
#: What is only told: somebody else on the link has the address, so that this host does not use it (RFC 4862, 5.4.5).
_DAD_FAILED = 0x08
_SECONDARY = 0x01
_FOREVER = 0xFFFFFFFF
_PROMOTE = "net/ipv4/conf/%s/promote_secondaries"

_Address = Tuple[Key, int, Attributes]


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """What of the addresses ``(dev, address)`` exists now; of several that differ by the peer the one with the wanted.

    ``foreign`` lists what an address has that nobody could put back. Under ``(dev, HELD)`` is what an interrupted run
    has left there.
    """
    devices = Devices()
    found: Dict[Key, Attributes] = {}
    for index in devices.present(key[0] for key in wanted):
        for key, _flags, described in _dump(devices, index):
            if holds.is_hold(key, described):
                if (key[0], HELD) in wanted:
                    held = found.setdefault((key[0], HELD), {"held": []})["held"]
                    held.append(key[1].partition("/")[0])
            elif key in wanted and (key not in found or described.get("peer") == wanted[key].get("peer")):
                found[key] = described
    return found


def read_all() -> Dict[Key, Attributes]:
    """All IPv4 and IPv6 addresses of all links; see ``everything.distinct`` for their keys."""
    found = ((key, described) for key, _flags, described in _dump(Devices(), 0))
    return distinct((key, described) for key, described in found if not holds.is_hold(key, described))


def wait_until_usable(wanted: Iterable[str]) -> None:
    """Wait until none of these addresses is tentative any more, or could have been for so long."""
    ends, awaited = time.monotonic() + _FINDING_OUT, set(wanted)
    while time.monotonic() < ends and any(
        flags & _TENTATIVE and not flags & _DAD_FAILED and key[1].partition("/")[0] in awaited
        for key, flags, _described in _dump(Devices(), 0)
    ):
        time.sleep(0.01)


def _dump(devices: Devices, index: int) -> Iterator[_Address]:
    """The addresses of the device at ``index``, of all devices where that is 0: key, flags, attributes."""
    with Netlink() as netlink:
        messages = netlink.dump(_GET, _MESSAGE.pack(0, 0, 0, 0, index))
    for message in messages:
        number, length, _flags, scope, owner = _MESSAGE.unpack_from(message)
        if number in (_IPV4, _IPV6):
            values = attributes(message, _MESSAGE.size, len(message))
            flags = _U32.unpack(values.get(_FLAGS, bytes(4)))[0]
            dev = devices.name(owner)
            local = unpacked(values.get(_LOCAL) or values[_ADDRESS])
            yield (dev, "%s/%d" % (local, length)), flags, _described(dev, scope, flags, values)


def _described(dev: str, scope: int, flags: int, values: Mapping[int, bytes]) -> Attributes:
    described: Dict[str, Any] = {"scope": scope_name(scope)}
    if _LOCAL in values and values[_ADDRESS] != values[_LOCAL]:
        described["peer"] = unpacked(values[_ADDRESS])
    if _BROADCAST in values:
        described["broadcast"] = unpacked(values[_BROADCAST])
    label = values.get(_LABEL, b"").rstrip(b"\0").decode("utf-8", "surrogateescape")
    if label and label != dev:
        described["label"] = label
    if _METRIC in values:
        described["metric"] = _U32.unpack(values[_METRIC])[0]
    described.update({word: True for word, bit in _BITS.items() if flags & bit})
    if flags & _DAD_FAILED:
        described["dadfailed"] = True
    if _CACHEINFO in values and _U32.unpack_from(values[_CACHEINFO], _U32.size)[0] != _FOREVER:
        described["foreign"] = ["a lifetime"]
    return described


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes in order. With an address go neither secondary ones nor routes of others."""
    held = _not_promoting(changes)
    stuck = _set_promotion(held, "1")
    try:
        failures = [stuck[change.key[0]]._replace(change=change) for change in changes if change.key[0] in stuck]
        return failures + _submit_held([change for change in changes if change.key[0] not in stuck])
    finally:
        _set_promotion(held - stuck.keys(), "0")


def _submit_held(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes, with the addresses that come held meanwhile.

    Where something failed the hold stays, for the link may have no other address: whoever takes the changes back, or
    the next run, has it taken away.
    """
    changes_proper = [change for change in changes if change.key[1] != HELD]
    held = holds.needed(changes_proper)
    answers = submit(held + changes_proper, _requests)
    failures = [failure for failure in answers if failure.change not in held]
    failed = {failure.change.key[0] for failure in failures}
    obsolete = held + [change for change in changes if change.key[1] == HELD]
    submit([each for hold in obsolete if hold.key[0] not in failed for each in holds.released(hold)], _requests)
    return failures


def _requests(change: Change, devices: Devices) -> List[Request]:
    before, after = change.before, change.after
    in_place = before is not None and after is not None and not holds.is_made_anew(change)
    requests = [] if before is None or in_place else [Request(_DEL, 0, _body(change.key, before, devices))]
    if after is not None:
        body = _body(change.key, after, devices)
        if after.get("broadcast"):
            body += attribute(_BROADCAST, packed(after["broadcast"]))
        if after.get("label"):
            body += attribute(_LABEL, after["label"].encode("utf-8", "surrogateescape") + b"\0")
        if after.get("metric"):
            body += attribute(_METRIC, _U32.pack(after["metric"]))
        body += attribute(_FLAGS, _U32.pack(sum(bit for word, bit in _BITS.items() if after.get(word))))
        requests.append(Request(_NEW, REPLACE if in_place else CREATE | EXCL, body))
    return requests


def _body(key: Key, address: Mapping[str, Any], devices: Devices) -> bytes:
    """What tells an address from others."""
    dev, cidr = key
    raw, length = packed_cidr(cidr)
    peer = packed(address["peer"]) if address.get("peer") else raw
    head = _MESSAGE.pack(family(cidr), length, 0, scope_number(address.get("scope") or "global"), devices.index(dev))
    return head + attribute(_LOCAL, raw) + attribute(_ADDRESS, peer)


def _not_promoting(changes: Sequence[Change]) -> Set[str]:
    """Devices that lose an IPv4 address, and whose secondary addresses do not become primary by that, but go with it.

    With them would go the routes that prefer them, whoever made them (ip-sysctl.rst, promote_secondaries).
    """
    losing = {change.key[0] for change in changes if change.before is not None and ":" not in change.key[1]}
    if not losing:
        return set()
    devices = Devices()
    holding = {
        dev
        for index, dev in devices.present(losing).items()
        if any(flags & _SECONDARY and ":" not in key[1] for key, flags, _described in _dump(devices, index))
    }
    keys = {(_PROMOTE % dev,): dev for dev in holding}
    return {keys[key] for key, value in sysctl.read({key: {} for key in keys}).items() if value["value"] == "0"}


def _set_promotion(devices: Iterable[str], value: str) -> Dict[str, Failure]:
    """Those devices of which it could not be set, and why."""
    failures = {}
    for dev in sorted(devices):
        name = _PROMOTE % dev
        for failure in sysctl.apply([Change("sysctls", (name,), None, {"value": value})]):
            reason = "other addresses would go with it, for %s cannot be set to %s" % (name, failure.message)
            failures[dev] = failure._replace(message=reason)
    return failures
