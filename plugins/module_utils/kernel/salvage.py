# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be brought back of sets and chains where the tools refuse some of it, or cannot try it: for a boot.

After an upgrade a kernel may refuse a rule that another took. Then all but this rule is made: a chain without a rule
that allows something keeps the one that drops the rest, and other chains have nothing to do with it. Where nothing can
be tried, because no network namespace can be made to try it in, all is taken as it is written.
"""

from __future__ import annotations

import re
from typing import Dict, List, Mapping, Set

from ..state.change import Attributes, Key, State
from ..state.errors import DocumentError, Problem
from . import ipset, iptables
from .command import CommandError
from .iptables_text import referenced_sets

Objects = Mapping[Key, Attributes]
#: More lines than this of one boot help nobody; the rest is counted.
_SHOWN = 20
_SET = re.compile(r"ipsets\[(.*?)\]")


def spelt(wanted: State, present: State, said: List[str]) -> State:
    """As ``world.canonical``, but for what the tools refuse: that is left out, and ``said`` takes what and why."""
    whole = dict(wanted)
    if "ipsets" in wanted and "ipsets" in present:
        whole["ipsets"] = _sets(wanted["ipsets"], present["ipsets"], said)
    if "iptables" in wanted and "iptables" in present:
        lost = {name for (name,) in wanted.get("ipsets", {}).keys() - whole.get("ipsets", {}).keys()}
        lost -= {name for (name,) in present.get("ipsets", {})}
        chains = _without_rules_of(lost, wanted["iptables"], said) if lost else wanted["iptables"]
        whole["iptables"] = _chains(chains, present["iptables"], said)
    return whole


def _sets(wanted: Objects, present: Objects, said: List[str]) -> Dict[Key, Attributes]:
    problems: List[Problem] = []
    left = dict(wanted)
    while True:
        try:
            sets = ipset.canonical(left, present)
        except DocumentError as error:
            refused = _refused(left, present, error.problems)
            if refused:
                problems += error.problems
                left = {key: attributes for key, attributes in left.items() if key not in refused}
                continue
            said.append(_unproven("sets", error))
        except (OSError, CommandError) as error:
            said.append(_unproven("sets", error))
        else:
            said += _left_out(problems)
            return sets
        said += _left_out(problems)
        return {key: dict(each, entries=sorted(set(each["entries"]))) for key, each in left.items()}


def _refused(wanted: Objects, present: Objects, problems: List[Problem]) -> Set[Key]:
    """The sets that the problems are about; where a kernel lacks a type, all that would have to be made of it."""
    refused: Set[Key] = set()
    for problem in problems:
        found = _SET.match(problem.path)
        key = (found.group(1),) if found else ()
        if key in wanted:
            kind = wanted[key]["type"]
            refused.add(key)
            if problem.value == kind:
                refused |= {each for each in wanted if wanted[each]["type"] == kind and each not in present}
    return refused


def _without_rules_of(lost: Set[str], wanted: Objects, said: List[str]) -> Dict[Key, Attributes]:
    left: Dict[Key, Attributes] = {}
    problems: List[Problem] = []
    for key, attributes in wanted.items():
        rules = []
        for index, rule in enumerate(attributes["rules"]):
            missed = lost.intersection(referenced_sets([rule]))
            if missed:
                path = "iptables[%s %s %s].rules[%d]" % (*key, index)
                problems.append(Problem(path, rule, "speaks of set %s" % ", ".join(sorted(missed))))
            else:
                rules.append(rule)
        left[key] = dict(attributes, rules=rules)
    said += _left_out(problems)
    return left


def _chains(wanted: Objects, present: Objects, said: List[str]) -> Dict[Key, Attributes]:
    problems: List[Problem] = []
    try:
        chains = iptables.canonical(wanted, present, problems)
    except (OSError, CommandError) as error:
        said.append(_unproven("chains", error))
        return iptables.as_written(wanted, present)
    said += _left_out(problems)
    return chains


def _unproven(what: str, error: Exception) -> str:
    return "%s are taken as they are written, for they cannot be tried: %s" % (what, error)


def _left_out(problems: List[Problem]) -> List[str]:
    lines = ["left out: " + str(problem) for problem in problems[:_SHOWN]]
    return lines + (["left out: %d more" % (len(problems) - _SHOWN)] if len(problems) > _SHOWN else [])
