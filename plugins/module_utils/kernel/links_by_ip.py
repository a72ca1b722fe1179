# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links without pyroute2: made by the ``ip`` commands that the engine shows to operators. For a boot after an upgrade.

A host must come up with its network though an upgrade of Python took pyroute2 away, or brought one that does not work.
What every link has is read from netlink; what only its kind has is taken to be as it is wanted, if the kind is the
same. So what is missing is made as a whole, and only an altered attribute of a kind goes unnoticed until pyroute2 is
back.
"""

from __future__ import annotations

import errno
import shlex
import struct
from typing import Any, Dict, List, Mapping, Sequence

from ..state.change import Attributes, Change, Failure, Key
from ..state.commands import commands
from ..state.link_changes import in_steps
from . import link_codec, links
from .command import CommandError, run
from .devices import Devices
from .inet import mac_text
from .netlink import HEADER, Netlink, attributes

_GET = 18
_U32 = struct.Struct("=I")
_ADDRESS, _MTU, _MASTER, _LINKINFO, _ALIAS = 1, 4, 10, 18, 20
_KIND = 1


def why_needed() -> str:
    """Why links cannot be read and made by pyroute2 here; '' where they can."""
    try:
        links.try_library()
    except Exception as error:  # an incompatible library may fail in any way
        return str(error) or type(error).__name__
    return ""


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """What of the links ``(name,)`` exists now, with what of ``wanted`` cannot be read."""
    devices, found = Devices(), {}
    with Netlink() as netlink:
        for key, attributes_ in wanted.items():
            try:
                answer = netlink.get(_GET, link_codec.named(key[0]) + link_codec.SKIP_STATISTICS)
            except OSError as error:
                if error.errno == errno.ENODEV:
                    continue
                raise
            found[key] = _described(answer, attributes_, devices)
    return found


def _described(answer: bytes, wanted: Attributes, devices: Devices) -> Attributes:
    _family, _type, _index, flags, _mask = link_codec.MESSAGE.unpack_from(answer, HEADER.size)
    values = attributes(answer, HEADER.size + link_codec.MESSAGE.size, len(answer))
    info = values.get(_LINKINFO, b"")
    here: Dict[str, Any] = {
        "state": "up" if flags & link_codec.UP else "down",
        "mtu": _U32.unpack(values[_MTU])[0],
    }
    if info:
        here["type"] = _text(attributes(info, 0, len(info))[_KIND])
    if len(values.get(_ADDRESS, b"")) == 6:
        here["address"] = mac_text(values[_ADDRESS])
    if _MASTER in values:
        here["master"] = devices.name(_U32.unpack(values[_MASTER])[0])
    if _ALIAS in values:
        here["alias"] = _text(values[_ALIAS])
    if wanted.get("type") not in (None, here.get("type")):
        return here
    unseen = {name: value for name, value in wanted.items() if name not in ("address", "master", "alias", "recreate")}
    return {**unseen, **here}


def _text(value: bytes) -> str:
    return value.rstrip(b"\0").decode("utf-8", "surrogateescape")


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes one after another, each by its commands; the first that fails ends it."""
    failures = []
    for change in in_steps(changes):
        try:
            for command in commands(change):
                run(shlex.split(command))
        except CommandError as error:
            failures.append(Failure(change, 0, error.said))
    return failures
