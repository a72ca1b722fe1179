# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From changes to one batch of netlink requests, and from refused requests back to the changes that failed."""

from __future__ import annotations

import errno
import os
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from ..state.change import Change, Failure
from .alike import Made, slices
from .devices import Devices
from .netlink import CREATE, REPLACE, Netlink, Request

#: What an object's removal answers when the object is gone already, by itself or with the device it was on.
GONE = frozenset({errno.ENOENT, errno.ESRCH, errno.ENODEV, errno.ENXIO, errno.EADDRNOTAVAIL})


#: The requests that the only one of each change is; None where it is not known that there is only one.
Alike = Callable[[Sequence[Change], Devices], List[Optional[Request]]]
OneByOne = Callable[[Change, Devices], List[Request]]


def replacing(kind: int, bodies: Made) -> Alike:
    """Requests of ``kind`` (RTM_NEW…) with the messages of ``bodies``, for what takes the place of what is there."""

    def alike(changes: Sequence[Change], devices: Devices) -> List[Optional[Request]]:
        made = bodies(devices, [change.key for change in changes], [change.after or {} for change in changes])
        return [None if body is None else Request(kind, CREATE | REPLACE, body) for body in made]

    return alike


def _nothing_alike(changes: Sequence[Change], _devices: Devices) -> List[Optional[Request]]:
    return [None] * len(changes)


def submit(changes: Sequence[Change], requests_for: OneByOne, alike: Alike = _nothing_alike) -> List[Failure]:
    """Make ``changes`` in order; for each that failed, the first thing that went wrong with it.

    Changes that ``alike`` has no request for are asked for one by one. That an object to be removed is gone already is
    no failure.
    """
    devices = Devices()
    failures: List[Failure] = []
    with Netlink() as netlink:
        for some in slices(len(changes)):
            ready = alike(changes[some], devices)
            failures += _submit(netlink, devices, changes[some], ready, requests_for)
    return failures


def _submit(
    netlink: Netlink,
    devices: Devices,
    changes: Sequence[Change],
    ready: Sequence[Optional[Request]],
    requests_for: OneByOne,
) -> List[Failure]:
    requests = [request for request in ready if request is not None]
    owners: Sequence[int] = range(len(requests))
    failures: Dict[int, Failure] = {}
    if len(requests) < len(changes):
        requests, owners, failures = _completed(devices, changes, ready, requests_for)
    for each in netlink.batch(requests):
        position = owners[each.position]
        if each.errno not in GONE or not _removes(requests[each.position]):
            message = each.message or os.strerror(each.errno)
            failures.setdefault(position, Failure(changes[position], each.errno, message))
    return [failures[position] for position in sorted(failures)]


def _completed(
    devices: Devices, changes: Sequence[Change], ready: Sequence[Optional[Request]], requests_for: OneByOne
) -> Tuple[List[Request], List[int], Dict[int, Failure]]:
    """All requests, the change that each belongs to, and of changes that there can be no request for why not."""
    requests: List[Request] = []
    owners: List[int] = []
    failures: Dict[int, Failure] = {}
    for position, request in enumerate(ready):
        if request is not None:
            requests.append(request)
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


def _removes(request: Request) -> bool:
    """RTM_DEL… numbers are RTM_NEW… numbers plus one, and those are multiples of four (linux/rtnetlink.h)."""
    return request.kind % 4 == 1
