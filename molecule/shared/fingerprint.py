"""What a host's network and our files look like, in lines that a test can compare and a person can read."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from testinfra.host import Host

#: Counters, ages and statistics are left out: only what somebody configured may show.
COMMANDS = (
    # Numbers are given anew at each boot. Pods come and go by themselves, and with them the bridge's carrier.
    (
        "ip -o link show | grep -v veth | sed -E 's/^[0-9]+: //; s/@if[0-9]+//; s/<[^>]*>//; s/(qlen|state) [^ ]+//g'"
        " | sort"
    ),
    "ip -o -4 address show | sed -E 's/^[0-9]+: //' | sort",
    # Those that come and go by themselves say nothing: of routers' advertisements, of pods, and the bridge's link-local
    # one, which is there with its first port. The others are there while the kernel still asks whether they are free.
    ("ip -o -6 address show | grep -v 'veth\\|dynamic\\|cni0 .*fe80:' | sed -E 's/^[0-9]+: //; s/ tentative//' | sort"),
    "ip -4 route show table all | sed 's/ linkdown//'",
    "ip -6 route show table all | sed 's/ linkdown//' | grep -v 'fe80\\|ff00\\|anycast'",
    "ip -4 rule show; ip -6 rule show",
    "ip neigh show nud permanent | sort",
    "bridge fdb show | grep -v '^33:33\\|^01:00:5e\\|veth' | sort",
    # Tables without a rule are as good as tables that were never used.
    (
        "for each in iptables ip6tables iptables-legacy ip6tables-legacy; do echo $each; $each-save 2>/dev/null"
        " | grep -v '^[#*]\\|^COMMIT\\|^:[A-Z]* ACCEPT' | sed -E 's/\\[[0-9]+:[0-9]+\\]//'; done"
    ),
    "if command -v ipset >/dev/null; then ipset save | sed 's/ initval .*//' | sort; fi",
    "sysctl -a -r '^net' | grep -v '/veth\\|[.]veth\\|nf_conntrack_count' | sort",
    # What packages bring besides, and what differs from boot to boot, says nothing.
    (
        "find /etc /usr/local /opt \\( -type f -o -type l \\) -not -name machine-id -not -name mtab "
        "-not -name ld.so.cache -not -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum 2>/dev/null"
    ),
    "find /run /var/lib /var/cache -name '*podnet*' -not -path '/run/systemd/*' | sort",
    "systemctl list-unit-files 'podnet*' --no-legend; systemctl --failed --no-legend",
)


def fingerprint(host: Host) -> list[str]:
    """Lines that stay equal as long as nobody changes the host's network or our files on it."""
    return host.run(
        "\n".join(f"echo '== {index}'\n{command}" for index, command in enumerate(COMMANDS))
    ).stdout.splitlines()


def fingerprints(hosts: Mapping[str, Host]) -> dict[str, list[str]]:
    """The fingerprint of each host by name."""
    return {name: fingerprint(host) for name, host in hosts.items()}


def differences(before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> list[str]:
    """What is no longer and what is new on which host, in lines; empty if nothing differs."""
    return [
        f"{name}: {line}"
        for name in before
        for line in difflib.unified_diff(before[name], after[name], lineterm="", n=0)
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
