# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods closed, where the host keeps policy and cannot bring it back: rather no packet than any.

What is forwarded from or to the pods' bridge is dropped then, in each address family for itself. That asks as little as
possible of host and kernel: no ledger, no set, and no match that is a module. The node itself reaches its pods and is
reached by them, for that does not pass FORWARD.
"""

from __future__ import annotations

from functools import partial
from typing import Callable, List, NamedTuple, Optional, Sequence

from ..kernel import iptables
from ..kernel import namespace as namespaces
from ..kernel.command import CommandError
from ..state.change import Attributes, Change, Key, State
from ..state.marks import CLOSED
from . import ledger, policy_tables
from .engine import READ_ERRORS, Outcome
from .errors import EngineError, LedgerError, failure_lines
from .paths import Paths

_FAMILIES = ("ipv4", "ipv6")
_ENTRY = "PODNET-POLICY"
_ANCHORS = [{"chain": "FORWARD", "position": "first"}]
#: The document that has the pods' bridge, and what that is called where the document is lost as well.
_BRIDGES, _BRIDGE = "bridge", "cni0"


class _Policy(NamedTuple):
    """What is known of the policy that the host keeps."""

    document: State  # empty where its ledger is damaged
    namespace: str
    families: List[str]


def after_restore(paths: Paths, outcome: Outcome, say: Callable[[str], None]) -> List[str]:
    """Close pods where this restore could not make policy, and open them where it stands again.

    For whoever holds the lock: an apply keeps its document before the kernel has it. Returns what is to be complained
    of: that pods are closed, or why they could not be.
    """
    policy = _policy(paths)
    if policy is None:
        return []
    whole = not outcome.warnings and not outcome.failures
    rules = [] if policy_tables.opens_unrestored(paths) else _rules(paths)
    complaints = []
    for family in policy.families:
        settle = partial(_settle, policy, family, whole, rules, say)
        try:
            complaints += namespaces.within(policy.namespace, settle)
        except READ_ERRORS as error:
            complaints.append("policy cannot be made, and pods cannot be closed for it (%s): %s" % (family, error))
    return complaints


def state() -> List[str]:
    """Where pods are closed, in words."""
    return [_said(family) for family in _FAMILIES if _closed(family) is not None]


def lift(check: bool = False) -> List[Change]:
    """Open pods again, for policy was applied or taken off. Raises ``EngineError``."""
    found = {family: _closed(family) for family in _FAMILIES}
    changes = [Change("iptables", _key(family), each, None) for family, each in found.items() if each is not None]
    failures = [] if check else iptables.apply(changes)
    if failures:
        raise EngineError("pods are still closed: %s" % failure_lines(failures)[0])
    return changes


def _policy(paths: Paths) -> Optional[_Policy]:
    try:
        kept = ledger.load(paths.ledgers, policy_tables.NAME)
    except LedgerError:
        return _Policy({}, "", list(_FAMILIES))
    if kept is None:
        return None
    return _Policy(kept.document, kept.namespace, sorted({key[0] for key in kept.document.get("iptables", ())}))


def _settle(policy: _Policy, family: str, whole: bool, rules: List[str], say: Callable[[str], None]) -> List[str]:
    stands = whole or _stands(policy, family)
    before, after = _closed(family), None if stands or not rules else {"rules": rules, "anchors": _ANCHORS}
    if before == after:
        return []
    failures = iptables.apply([Change("iptables", _key(family), before, after)])
    if failures:
        raise CommandError(["iptables"], failures[0].message)
    if after is None:
        say("pods are no longer closed for want of policy (%s)" % family)
    return [_said(family)] if after else []


def _stands(policy: _Policy, family: str) -> bool:
    """Whether the kernel has all chains with all that they forbid, and the jump to them.

    Where the ledger is damaged, the entry has to do.
    """
    wanted = {key: each for key, each in policy.document.get("iptables", {}).items() if key[0] == family}
    present = iptables.read(wanted or {(family, "mangle", _ENTRY): {}})
    if not wanted:
        return any(each["rules"] and each["anchors"] for each in present.values())
    # Not their words, for iptables may list a rule in others than it was given.
    return all(
        key in present
        and _restricting(present[key]["rules"]) == _restricting(each.get("rules", ()))
        and present[key]["anchors"] == list(each.get("anchors", ()))
        for key, each in wanted.items()
    )


def _restricting(rules: Sequence[str]) -> int:
    """How many rules there are without which more would pass. With an allowance less, less passes: that is closed."""
    return sum(not rule.endswith("-j RETURN") for rule in rules)


def _closed(family: str) -> Optional[Attributes]:
    """The chain, where it is there."""
    try:
        return iptables.read({_key(family): {"anchors": _ANCHORS}}).get(_key(family))
    except CommandError:  # without the tool, or the family, nothing was closed by it
        return None


def _key(family: str) -> Key:
    return family, "mangle", CLOSED


def _rules(paths: Paths) -> List[str]:
    return [rule % bridge for bridge in _bridges(paths) for rule in ("-i %s -j DROP", "-o %s -j DROP")]


def _bridges(paths: Paths) -> List[str]:
    try:
        kept = ledger.load(paths.ledgers, _BRIDGES)
    except LedgerError:
        kept = None
    links = kept.document.get("links", {}) if kept else {}
    return [key[0] for key, each in links.items() if each.get("type") == "bridge"] or [_BRIDGE]


def _said(family: str) -> str:
    return (
        "policy cannot be made, so pods are closed (%s): what is forwarded from or to them is dropped, by chain %s of "
        "table mangle; mend what hinders policy, or run podnet.baremetal.policy" % (family, CLOSED)
    )
