# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's tables as its document ``policy``: sets that are named by what they hold, and chains in table mangle.

What the chains are is on one page: docs/architecture.md, "Policy". Why: docs/decisions/0012-policy-chains.md.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Sequence, Tuple

from . import chains, class_chains, marks
from .chains import Direction
from .marks import Chains, Mask
from .members import named
from .table import HASH_IP, AddressSet, Class, Table

ALLOW, DENY = "allow", "deny"
#: Without these, packets between two pods of one node pass no chain (kernel documentation, networking/bridge).
_BRIDGE_CALLS = {4: "net.bridge.bridge-nf-call-iptables", 6: "net.bridge.bridge-nf-call-ip6tables"}
#: Seconds that an entry in a set of probe pods stays, where it is added without saying so.
_PROBES_STAY = 300


class Settings(NamedTuple):
    """What of enforcing policy is a node's own."""

    unseen: str = DENY  # ALLOW or DENY: what of pods that policy has not seen yet
    mark_mask: int = 0x0FFF0000  # the bits of a packet's mark that are ours
    bridge: str = "cni0"  # what the node's pods are attached to


def document(tables: Iterable[Table], settings: Settings) -> Dict[str, Any]:
    """What enforces ``tables``, one a family, on their node. A family of which the node has no pod subnet is closed.

    Raises ``ValueError`` for settings that cannot be, and where a node has more classes than the mask has numbers for,
    with the role's variable.
    """
    if settings.unseen not in (ALLOW, DENY):
        raise ValueError("policy_unseen_pods: %r is neither %s nor %s" % (settings.unseen, ALLOW, DENY))
    mask = marks.mask(settings.mark_mask)
    sysctls: List[Dict[str, Any]] = []
    ipsets: List[Dict[str, Any]] = []
    iptables: List[Dict[str, Any]] = []
    for table in sorted(tables, key=lambda each: each.family):
        sysctls.append({"name": _BRIDGE_CALLS[table.family], "value": "1"})
        sets, rules = _of_family(table, settings, mask)
        ipsets += sets
        iptables += [_chain(table.family, name, rules[name]) for name in sorted(rules)]
    return {"version": 1, "sysctls": sysctls, "ipsets": ipsets, "iptables": iptables}


def without_ipv6(made: Mapping[str, Any]) -> Dict[str, Any]:
    """The same document for a kernel that has no IPv6, so that its tools would refuse what is said of it."""
    return {
        **made,
        "sysctls": [each for each in made["sysctls"] if each["name"] != _BRIDGE_CALLS[6]],
        "ipsets": [each for each in made["ipsets"] if each["family"] != "inet6"],
        "iptables": [each for each in made["iptables"] if each["family"] != "ipv6"],
    }


def _of_family(table: Table, settings: Settings, mask: Mask) -> Tuple[List[Dict[str, Any]], Chains]:
    """The sets of one table, and its chains."""
    family = table.family
    if not table.subnets:
        return [], {chains.ENTRY: chains.closed(family, settings.bridge)}
    free = _own_set("free", family, table.free)
    found: Chains = {chains.ENTRY: chains.entry(table, free.name, settings.bridge, mask)}
    sets = [_ipset(free, family)]
    for direction, classes in ((chains.EGRESS, table.egress), (chains.INGRESS, table.ingress)):
        targets, pods = _numbered(direction, classes, table, found)
        tree, branches = marks.tree(mask, targets, direction.prefix)
        found.update(branches)
        marked = ["%s skbmark %s" % (pod, mask.mark(number)) for pod, number in pods.items()]
        mapping = _own_set(direction.classes, family, marked)
        sets.append({**_ipset(mapping, family), "skbinfo": True})
        found[direction.chain] = chains.policed(direction, family, mapping.name, settings.unseen == DENY, mask, tree)
    used = {allow.peers for each in (*table.ingress, *table.egress) for allow in each.allows or () if allow.peers}
    sets += [_ipset(table.sets[name], family) for name in sorted(used)]
    probes = AddressSet(chains.probes(family), HASH_IP, ())
    return [*sets, {**_ipset(probes, family), "timeout": _PROBES_STAY}], found


def _numbered(
    direction: Direction, classes: Iterable[Class], table: Table, found: Chains
) -> Tuple[List[str], Dict[str, int]]:
    """Where the classes lead, from number 1, and their pods' numbers. Their chains are put into ``found``.

    Classes that say the same are one, and their order does not depend on who is in them.
    """
    pods_of: Dict[str, List[str]] = {}
    for each in classes:
        target = "-j RETURN"
        if each.allows is not None:
            rules = class_chains.rules(direction, each.allows, table.sets)
            chain = class_chains.name(direction, rules)
            found[chain] = rules
            target = "-g " + chain
        pods_of.setdefault(target, []).extend(each.pods)
    targets = sorted(pods_of)
    return targets, {pod: number for number, target in enumerate(targets, 1) for pod in pods_of[target]}


def _own_set(what: str, family: int, entries: Sequence[str]) -> AddressSet:
    """A set of ours that no policy speaks of, with a name that says what for."""
    total = named(HASH_IP, family, tuple(sorted(entries)))
    return total._replace(name=total.name.replace("podnet-", "podnet-%s-v%d-" % (what, family), 1))


def _ipset(held: AddressSet, family: int) -> Dict[str, Any]:
    inet = "inet" if family == 4 else "inet6"
    return {"name": held.name, "type": held.type, "family": inet, "entries": list(held.entries)}


def _chain(family: int, name: str, rules: List[str]) -> Dict[str, Any]:
    chain: Dict[str, Any] = {"family": "ipv%d" % family, "table": "mangle", "chain": name, "rules": rules}
    if name == chains.ENTRY:
        chain["anchors"] = [{"chain": "FORWARD", "position": "first"}]
    return chain
