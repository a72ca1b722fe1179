"""What podman leaves in iptables is taken away; what is anyone else's stays. Settings of the machine come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import underlay
from lab.underlay import removals

RULES = """\
-P FORWARD ACCEPT
-N NETAVARK_FORWARD
-N NETAVARK-MASQ
-N SOMEONE
-A FORWARD -m comment --comment "netavark firewall plugin rules" -j NETAVARK_FORWARD
-A FORWARD -i eth0 -j SOMEONE
-A NETAVARK_FORWARD -j NETAVARK-MASQ
-A SOMEONE -j RETURN
"""


def test_jumps_go_before_the_chains_and_nothing_else_goes() -> None:
    assert removals(RULES) == [
        ["-D", "FORWARD", "-m", "comment", "--comment", "netavark firewall plugin rules", "-j", "NETAVARK_FORWARD"],
        ["-D", "NETAVARK_FORWARD", "-j", "NETAVARK-MASQ"],
        ["-F", "NETAVARK_FORWARD"],
        ["-F", "NETAVARK-MASQ"],
        ["-X", "NETAVARK_FORWARD"],
        ["-X", "NETAVARK-MASQ"],
    ]


def test_a_table_without_podman_is_left_alone() -> None:
    assert removals("-P INPUT ACCEPT\n-A INPUT -j ACCEPT\n") == []


def test_settings_are_kept_once_and_those_asked_for_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forwards, filters = tmp_path / "ipv4/ip_forward", tmp_path / "bridge/bridge-nf-call-iptables"
    for path in (forwards, filters):
        path.parent.mkdir()
        path.write_text("0\n" if path == forwards else "1\n")
    monkeypatch.setattr(underlay, "SYSCTLS", tmp_path)
    monkeypatch.setattr(underlay, "BEFORE", tmp_path / "before.json")
    underlay.save_settings()
    forwards.write_text("1")
    filters.write_text("0")
    underlay.save_settings()
    underlay.restore_settings(underlay.PACKET_FILTERS_IN_BRIDGES)
    assert (forwards.read_text(), filters.read_text()) == ("1", "1")
    underlay.restore_settings(underlay.TURNED_ON_BY_PODMAN)
    assert forwards.read_text() == "0"


def test_nothing_was_kept_so_nothing_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(underlay, "BEFORE", tmp_path / "before.json")
    underlay.restore_settings(underlay.TURNED_ON_BY_PODMAN)
