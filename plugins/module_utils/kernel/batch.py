# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From changes to one batch of netlink requests, and from refused requests back to the changes that failed."""

from __future__ import annotations

import errno
import os
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, cast

from ..state.change import Change, Failure
from ..state.changes import Additions
from ..state.table import are_many, tables
from .alike import Made, slices
from .devices import Devices
from .netlink import CREATE, REPLACE, Netlink, Request

#: What an object's removal answers when the object is gone already, by itself or with the device it was on.
GONE = frozenset({errno.ENOENT, errno.ESRCH, errno.ENODEV, errno.ENXIO, errno.EADDRNOTAVAIL})


class Alike(NamedTuple):
    """Requests of one ``kind``, the only one of each change; no body where it is not known that there is only one."""

    kind: int
    flags: Sequence[int]
    bodies: Sequence[Optional[bytes]]


AllAtOnce = Callable[[Sequence[Change], Devices], Alike]
OneByOne = Callable[[Change, Devices], List[Request]]


def replacing(kind: int, bodies: Made) -> AllAtOnce:
    """Requests of ``kind`` (RTM_NEW…) with the messages of ``bodies``, for what takes the place of what is there."""

    def alike(changes: Sequence[Change], devices: Devices) -> Alike:
        return Alike(kind, [CREATE | REPLACE] * len(changes), messages(bodies, changes, devices))

    return alike


def messages(made: Made, changes: Sequence[Change], devices: Devices) -> Sequence[Optional[bytes]]:
    """The messages of what there is to be, where that is many objects that are alike."""
    if isinstance(changes, Additions):
        return made(devices, changes.objects)
    found: List[Optional[bytes]] = [None] * len(changes)
    if are_many(changes):
        for places, table in tables([change.key for change in changes], [change.after or {} for change in changes]):
            for place, body in zip(places, made(devices, table)):
                found[place] = body
    return found


def _nothing_alike(changes: Sequence[Change], _devices: Devices) -> Alike:
    return Alike(0, [0] * len(changes), [None] * len(changes))


def submit(changes: Sequence[Change], requests_for: OneByOne, all_at_once: AllAtOnce = _nothing_alike) -> List[Failure]:
    """Make ``changes`` in order; for each that failed, the first thing that went wrong with it.

    Changes that ``all_at_once`` has no body for are asked for one by one. That an object to be removed is gone already
    is no failure.
    """
    devices = Devices()
    failures: List[Failure] = []
    with Netlink() as netlink:
        for some in slices(len(changes)):
            alike = all_at_once(changes[some], devices)
            failures += _submit(netlink, devices, changes[some], alike, requests_for)
    return failures


def _submit(
    netlink: Netlink, devices: Devices, changes: Sequence[Change], alike: Alike, requests_for: OneByOne
) -> List[Failure]:
    kinds: Sequence[int] = [alike.kind] * len(changes)
    flags: Sequence[int] = alike.flags
    bodies = cast(Sequence[bytes], alike.bodies)
    owners: Sequence[int] = range(len(changes))
    failures: Dict[int, Failure] = {}
    if not all(bodies):
        requests, owners, failures = _completed(devices, changes, alike, requests_for)
        kinds, flags, bodies = zip(*requests) if requests else ((), (), ())
    for each in netlink.batch(kinds, flags, bodies):
        position = owners[each.position]
        if each.errno not in GONE or not _removes(kinds[each.position]):
            message = each.message or os.strerror(each.errno)
            failures.setdefault(position, Failure(changes[position], each.errno, message))
    return [failures[position] for position in sorted(failures)]


def _completed(
    devices: Devices, changes: Sequence[Change], alike: Alike, requests_for: OneByOne
) -> Tuple[List[Request], List[int], Dict[int, Failure]]:
    """All requests, the change that each belongs to, and of changes that there can be no request for why not."""
    requests: List[Request] = []
    owners: List[int] = []
    failures: Dict[int, Failure] = {}
    for position, (flags, body) in enumerate(zip(alike.flags, alike.bodies)):
        if body is not None:
            requests.append(Request(alike.kind, flags, body))
            owners.append(position)
            continue
        try:
            made = requests_for(changes[position], devices)
        except OSError as error:
            if changes[position].after is not None or error.errno not in GONE:
                failures[position] = Failure(changes[position], error.errno or 0, error.strerror or str(error))
            continue
        requests += made
        owners += [position] * len(made)
    return requests, owners, failures


def _removes(kind: int) -> bool:
    """RTM_DEL… numbers are RTM_NEW… numbers plus one, and those are multiples of four (linux/rtnetlink.h)."""
    return kind % 4 == 1
