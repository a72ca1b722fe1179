# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The MTU of running pods: of both ends of each veth that hangs on our bridge.

A veth silently drops what is larger than the MTU of the end that receives it (``is_skb_forwardable``, net/core/dev.c),
so a pod must not send what the others do not take: of all ends that get smaller the pods' own come first, and of those
that get larger they come last. The bridge is not touched: it has to be the smallest at any time, for then the host
answers what does not fit with ICMP, and the sender adapts. So it is set before pods shrink, and after they grow.
"""

from __future__ import annotations

import contextlib
import errno
import json
import socket
import subprocess
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence

from . import attached, netns


@dataclass(frozen=True)
class Port:
    """A port of our bridge. ``namespace`` is the number of its other end's namespace, None where that is the host's.

    ``peer_index`` is the index of that end; 0 where the port is no veth.
    """

    name: str
    mtu: int
    peer_index: int
    namespace: Optional[int]


class End(NamedTuple):
    """An end of a pod's veth: the host's, with an empty ``namespace``, or the pod's."""

    namespace: str
    interface: str
    mtu: int

    def command(self, mtu: int) -> str:
        """What an operator would type to give it another MTU."""
        inside = "nsenter --net=%s " % self.namespace if self.namespace else ""
        return "%sip link set dev %s mtu %d" % (inside, self.interface, mtu)


class Found(NamedTuple):
    """The ends of all pods' veths, and the names of the ports whose other end cannot be reached."""

    ends: List[End]
    unreachable: List[str]


def find() -> Found:
    """Look for the pods of the calling thread's network namespace. Raises OSError."""
    ports = _ports()
    numbers = {port.namespace for port in ports if port.namespace is not None}
    files: Dict[Optional[int], str] = {None: ""}
    for number, file in netns.numbered(numbers).items():
        files[number] = file
    ends, unreachable = [], []
    for port in ports:
        ends.append(End("", port.name, port.mtu))
        if not port.peer_index or port.namespace not in files:
            unreachable.append(port.name)
            continue
        try:
            ends.append(_inside(port, files[port.namespace]))
        except OSError as error:
            if error.errno not in _GONE:
                raise
    return Found(ends, unreachable)


#: What a link or a namespace says that ended since it was listed.
_GONE = (errno.ENODEV, errno.ENXIO, errno.ENOENT)


def changes(ends: Sequence[End], mtu: int) -> List[End]:
    """Those that have another MTU, in the order in which they are to get this one."""
    host = [end for end in ends if not end.namespace]
    pods = [end for end in ends if end.namespace]
    smaller = [end for end in (*pods, *host) if end.mtu > mtu]
    return smaller + [end for end in (*host, *pods) if end.mtu < mtu]


def apply(ends: Sequence[End], mtu: int) -> None:
    """Give each of them this MTU, in this order. Raises OSError naming the end that does not take it."""
    for end in ends:
        try:
            with _entered(end.namespace):
                netns.set_interface_mtu(end.interface, mtu)
        except OSError as error:
            if error.errno not in _GONE:
                raise OSError(error.errno, "%r failed: %s" % (end.command(mtu), error.strerror)) from error


def _ports() -> List[Port]:
    links = _links()
    ours = {link["ifname"] for link in links if link.get("ifalias", "").startswith(attached.OURS)}
    return [
        Port(link["ifname"], link["mtu"], link.get("link_index", 0), link.get("link_netnsid"))
        for link in links
        if link.get("master") in ours
    ]


def _links() -> List[Dict[str, Any]]:
    done = subprocess.run(["ip", "-json", "link", "show"], capture_output=True, check=False)
    if done.returncode != 0:
        raise OSError("'ip -json link show' failed: %s" % done.stderr.decode(errors="replace").strip())
    return [dict(link) for link in json.loads(done.stdout)]


def _inside(port: Port, namespace: str) -> End:
    with _entered(namespace):
        interface = socket.if_indextoname(port.peer_index)
        return End(namespace, interface, netns.interface_mtu(interface))


@contextlib.contextmanager
def _entered(namespace: str) -> Iterator[None]:
    if not namespace:
        yield
        return
    with netns.entered(namespace):
        yield
