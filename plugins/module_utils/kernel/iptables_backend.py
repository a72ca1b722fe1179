# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the kernel's two packet filters the host's iptables rules live in: ``nft`` (nf_tables) or ``legacy``.

A packet passes both, so rules spread over the two contradict each other in ways that no single listing shows. We stay
where our chains are: what is there would filter on, and nobody would know of it. Before there are any, we go where the
others are: first where kubelet put its mark (KEP-3178; the same marks that kubernetes-sigs/iptables-wrappers looks
for), then where more rules are, then where the command ``iptables`` goes.
"""

from __future__ import annotations

from typing import Dict, NamedTuple, Tuple

from ..state.marks import CHAIN
from .command import CommandError, run, which

NAMES = ("nft", "legacy")
FAMILIES = ("ipv4", "ipv6")
_PROGRAMS = {"ipv4": "iptables", "ipv6": "ip6tables"}
#: Tables that exist in the legacy filter of this namespace; asking iptables-legacy itself would create them.
_LEGACY_TABLES = {"ipv4": "/proc/net/ip_tables_names", "ipv6": "/proc/net/ip6_tables_names"}
_KUBELET_MARKS = (":KUBE-IPTABLES-HINT ", ":KUBE-KUBELET-CANARY ")


class Usage(NamedTuple):
    """How much a backend is in use."""

    kubelet: bool
    #: Rules of all tables and both families.
    rules: int
    #: Whether there are chains of ours.
    own: bool = False

    @property
    def weight(self) -> Tuple[bool, bool, int]:
        """The greater one wins."""
        return self.own, self.kubelet, self.rules


class Choice(NamedTuple):
    """The backend to use, and the other one where chains of ours are in both: '' where they are not."""

    backend: str
    left_behind: str


def program(name: str, family: str, suffix: str = "") -> str:
    """The command of a backend: ``program("nft", "ipv6", "-save")`` is ``ip6tables-nft-save``."""
    named = "%s-%s%s" % (_PROGRAMS[family], name, suffix)
    # A distribution with one backend only may have its commands without the backend in their names.
    return named if which(named) else _PROGRAMS[family] + suffix


_UNUSED = Usage(False, 0)


def chosen() -> str:
    """The backend to use in this network namespace. Raises CommandError where iptables is not installed."""
    return choice().backend


def choice() -> Choice:
    """The backend to use in this network namespace, and where else we are. Raises as ``chosen``."""
    default = _default()
    rival = NAMES[1 - NAMES.index(default)]
    rivals = usage(rival) if which("iptables-" + rival) else _UNUSED
    # The default is the one in use on nearly every host; then there is no need to list its rules, which may be many.
    if rivals == _UNUSED:
        return Choice(default, "")
    defaults = usage(default)
    first, second = (rival, default) if rivals.weight > defaults.weight else (default, rival)
    return Choice(first, second if rivals.own and defaults.own else "")


def usages() -> Dict[str, Usage]:
    """How much each backend that the host has is in use."""
    default = _default()
    return {name: usage(name) for name in NAMES if name == default or which("iptables-" + name)}


def usage(name: str) -> Usage:
    """How much one backend is in use; reading creates nothing."""
    everything = "".join(listing(name, family) for family in FAMILIES)
    rules = sum(1 for line in everything.splitlines() if line.startswith("-A "))
    return Usage(any(mark in everything for mark in _KUBELET_MARKS), rules, "\n:" + CHAIN in everything)


def legacy_tables(family: str) -> str:
    """The names of the legacy tables in this namespace, one a line."""
    try:
        # /proc/net would be the main thread's namespace.
        with open(_LEGACY_TABLES[family].replace("/proc/", "/proc/thread-self/"), encoding="ascii") as tables:
            return tables.read()
    except OSError:  # the kernel has no legacy filter, or not this family
        return ""


def listing(name: str, family: str) -> str:
    """All tables of a family as ``iptables-save`` prints them; reading creates none."""
    if name == "legacy" and not legacy_tables(family):  # iptables-legacy-save fails where the kernel lacks it
        return ""
    try:
        return run([program(name, family, "-save")])
    except CommandError:
        if family == "ipv6":  # a host booted with ipv6.disable=1 has nothing there
            return ""
        raise


def _default() -> str:
    return "nft" if "nf_tables" in run(["iptables", "--version"]) else "legacy"
