"""All of a network namespace that the engine could touch, as the tools show it."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.kernel.whole import SYSCTLS

#: A new namespace has ip_forward as the machine has it, so that a document may turn it on or find it so.
_WITH_IP_FORWARD = re.compile(r"net\.ipv4\.conf\.[^ ]+\.(forwarding|accept_redirects) ")
#: Of what the kernel counts or does by itself after a while there is nothing in a picture.
_COMMANDS = (
    "ip -o -d link | sed -E 's/^[0-9]+: //; s/ +[a-z_]*timer +[0-9.]+|state [A-Z]+ |NO-CARRIER,|,LOWER_UP//g' | sort",
    "ip -o -d address | sed 's/^[0-9]*: //; s/ tentative//' | grep inet | sort",
    "ip -4 -d route show table all | sed 's/ linkdown//'",
    "ip -6 -d route show table all | grep -v 'dev cni0\\|dev vx0'",
    "ip rule; ip -6 rule",
    "ip neighbor show nud permanent | sort",
    "bridge fdb show | sort",
    "for tool in iptables ip6tables; do $tool-nft-save; done | sed -E 's/\\[[0-9]+:[0-9]+\\]//; /^#/d'",
    "for tool in iptables ip6tables; do $tool-legacy-save; done 2>&1 | sed -E 's/\\[[0-9]+:[0-9]+\\]//; /^#/d'",
    "ipset save | sed -E 's/ (hashsize [0-9]+|initval [0-9a-fx]+)//g' | sort",
    "sysctl -a 2>/dev/null | grep '^net.ipv[46]' | grep -v 'sit0\\|base_reachable\\|stable_secret'",
)


def picture(run: Callable[[str], str]) -> list[str]:
    """The lines of all commands."""
    return [line.rstrip() for line in run("; ".join(f"{{ {each}; }}" for each in _COMMANDS)).splitlines()]


def lost(before: list[str], now: list[str]) -> list[str]:
    """The lines of ``before`` that are not in ``now``, in the same order among more: what others had and have no more.

    Of the sysctls that the documents declare nobody expects that, nor of those that the kernel sets with ip_forward.
    """
    rest = iter(now)
    expected = [line for line in before if not line.startswith(SYSCTLS) and not _WITH_IP_FORWARD.match(line)]
    return [line for line in expected if all(line != other for other in rest)][:1]
