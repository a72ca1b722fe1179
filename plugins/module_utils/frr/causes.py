# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a session is not established, as far as the host can know. Pure."""

from __future__ import annotations

from typing import Mapping, NamedTuple

from .sessions import BAD_PEER_AS, MISSING, Session


class Seen(NamedTuple):
    """What was seen of a neighbor in a few seconds.

    ``unreachable`` is the error of reaching it at all, ``refused`` whether nobody took the connection; both only where
    that can be seen from here. ``rises`` are counters of ``/proc/net/netstat`` that went up, and by how much.
    """

    unreachable: str
    refused: bool
    rises: Mapping[str, int]


#: What segments with a signature (RFC 2385) were counted as, and what that says of the neighbor's password.
_SIGNATURES = {
    "TCPMD5Failure": "signs with another password",
    "TCPMD5NotFound": "does not sign what it sends: it has no password",
    "TCPMD5Unexpected": "signs what it sends, and there is no password here",
}


def cause(session: Session, seen: Seen) -> str:
    """In words; '' for one that is established."""
    if session.established:
        return ""
    if session.state == MISSING:
        return "FRR here has lost this neighbor from its configuration; podnet.baremetal.site gives it back"
    if session.shut_down:
        return "it is shut down here ('neighbor %s shutdown')" % session.name
    if session.too_many:
        return "the peer announced more prefixes than the maximum of %s" % _maximum(session)
    return _on_the_way(session, seen) or _in_bgp(session)


def _maximum(session: Session) -> str:
    return (
        " or ".join(sorted({str(family.maximum) for family in session.families.values() if family.maximum})) or "here"
    )


def _on_the_way(session: Session, seen: Seen) -> str:
    if seen.unreachable:
        return "the peer cannot be reached, %s" % seen.unreachable
    if seen.refused:
        return "connection refused: no BGP runs there, or a firewall rejects TCP 179"
    for counter, meaning in _SIGNATURES.items():
        if counter in seen.rises and session.authenticated == (counter != "TCPMD5Unexpected"):
            count = "%s rose by %d while the session was tried" % (counter, seen.rises[counter])
            return "wrong password: the peer %s (%s)" % (meaning, count)
    if "TCPMinTTLDrop" in seen.rises:
        return "TTL security: packets come from too far away, or the peer has no ttl-security (TCPMinTTLDrop rose)"
    return ""


def _in_bgp(session: Session) -> str:
    if session.bfd == "down":
        ports = "UDP 3784 (4784 where the peer may be several hops away, or has TTL security)"
        return "BFD is down: the link or the peer failed, or a firewall drops %s" % ports
    if session.notification == BAD_PEER_AS:
        return "wrong ASN: one of the two expects another than the other has (here it is to be %d)" % session.remote_as
    if session.notification:
        return "ended by a notification: %s" % session.error
    if session.state in ("connect", "active"):
        return "the peer does not answer on TCP 179: no BGP runs there, or a firewall drops it"
    return session.error or "no reason is known"
