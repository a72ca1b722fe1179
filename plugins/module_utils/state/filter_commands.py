# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of sysctls and packet filters as the ``sysctl``, ``ipset`` and ``iptables`` commands of an operator.

The engine itself writes a table in one commit; these commands lead to the same end one after another.
"""

from __future__ import annotations

from shlex import quote
from typing import List

from .change import Change
from .words import line

_IPTABLES = {"ipv4": "iptables", "ipv6": "ip6tables"}


def sysctl(change: Change) -> List[str]:
    """A ``sysctl`` command; one that is left alone has its value as it was."""
    return [line(["sysctl", "-w", "%s=%s" % (change.key[0], (change.after or {}).get("value", ""))])]


def ipset(change: Change) -> List[str]:
    """``ipset`` commands: a set made, filled, changed by its differing entries, or destroyed."""
    name = quote(change.key[0])
    destroy = ["ipset destroy " + name]
    if change.after is None:
        return destroy
    lines: List[str] = []
    had = [] if change.before is None or change.recreate else change.before.get("entries", [])
    if change.before is None or change.recreate:
        create = "ipset create %s %s family %s" % (name, change.after["type"], change.after.get("family", "inet"))
        lines = (destroy if change.before is not None else []) + [create]
    wanted = change.after.get("entries", [])
    lines += ["ipset del %s %s" % (name, _element(entry)) for entry in sorted(set(had) - set(wanted))]
    lines += ["ipset add %s %s" % (name, entry) for entry in sorted(set(wanted) - set(had))]
    return lines


def _element(entry: str) -> str:
    return entry.split()[0]


def chain(change: Change) -> List[str]:
    """``iptables`` commands: the chain filled before the first jump into it, and left by all jumps before it goes."""
    family, table, name = change.key
    tool = "%s -w -t %s" % (_IPTABLES[family], table)
    before, after = change.before or {}, change.after or {}
    had, wanted = before.get("anchors", []), after.get("anchors", [])
    lines = ["%s -D %s -j %s" % (tool, anchor["chain"], name) for anchor in had if anchor not in wanted]
    if change.before is None:
        lines.append("%s -N %s" % (tool, name))
    if change.before is not None and before.get("rules") and before.get("rules") != after.get("rules"):
        lines.append("%s -F %s" % (tool, name))
    if change.after is None:
        return lines + ["%s -X %s" % (tool, name)]
    if before.get("rules") != after.get("rules"):
        lines += ["%s -A %s %s" % (tool, name, rule) for rule in after.get("rules", [])]
    for anchor in wanted:
        if anchor not in had:
            lines.append(
                tool + (" -I %s 1 -j %s" if anchor["position"] == "first" else " -A %s -j %s") % (anchor["chain"], name)
            )
    return lines
