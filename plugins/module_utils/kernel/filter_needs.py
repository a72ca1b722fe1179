# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kernel lacks for rules and sets, by module: found by trying each in an empty network namespace.

The names of modules say less: what is built in may be listed nowhere, and a module that is there may be blocked.
"""

from __future__ import annotations

import os
from typing import Any, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence

from . import iptables_backend
from .command import CommandError, run, which
from .iptables_text import complaint
from .namespace import in_empty_namespace

_SET = "podnet-needed"
#: Of what may stand in a rule: the module that has it, and a rule that is hardly more than that.
_RULES = {
    "-m bpf ": ("xt_bpf", '-m bpf --bytecode "1,6 0 0 0"'),
    "-m comment ": ("xt_comment", "-m comment --comment podnet"),
    "-m conntrack ": ("xt_conntrack", "-m conntrack --ctstate NEW"),
    "-m mark ": ("xt_mark", "-m mark --mark 0x1"),
    "-m multiport ": ("xt_multiport", "-p tcp -m multiport --dports 1,2"),
    "-m sctp ": ("xt_sctp", "-p sctp -m sctp --dport 1"),
    "-m set ": ("xt_set", "-m set --match-set %s src" % _SET),
    "-j MARK ": ("xt_mark", "-j MARK --set-xmark 0x1/0x1"),
    "-j SET ": ("xt_set", "-j SET --map-set %s src --map-mark" % _SET),
}
_INET = {"ipv4": "inet", "ipv6": "inet6"}


class Lack(NamedTuple):
    """``module`` is not there: ``said`` has a tool's words when it was asked for ``what``."""

    module: str
    what: str
    said: str

    def __str__(self) -> str:
        return (
            "%s: this kernel (%s) does without module %s: %s; install the package with its further modules, or boot a "
            "kernel with %s" % (self.what, os.uname().release, self.module, self.said, self.module)
        )


def lacking(document: Mapping[str, Any]) -> List[Lack]:
    """What the document's sets and rules need and the kernel has not. Nothing on the host changes.

    Nothing is known where the tools are not installed. Raises OSError without CAP_SYS_ADMIN.
    """
    if not which("ipset") or not which("iptables"):
        return []
    found: Dict[str, Lack] = {}
    for lack in [
        *_of_sets(document.get("ipsets", ())),
        *_of_rules(document.get("iptables", ()), iptables_backend.chosen()),
    ]:
        found.setdefault(lack.module, lack)
    return list(found.values())


def _of_sets(sets: Iterable[Mapping[str, Any]]) -> Iterator[Lack]:
    kinds = {_words(each): each["type"] for each in sets}
    if _sets_refused(kinds) is not None:
        for words, kind in kinds.items():
            said = _sets_refused([words])
            if said is not None:
                yield Lack("ip_set_" + kind.replace(":", "_").replace(",", ""), "ipset of type %s" % kind, said)


def _words(given: Mapping[str, Any]) -> str:
    options = ["skbinfo"] if given.get("skbinfo") else []
    options += ["timeout %d" % given["timeout"]] if "timeout" in given else []
    return " ".join([given["type"], "family", given["family"], *options])


def _sets_refused(kinds: Iterable[str]) -> Optional[str]:
    create = "".join("create %s-%d %s\n" % (_SET, number, words) for number, words in enumerate(kinds))
    return in_empty_namespace(lambda: _refusal(["ipset", "restore"], create))


def _of_rules(chains: Sequence[Mapping[str, Any]], backend: str) -> Iterator[Lack]:
    for family in sorted({each["family"] for each in chains}):
        text = "\n".join(rule for each in chains if each["family"] == family for rule in each["rules"])
        needed = [need for words, need in _RULES.items() if words in text]
        if _rules_refused(backend, family, [rule for _module, rule in needed]) is not None:
            for module, rule in needed:
                said = _rules_refused(backend, family, [rule])
                if said is not None:
                    yield Lack(module, "rule %s (%s)" % (rule, family), said)


def _rules_refused(backend: str, family: str, rules: Sequence[str]) -> Optional[str]:
    lines = ["*mangle", *("-A FORWARD " + rule for rule in rules), "COMMIT", ""]
    restore = [iptables_backend.program(backend, family, "-restore"), "-w", "60"]
    create = "create %s hash:ip family %s\n" % (_SET, _INET[family]) if any(_SET in rule for rule in rules) else ""

    def refusal() -> Optional[str]:
        if create:
            _refusal(["ipset", "restore"], create)
        return _refusal(restore, "\n".join(lines))

    return in_empty_namespace(refusal)


def _refusal(command: List[str], stdin: str) -> Optional[str]:
    try:
        run(command, stdin)
    except CommandError as error:
        return complaint(error.said)
    return None
