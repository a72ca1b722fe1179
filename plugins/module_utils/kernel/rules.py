# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that choose a routing table: linux/fib_rules.h, ip-rule(8). Ours carry our routing protocol number.

A rule is found by its priority and the packets it is for. The kernel changes no rule, but may have several in one
place: the new one is added before the old one is deleted.
"""

from __future__ import annotations

import errno
from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple

from ..state.change import Attributes, Change, Failure, Key
from ..state.marks import PROTOCOL
from ..state.names import describe
from ..state.rows import KEEP
from ..state.rule_rows import RULE_KEY, action_of, looks_same
from .batch import submit
from .devices import Devices
from .everything import distinct
from .netlink import CREATE, EXCL, Netlink, Request
from .rule_messages import FAMILIES, HEAD, decoded, encoded

_NEW, _DEL, _GET = 32, 33, 34
#: What the kernel does not look at when it is told to delete a rule (``rule_find``).
_OVERLOOKED = ("not", "goto")

_Rule = Tuple[Key, Attributes]


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """What of the rules ``(family, priority, not, from, …)`` exists now.

    Of several in one place it is the first of the wanted protocol, or else the first; ``surplus`` are the others of the
    same protocol, as a run leaves them that ends between addition and deletion.
    """
    found: Dict[Key, Attributes] = {}
    for key, rule in _dump(sorted({key[0] for key in wanted})):
        if key not in wanted or "foreign" in rule:  # what it has more makes it another rule
            continue
        protocol = wanted[key].get("protocol", PROTOCOL)
        if key not in found or (rule["protocol"] == protocol != found[key]["protocol"]):
            found[key] = rule
        elif rule["protocol"] == protocol:
            found[key].setdefault("surplus", []).append(rule)
    return found


def read_all() -> Dict[Key, Attributes]:
    """All rules of IPv4 and IPv6; see ``everything.distinct`` for their keys."""
    return distinct(_dump(FAMILIES))


def _dump(families: Iterable[str]) -> List[_Rule]:
    with Netlink() as netlink:
        return [
            decoded(message)
            for family in families
            for message in netlink.dump(_GET, HEAD.pack(FAMILIES[family], 0, 0, 0, 0, 0, 0, 0, 0))
        ]


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes. A rule is deleted only where the kernel would delete that and no other one."""
    # A deletion takes the first rule that has what it names, and perhaps more; so those that name most come first.
    ordered = sorted(changes, key=lambda one: 0 if one.before is None else -len(_named(one.key, one.before)))
    failures = _mistaken(ordered)
    spared = {failure.change.key for failure in failures}
    return failures + submit([change for change in ordered if change.key not in spared], _requests)


def _requests(change: Change, _devices: Devices) -> List[Request]:
    before = change.before
    surplus = [] if before is None else before.get("surplus", [])
    requests = [Request(_DEL, 0, encoded(change.key, rule)) for rule in surplus]
    if change.after is not None:
        alike = before is not None and looks_same(before, change.after)
        requests.append(Request(_NEW, CREATE if alike else CREATE | EXCL, encoded(change.key, change.after)))
    if before is not None:
        requests.append(Request(_DEL, 0, encoded(change.key, before)))
    return requests


def _mistaken(changes: Sequence[Change]) -> List[Failure]:
    """The changes whose deletion would hit another rule of the same priority."""
    going = [change for change in changes if change.before is not None]
    here = _dump(sorted({change.key[0] for change in going}))
    failures = []
    for change in going:
        before = change.before or {}
        for rule in [*before.get("surplus", []), before]:
            theirs = next((each for each in here if _would_go(each, change.key, rule)), None)
            own = (change.key, {name: value for name, value in rule.items() if name != "surplus"})
            if theirs in (None, own):
                here = [each for each in here if each is not theirs]
                continue
            failures.append(Failure(change, errno.EEXIST, _reason(theirs or own)))
            break
    return failures


def _would_go(rule: _Rule, key: Key, named: Mapping[str, Any]) -> bool:
    has = _named(rule[0], rule[1])
    return all(has.get(name) == value for name, value in _named(key, named).items() if name not in _OVERLOOKED)


def _named(key: Key, rule: Mapping[str, Any]) -> Dict[str, Any]:
    """What of a rule is more than the absence of something."""
    whole = {**dict(zip(RULE_KEY, key)), **rule, "action": action_of(rule)}
    nothing = {"surplus": whole.get("surplus"), "tos": 0, "protocol": 0}
    return {
        name: value
        for name, value in whole.items()
        if value is not None and value is not False and nothing.get(name, KEEP) != value
    }


def _reason(other: _Rule) -> str:
    return "the kernel would delete another rule in its place, %s with %s; give one of the two another priority" % (
        describe("rules", other[0]),
        " ".join("%s %s" % item for item in sorted(other[1].items())),
    )
