# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file ``/etc/frr/daemons``: which of FRR's daemons run, and how."""

from __future__ import annotations

import re
from typing import Iterable, Optional, Set

#: Seconds that zebra, when it starts, leaves routes of before in the kernel for the daemons to claim them.
KEPT = 120
_OPTION = " -K %d" % KEPT
_SWITCH = re.compile(r"(\w+)=[\"']?(\w*)[\"']?$")
_ZEBRA_OPTIONS = re.compile(r"(zebra_options=\"[^\"]*)(\")")
#: They run whatever the file says.
_ALWAYS = {"watchfrr", "zebra", "staticd", "mgmtd"}


def enabled(text: str) -> Set[str]:
    """The daemons that are switched on, other than those that always are."""
    found = (_SWITCH.match(line.strip()) for line in text.splitlines())
    on = {match.group(1) for match in found if match and match.group(2) not in ("no", "0", "")}
    return {name for name in on if name.endswith("d")} - _ALWAYS


def switches(before: Optional[str], after: Optional[str]) -> bool:
    """Whether between the two files a daemon goes on or off, which takes a restart.

    How daemons are called is left to their next start: a restart costs packets where the old file keeps no routes.
    """
    return enabled(before or "") != enabled(after or "")


def with_enabled(text: str, names: Iterable[str]) -> str:
    """The file with these daemons switched on as well."""
    for name in names:
        text = _switched(text, name, "yes")
    return text


def without_enabled(text: str, names: Iterable[str]) -> str:
    for name in names:
        text = _switched(text, name, "no")
    return text


def _switched(text: str, name: str, value: str) -> str:
    wanted = "%s=%s" % (name, value)
    changed, count = re.subn(r"(?m)^\s*%s=.*$" % re.escape(name), wanted, text)
    return changed if count else "%s\n%s\n" % (text.rstrip("\n"), wanted)


def keeping_routes(text: str) -> str:
    """The file with zebra leaving routes where they are when it starts. One that says how long already stays so."""
    if re.search(r"(?m)^\s*zebra_options=.*\s(-K|--graceful_restart)\b", text):
        return text
    changed, count = _ZEBRA_OPTIONS.subn(lambda match: match.group(1) + _OPTION + match.group(2), text, count=1)
    return changed if count else '%s\nzebra_options="%s"\n' % (text.rstrip("\n"), _OPTION.strip())


def without_keeping(text: str) -> str:
    return text.replace(_OPTION, "")
