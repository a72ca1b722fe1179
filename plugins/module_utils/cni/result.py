# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an ADD gave a pod: "Section 5: Result Types" of the CNI specification, in the shape of 0.3.0 and newer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Tuple

from .errors import CniError


@dataclass(frozen=True)
class Attachment:
    """A pod's share of a result: ``addresses`` in CIDR form and their ``gateways`` (empty where none), same order."""

    addresses: Tuple[str, ...]
    gateways: Tuple[str, ...]
    #: Interface names inside the pod.
    interfaces: Tuple[str, ...]


def parse(result: Any, file: str) -> Attachment:
    """The pod's addresses out of the last plugin's decoded result; ``file`` is for messages.

    An address that belongs to an interface of the host (its interface has no ``sandbox``) is not the pod's. 1.0.0
    dropped the field ``version`` of an address; the address itself tells.
    """
    if not isinstance(result, dict) or not isinstance(result.get("ips"), list):
        raise CniError(
            f"the CNI plugins of {file} gave no list 'ips' in their result: {result!r}",
            file=file,
        )
    interfaces = result.get("interfaces") or []
    entries = [entry for entry in result["ips"] if _is_pods(entry, interfaces)]
    if not entries:
        raise CniError(
            f"the CNI plugins of {file} gave the pod no address: does a plugin there have an 'ipam'?",
            file=file,
        )
    return Attachment(
        addresses=tuple(entry["address"] for entry in entries),
        gateways=tuple(entry.get("gateway", "") for entry in entries),
        interfaces=tuple(interface["name"] for interface in interfaces if interface.get("sandbox")),
    )


def _is_pods(entry: Mapping[str, Any], interfaces: List[Dict[str, Any]]) -> bool:
    index = entry.get("interface")
    if index is None or not 0 <= index < len(interfaces):
        return True
    return bool(interfaces[index].get("sandbox"))
