# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host is like before we touch it. Reads only, and needs nothing but the system's own tools."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Sequence, Set

from ..frr.plan import Uses
from ..kernel import iptables_backend, ipv6
from ..kernel.command import run, which
from ..kernel.modules import availability

#: Programs that put their hands on links, routes and packet filters.
SERVICES = ("firewalld", "ufw", "docker", "systemd-networkd", "NetworkManager")
_UFW_CONFIG = "/etc/ufw/ufw.conf"
_FIREWALLD_CONFIG = "/etc/firewalld/firewalld.conf"
_UDP = ("/proc/net/udp", "/proc/net/udp6")
_IPV6_LINKS = "/proc/sys/net/ipv6/conf"


@dataclass
class Machine:
    """One reading of a host.

    ``links`` is what ``ip -d address`` says, by name; ``routes`` those inside the pods' networks; ``documents`` the
    names of what the engine keeps there; ``speakers`` who has BGP's port and is not the host's FRR; ``frr`` what that
    is used for beside ours; ``modules`` kernel modules by availability; ``services`` whether each of SERVICES is
    active; ``backends`` how much each iptables backend is in use (empty: iptables is not installed).
    """

    systemd: bool = True
    links: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    routes: List[Dict[str, Any]] = field(default_factory=list)
    documents: Sequence[str] = ()
    #: Links by which the kernel itself learned an IPv6 default route, or is told to although it forwards.
    advertised_links: Sequence[str] = ()
    udp_ports: Set[int] = field(default_factory=set)
    speakers: Sequence[str] = ()
    frr: Uses = field(default_factory=lambda: Uses((), ()))
    modules: Dict[str, str] = field(default_factory=dict)
    #: The setting for which a link made here would take no IPv6 address, if there is one.
    without_ipv6: str = ""
    services: Dict[str, bool] = field(default_factory=dict)
    firewalld_backend: str = ""
    backend: str = ""
    backends: Dict[str, iptables_backend.Usage] = field(default_factory=dict)

    def mixed_backends(self) -> str:
        """What to warn of where rules are in both backends; empty where they are not."""
        rules = {name: usage.rules for name, usage in self.backends.items() if usage.rules}
        if len(rules) < 2:
            return ""
        counts = " and ".join("%d of %s" % (count, name) for name, count in rules.items())
        return (
            "there are iptables rules of both backends (%s); a packet has to pass all of them. Ours go to %s. Let all "
            "programs use one backend, and reboot" % (counts, self.backend)
        )


def read(
    networks: Sequence[str], modules: Sequence[str], documents: Sequence[str] = (), speakers: Sequence[str] = ()
) -> Machine:
    """Look at this host: routes inside ``networks`` (CIDR), and the kernel's ``modules``. The others are passed on.

    Raises CommandError where iproute2 is missing or fails.
    """
    machine = Machine(
        systemd=os.path.isdir("/run/systemd/system"),
        links={link["ifname"]: link for link in _ip("-d", "address")},
        routes=[route for network in networks for route in _routes(network)],
        documents=documents,
        advertised_links=_advertised_links() if any(":" in network for network in networks) else [],
        udp_ports=_udp_ports(),
        speakers=speakers,
        modules={name: availability(name) for name in modules},
        without_ipv6=ipv6.withheld(),
    )
    machine.services = _services() if machine.systemd else dict.fromkeys(SERVICES, False)
    machine.firewalld_backend = _firewalld_backend() if machine.services["firewalld"] else ""
    if which("iptables"):
        machine.backend = iptables_backend.chosen()
        machine.backends = iptables_backend.usages()
    return machine


def _ip(*arguments: str) -> List[Dict[str, Any]]:
    # An empty object stands for what was left out of the listing.
    return [found for found in json.loads(run(["ip", "-j", *arguments]) or "[]") if found]


def _routes(network: str) -> List[Dict[str, Any]]:
    return _ip("-6" if ":" in network else "-4", "route", "show", "table", "main", "root", network)


def _advertised_links() -> List[str]:
    """A host that forwards takes router advertisements only where ``accept_ra`` is 2 (kernel documentation, ip-sysctl).

    Where another program takes them, the kernel's is 0.
    """
    if not os.path.isdir(_IPV6_LINKS):
        return []
    learned = {route.get("dev") for route in _ip("-6", "route", "show", "default", "proto", "ra")}
    found = []
    for name in sorted(set(os.listdir(_IPV6_LINKS)) - {"all", "default"}):
        with open(os.path.join(_IPV6_LINKS, name, "accept_ra"), encoding="ascii") as file:
            accepts = file.read().strip()
        if accepts == "2" or (accepts == "1" and name in learned):
            found.append(name)
    return found


def _udp_ports() -> Set[int]:
    ports = set()
    for path in _UDP:
        if os.path.exists(path):
            with open(path, encoding="ascii") as table:
                ports |= {int(line.split()[1].rpartition(":")[2], 16) for line in table.readlines()[1:]}
    return ports


def _services() -> Dict[str, bool]:
    """Which of SERVICES are active. ``systemctl show`` succeeds for units that do not exist, too."""
    units = [name + ".service" for name in SERVICES]
    states = run(["systemctl", "show", "--property=ActiveState", *units]).split()
    active = {name: state == "ActiveState=active" for name, state in zip(SERVICES, states)}
    active["ufw"] = active["ufw"] and _ufw()  # its unit is active even while ufw is switched off
    return active


def _ufw() -> bool:
    return "yes" in _settings(_UFW_CONFIG).get("ENABLED", "").lower()


def _firewalld_backend() -> str:
    return _settings(_FIREWALLD_CONFIG).get("FirewallBackend", "nftables")


def _settings(path: str) -> Mapping[str, str]:
    """The ``NAME=VALUE`` lines of a file."""
    try:
        with open(path, encoding="utf-8") as file:
            pairs = [line.partition("=") for line in file if not line.startswith("#")]
    except OSError:
        return {}
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}
