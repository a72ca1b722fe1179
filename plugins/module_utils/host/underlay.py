# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What documents need of the host and do not bring themselves: at boot it may come late, and later it may go."""

from __future__ import annotations

import socket
import time
from typing import Callable, Iterable, List, Optional, Set

from ..state.change import State
from ..state.dependants import comes_along
from ..state.schema import made_by_others

_POLL = 0.5


def missing(state: State) -> List[str]:
    """What ``state`` needs and is not there (yet): local addresses, lower devices, links that others make, gateways."""
    links = state.get("links", {})
    own = {key for key, attributes in links.items() if not made_by_others("links", attributes)}
    own |= comes_along("links", links)
    lacking = {"device %s" % key[0] for key in links if key not in own and not _is_device(key[0])}
    for attributes in links.values():
        local, lower = attributes.get("local"), attributes.get("dev") or attributes.get("link")
        if local and not _is_local(local, lower):
            lacking.add("address %s" % local)
        if lower and (lower,) not in links and not _is_device(lower):
            lacking.add("device %s" % lower)
    return sorted(lacking | _beyond(state))


def _beyond(state: State) -> Set[str]:
    """The first gateway that no device is named for and that the host has no way to; of thousands all wait for one."""
    for route in state.get("routes", {}).values():
        gateway = route.get("gateway")
        if gateway and not route.get("dev") and not _is_reachable(gateway):
            return {"a way to gateway %s" % gateway}
    return set()


def complaints(states: Iterable[State]) -> List[str]:
    """What is missing, with the way out: a tunnel without its address looks as it should, and sends nothing."""
    return [
        "the host lacks %s, which is not made here: give it back, or plan and apply anew with what there is" % each
        for each in _all_missing(states)
    ]


def wait(states: Iterable[State], seconds: float, say: Callable[[str], None]) -> None:
    """Wait until nothing is missing, at most ``seconds``."""
    wanted = list(states)
    end = time.monotonic() + seconds
    told: List[str] = []
    while True:
        lacking = _all_missing(wanted)
        if not lacking or time.monotonic() >= end:
            return
        if lacking != told:
            say("waiting for %s" % ", ".join(lacking))
            told = lacking
        time.sleep(min(_POLL, max(0.0, end - time.monotonic())))


def _all_missing(states: Iterable[State]) -> List[str]:
    return sorted({each for state in states for each in missing(state)})


def _is_local(address: str, device: Optional[str]) -> bool:
    """Whether the host can send from ``address``: an IPv6 address only once it is proven to be unique.

    A link-local address is one only together with its ``device``.
    """
    try:
        if ":" not in address:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind((address, 0))
        else:
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
                probe.bind((address, 0, 0, socket.if_nametoindex(device) if device else 0))
    except OSError:
        return False
    return True


def _is_reachable(address: str) -> bool:
    """Whether there is a route; nothing is sent. That the kernel takes it for a gateway is for the kernel to say."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
    except OSError:
        return False
    return True


def _is_device(name: str) -> bool:
    try:
        socket.if_nametoindex(name)
    except OSError:
        return False
    return True
