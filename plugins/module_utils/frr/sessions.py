# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGP sessions out of the answer to ``show bgp neighbors json``. Pure."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .text import lines

#: A notification's code and subcode (RFC 4271, RFC 4486).
BAD_PEER_AS, MAXIMUM_PREFIXES = "0202", "0601"
#: The state of a neighbor that FRR should have and knows nothing of.
MISSING = "missing"

_NEIGHBOR = re.compile(r"neighbor (\S+) (.+)")


class Family(NamedTuple):
    """Prefixes of one address family: ``accepted`` of the neighbor's, ``sent`` to it, ``maximum`` (0: none)."""

    accepted: int
    sent: int
    maximum: int


class Session(NamedTuple):
    """One neighbor. Of ``address`` and ``interface``, the one that it is not known by may be ''.

    ``peer`` is its description, ``remote_as`` 0 where any is accepted and it has not said its own; ``state`` is that of
    RFC 4271 in lower case, or :data:`MISSING`; ``since`` the Unix time at which the session was established, or None;
    ``authenticated`` whether it has a password; ``bfd`` ``up``, ``down``, ``unknown`` or '' without BFD; ``error`` what
    ended it last and ``notification`` the code and subcode of the last notification, '' where there was none.
    """

    peer: str
    address: str
    interface: str
    remote_as: int
    state: str
    since: Optional[int]
    families: Mapping[str, Family]
    authenticated: bool
    bfd: str
    error: str
    notification: str
    shut_down: bool
    too_many: bool

    @property
    def established(self) -> bool:
        return self.state == "established"

    @property
    def name(self) -> str:
        """The neighbor, as FRR's commands take it."""
        return self.interface or self.address


def sessions(answer: Mapping[str, Any]) -> List[Session]:
    """All of them, as FRR lists them."""
    return [_session(name, said) for name, said in answer.items() if isinstance(said, dict) and "bgpState" in said]


def planned(found: Sequence[Session], content: str) -> List[Session]:
    """Those with the neighbors that a configuration of FRR names, and of others nothing.

    One that FRR does not have at all is among them, as :data:`MISSING`.
    """
    by_name = {session.name: session for session in found}
    return [
        by_name.get(name) or _session(name, {"bgpState": MISSING, "nbrDesc": peer})
        for name, peer in _neighbors(content)
    ]


def _neighbors(content: str) -> Iterator[Tuple[str, str]]:
    """Each neighbor with its description. Groups are none, nor are the neighbors of another VRF."""
    descriptions: Dict[str, str] = {}
    groups = set()
    for line in lines(content):
        match = _NEIGHBOR.fullmatch(line.text)
        if match and len(line.context) == 1 and re.fullmatch(r"router bgp \d+", line.context[0]):
            name, setting = match.groups()
            descriptions.setdefault(name, "")
            if setting == "peer-group":
                groups.add(name)
            elif setting.startswith("description "):
                descriptions[name] = setting.partition(" ")[2]
    return ((name, text) for name, text in descriptions.items() if name not in groups)


def _session(name: str, said: Mapping[str, Any]) -> Session:
    by_address = _is_address(name)
    notification = str(said.get("lastErrorCodeSubcode", ""))
    families = {family: _family(its) for family, its in said.get("addressFamilyInfo", {}).items()}
    return Session(
        peer=str(said.get("nbrDesc", "")),
        address=name if by_address else str(said.get("bgpNeighborAddr", "")).replace("none", ""),
        interface="" if by_address else name,
        remote_as=int(said.get("remoteAs", 0)),
        state=str(said["bgpState"]).lower(),
        since=said.get("bgpTimerUpEstablishedEpoch"),
        families=families,
        authenticated=bool(said.get("authenticationEnabled")),
        bfd=str(said.get("peerBfdInfo", {}).get("status", "")).lower(),
        error=str(said.get("lastNotificationReason") or said.get("lastResetDueTo", "")),
        notification=notification,
        shut_down=bool(said.get("adminShutDown")),
        too_many=bool(said.get("prefixesConfigExceedMax")) or notification == MAXIMUM_PREFIXES,
    )


def _family(said: Mapping[str, Any]) -> Family:
    return Family(
        int(said.get("acceptedPrefixCounter", 0)),
        int(said.get("sentPrefixCounter", 0)),
        int(said.get("prefixAllowedMax", 0)),
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def as_result(session: Session, cause: str) -> Dict[str, Any]:
    """What the module ``bgp_info`` returns of a session. ``cause`` is why it is not established."""
    return {
        "peer": session.peer,
        "address": session.address,
        "interface": session.interface,
        "remote_as": session.remote_as,
        "state": session.state,
        "since": session.since,
        "families": {name: family._asdict() for name, family in session.families.items()},
        "bfd": session.bfd,
        "last_error": session.error,
        "cause": cause,
    }
