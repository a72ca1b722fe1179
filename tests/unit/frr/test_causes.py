"""Why sessions are down, out of FRR's own words and of what was seen."""

from __future__ import annotations

import re

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.frr.causes import Seen, cause
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.sessions import (
    MISSING,
    Family,
    Session,
    as_result,
    planned,
    sessions,
)

NOTHING = Seen("", False, {})
#: As FRR 8.4 prints them, less what nobody reads.
UP = {
    "remoteAs": 64512,
    "nbrDesc": "node-2",
    "bgpState": "Established",
    "bgpTimerUpEstablishedEpoch": 1795478855,
    "addressFamilyInfo": {"ipv4Unicast": {"acceptedPrefixCounter": 2, "sentPrefixCounter": 1, "prefixAllowedMax": 64}},
    "authenticationEnabled": 1,
    "peerBfdInfo": {"status": "Up"},
    "lastResetDueTo": "No AFI/SAFI activated for peer",
}
DOWN = {"remoteAs": 64512, "nbrDesc": "node-3", "bgpState": "Active", "lastResetDueTo": "Waiting for peer OPEN"}
SIGNED = {**DOWN, "authenticationEnabled": 1}
BAD_AS = {
    **DOWN,
    "bgpState": "Idle",
    "lastErrorCodeSubcode": "0202",
    "lastNotificationReason": "OPEN Message Error/Bad Peer AS",
}


def session(said: dict[str, object], name: str = "198.51.100.13") -> Session:
    (found,) = sessions({name: said})
    return found


def test_a_session_that_is_up() -> None:
    found = session(UP)
    assert (found.peer, found.address, found.interface) == ("node-2", "198.51.100.13", "")
    assert (found.state, found.since, found.bfd) == ("established", 1795478855, "up")
    assert found.families == {"ipv4Unicast": Family(2, 1, 64)}
    assert cause(found, NOTHING) == ""
    assert as_result(found, "")["families"] == {"ipv4Unicast": {"accepted": 2, "sent": 1, "maximum": 64}}


def test_a_session_by_its_interface() -> None:
    found = session({**DOWN, "bgpNeighborAddr": "fe80::1"}, "eth1")
    assert (found.address, found.interface, found.name) == ("fe80::1", "eth1", "eth1")
    assert session({**DOWN, "bgpNeighborAddr": "none"}, "eth1").address == ""


def test_what_is_no_neighbor_is_left_out() -> None:
    assert sessions({"totalPeers": 3, "note": {}}) == []


CONTENT = """
router bgp 64512
 neighbor podnet-nodes-v4 peer-group
 neighbor podnet-nodes-v4 remote-as 64512
 neighbor 198.51.100.13 peer-group podnet-nodes-v4
 neighbor 198.51.100.13 description node-3
 neighbor 198.51.100.14 peer-group podnet-nodes-v4
 neighbor 198.51.100.14 description node-4
 neighbor eth1 interface peer-group podnet-routers-v4
 !
 address-family ipv4 unicast
  neighbor podnet-nodes-v4 activate
 exit-address-family
exit
!
router bgp 65000 vrf others
 neighbor 203.0.113.1 remote-as 65001
exit
"""


def test_only_what_was_planned_is_looked_at_and_all_of_it() -> None:
    """Of others' neighbors nothing, and of ours also the one that FRR has lost."""
    found = planned(sessions({"198.51.100.13": UP, "203.0.113.9": DOWN, "eth1": DOWN}), CONTENT)
    assert [(each.name, each.state) for each in found] == [
        ("198.51.100.13", "established"),
        ("198.51.100.14", MISSING),
        ("eth1", "active"),
    ]
    assert found[1].peer == "node-4"
    assert "podnet.baremetal.site" in cause(found[1], NOTHING)


@pytest.mark.parametrize(
    ("said", "seen", "words"),
    [
        (DOWN, Seen("Destination Host Unreachable", False, {}), "cannot be reached, Destination Host Unreachable"),
        (DOWN, Seen("", True, {}), "connection refused"),
        (DOWN, NOTHING, "does not answer on TCP 179"),
        (BAD_AS, NOTHING, r"wrong ASN.*\(here it is to be 64512\)"),
        (SIGNED, Seen("", False, {"TCPMD5Failure": 3}), r"another password \(TCPMD5Failure rose by 3"),
        (SIGNED, Seen("", False, {"TCPMD5NotFound": 1}), "it has no password"),
        (DOWN, Seen("", False, {"TCPMD5Unexpected": 1}), "there is no password here"),
        (SIGNED, Seen("", False, {"TCPMD5Unexpected": 1}), "does not answer on TCP 179"),
        (DOWN, Seen("", False, {"TCPMD5Failure": 1}), "does not answer on TCP 179"),
        (DOWN, Seen("", False, {"TCPMinTTLDrop": 1}), "TTL security"),
        ({**DOWN, "peerBfdInfo": {"status": "Down"}}, NOTHING, r"BFD is down.*UDP 3784 \(4784 "),
        ({**DOWN, "adminShutDown": True}, NOTHING, "shut down here"),
        (
            {**UP, "bgpState": "Idle", "lastErrorCodeSubcode": "0601"},
            Seen("no answer", False, {}),
            "more prefixes than the maximum of 64",
        ),
        (
            {**DOWN, "lastErrorCodeSubcode": "0602", "lastNotificationReason": "Cease/Administrative Shutdown"},
            NOTHING,
            "notification: Cease/Administrative Shutdown",
        ),
        ({**DOWN, "bgpState": "Idle"}, NOTHING, "Waiting for peer OPEN"),
    ],
)
def test_why_a_session_is_down(said: dict[str, object], seen: Seen, words: str) -> None:
    assert re.search(words, cause(session(said), seen))
