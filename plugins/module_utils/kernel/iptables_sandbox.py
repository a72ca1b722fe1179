# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules in the form in which iptables itself lists them, got by loading them where they filter nothing."""

from __future__ import annotations

from itertools import groupby
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from ..state.change import Key
from ..state.errors import Problem
from . import iptables_backend
from .command import CommandError, run
from .iptables_text import Table, complaint, parse, referenced_sets, targets
from .namespace import in_empty_namespace

Rules = Mapping[Key, Sequence[str]]


#: So often a table is loaded to find its bad rules one by one; at 15 ms each, a boot can wait for that.
_PATIENCE = 500


def normal_form(
    backend: str, rules: Rules, own_prefix: str, sift: bool = False
) -> Tuple[Dict[Key, List[str]], List[Problem]]:
    """The rules of each chain as ``backend`` lists them, and for each chain that is refused its first bad rule.

    They are loaded into an empty network namespace, so the kernel's checks are the host's own while nothing on the host
    changes. What they refer to is there, but empty: ipsets, and chains whose names start with ``own_prefix``.

    ``sift``: of a table that is refused have all bad rules named and the others listed, instead of none.
    """
    return in_empty_namespace(lambda: _normal_form(backend, rules, own_prefix, sift))


def _normal_form(backend: str, rules: Rules, own_prefix: str, sift: bool) -> Tuple[Dict[Key, List[str]], List[Problem]]:
    _create_sets(rules)
    listed: Dict[Key, List[str]] = {}
    problems: List[Problem] = []
    for (family, table), keys in groupby(sorted(rules), key=lambda key: key[:2]):
        chains = {key[2]: list(rules[key]) for key in keys}
        sandbox = _Sandbox(backend, family, table, chains, own_prefix)
        good: Optional[Mapping[str, Sequence[str]]] = chains
        if sandbox.refusal(chains) is not None:
            good, bad = sandbox.sifted() if sift else (None, sandbox.problems())
            problems += bad
        if good is not None:
            present = sandbox.listing()
            listed.update({(family, table, chain): present.chains[chain] for chain in good})
    return listed, problems


def _create_sets(rules: Rules) -> None:
    # The kernel takes a rule for any kind of set of its address family; only the name has to be there.
    family_of = {name: key[0] for key, each in rules.items() for name in referenced_sets(each)}
    if family_of:
        create = "create %s hash:ip family %s\n"
        families = {"ipv4": "inet", "ipv6": "inet6"}
        run(["ipset", "restore"], "".join(create % (name, families[family]) for name, family in family_of.items()))


class _Sandbox:
    """One table of one family in the empty namespace."""

    def __init__(self, backend: str, family: str, table: str, chains: Mapping[str, List[str]], own_prefix: str) -> None:
        self._backend, self._family, self._table, self._chains = backend, family, table, chains
        jumps = {target for rules in chains.values() for rule in rules for target in targets(rule)}
        self._declared = sorted(set(chains) | {target for target in jumps if target.startswith(own_prefix)})
        self._loads = 0

    def refusal(self, chains: Mapping[str, Sequence[str]]) -> Optional[str]:
        """Load the rules in place of those loaded before; why iptables refuses them, or None."""
        self._loads += 1
        lines = ["*" + self._table] + [":%s - [0:0]" % chain for chain in self._declared]
        lines += ["-A %s %s" % (chain, rule) for chain, rules in chains.items() for rule in rules]
        try:
            run([self._program("-restore"), "--noflush", "-w", "60"], "\n".join(lines + ["COMMIT", ""]))
        except CommandError as error:
            return complaint(error.said)
        return None

    def listing(self) -> Table:
        return parse(run([self._program("-save"), "-t", self._table]))[self._table]

    def problems(self) -> List[Problem]:
        """The first bad rule of each chain that has one; the whole table where no single rule is to blame."""
        found = [problem for chain in self._chains for problem in self._first_bad_rule(chain)]
        if found:
            return found
        return [self._whole(self._chains)]

    def sifted(self) -> Tuple[Optional[Mapping[str, Sequence[str]]], List[Problem]]:
        """The good rules of each chain, which are loaded then, and the bad ones; None where the table takes none."""
        problems: List[Problem] = []
        places = [(chain, index) for chain, rules in self._chains.items() for index in range(len(rules))]
        good = self._good(places, problems) if self.refusal({}) is None else []
        rules: Dict[str, List[str]] = {chain: [] for chain in self._chains}
        rules.update(self._rules(good))
        if self.refusal(rules) is None:
            return rules, problems
        return None, [*problems, self._whole(rules)]

    def _good(self, places: List[Tuple[str, int]], problems: List[Problem]) -> List[Tuple[str, int]]:
        """Of the rules at ``places`` those that are not refused, by halving what is refused."""
        reason = self.refusal(self._rules(places))
        if reason is None:
            return places
        if len(places) > 1 and self._loads < _PATIENCE:
            middle = len(places) // 2
            return self._good(places[:middle], problems) + self._good(places[middle:], problems)
        chain, index = places[0]
        path = "iptables[%s %s %s].rules[%d]" % (self._family, self._table, chain, index)
        more = " (as are some of the %d rules after it)" % (len(places) - 1) if len(places) > 1 else ""
        problems.append(Problem(path, self._chains[chain][index], "is refused by iptables%s: %s" % (more, reason)))
        return []

    def _rules(self, places: Sequence[Tuple[str, int]]) -> Dict[str, List[str]]:
        return {
            chain: [self._chains[chain][index] for _chain, index in group]
            for chain, group in groupby(places, key=lambda place: place[0])
        }

    def _whole(self, chains: Mapping[str, Sequence[str]]) -> Problem:
        reason = "is refused by iptables: %s" % self.refusal(chains)
        return Problem("iptables[%s %s]" % (self._family, self._table), sorted(chains), reason)

    def _first_bad_rule(self, chain: str) -> List[Problem]:
        """By bisection: not every refusal of iptables names the line it is about."""
        rules = self._chains[chain]
        if self.refusal({chain: rules}) is None:
            return []
        good, bad = 0, len(rules)
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self.refusal({chain: rules[:middle]}) is None else (good, middle)
        path = "iptables[%s %s %s].rules[%d]" % (self._family, self._table, chain, bad - 1)
        return [Problem(path, rules[bad - 1], "is refused by iptables: %s" % self.refusal({chain: rules[:bad]}))]

    def _program(self, suffix: str) -> str:
        return iptables_backend.program(self._backend, self._family, suffix)
