"""What podman leaves in iptables is taken away; what is anyone else's stays."""

from __future__ import annotations

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
