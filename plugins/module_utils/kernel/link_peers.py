# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The far ends of veths: their names, and the namespaces they are in."""

from __future__ import annotations

import os
import struct
from typing import Dict, Optional

from . import link_codec, namespace
from .devices import Devices
from .netlink import HEADER, Netlink, attribute, attributes

_GET_LINK, _GET_NAMESPACE = 18, 90  # RTM_GETLINK, RTM_GETNSID
_NAME, _OF_NAMESPACE = 3, 46  # IFLA_IFNAME, IFLA_TARGET_NETNSID
_NAMESPACE_ID, _NAMESPACE_FD = 1, 3  # NETNSA_NSID, NETNSA_FD
_GENERAL = struct.Struct("=Bxxx")  # struct rtgenmsg
_NUMBER = struct.Struct("=i")


class Peers:
    """Lives no longer than one read: names of namespaces are looked up once."""

    def __init__(self, netlink: Netlink, devices: Devices) -> None:
        self._netlink, self._devices = netlink, devices
        self._namespaces: Optional[Dict[int, str]] = None

    def of(self, link: link_codec.Link) -> Dict[str, str]:
        """``peer.name``, and ``peer.namespace`` where that is another; what cannot be found out is left out.

        A namespace without a name under ``/run/netns`` is called by the number that it has in this one, which is no
        name that a document could have.
        """
        index, number = link.common.get("IFLA_LINK", 0), link.common.get("IFLA_LINK_NETNSID")
        if not index:
            return {}
        if number is None:
            return {"peer.name": self._devices.name(index)}
        elsewhere = {"peer.namespace": self._namespace(number)}
        try:
            message = link_codec.header(index) + attribute(_OF_NAMESPACE, _NUMBER.pack(number))
            answer = self._netlink.get(_GET_LINK, message)
        except OSError:  # gone in the meantime, or not ours to look into
            return elsewhere
        name = attributes(answer, HEADER.size + link_codec.MESSAGE.size, len(answer))[_NAME]
        return {"peer.name": name.rstrip(b"\0").decode(errors="surrogateescape"), **elsewhere}

    def _namespace(self, number: int) -> str:
        if self._namespaces is None:
            self._namespaces = self._named()
        return self._namespaces.get(number, "netnsid %d" % number)

    def _named(self) -> Dict[int, str]:
        try:
            names = sorted(os.listdir(namespace.NAMED))
        except FileNotFoundError:
            return {}
        found: Dict[int, str] = {}
        for name in names:
            try:
                with namespace.opened(name) as descriptor:
                    asked = _GENERAL.pack(0) + attribute(_NAMESPACE_FD, _NUMBER.pack(descriptor))
                    answer = self._netlink.get(_GET_NAMESPACE, asked)
            except OSError:  # a leftover file that is no namespace
                continue
            raw = attributes(answer, HEADER.size + _GENERAL.size, len(answer))
            found.setdefault(_NUMBER.unpack(raw[_NAMESPACE_ID])[0], name)
        return found
