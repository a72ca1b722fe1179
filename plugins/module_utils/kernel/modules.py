# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the kernel has a module, as a loadable file or built in; loading and unloading it."""

from __future__ import annotations

import os

from .command import CommandError, run

PRESENT, LOADABLE, MISSING = "present", "loadable", "missing"

#: What a module brings that is there when it works, for those that /sys/module does not list when they are built in.
_SIGNS = {"br_netfilter": "/proc/sys/net/bridge/bridge-nf-call-iptables"}
_BUILT_IN = "/lib/modules/%s/modules.builtin"


def availability(name: str) -> str:
    """``present`` (loaded or built in), ``loadable``, or ``missing``. Loads nothing."""
    sign = _SIGNS.get(name, "/sys/module/" + name)
    if os.path.exists(sign) or os.path.exists("/sys/module/" + name) or _is_built_in(name):
        return PRESENT
    try:
        run(["modprobe", "--dry-run", "--quiet", name])
    except CommandError:
        return MISSING
    return LOADABLE


def load(name: str) -> None:
    """Load it with all it needs. Raises CommandError with modprobe's own words."""
    run(["modprobe", name])


def is_loaded(name: str) -> bool:
    """Whether it is there as a module: one that is built in never goes."""
    return os.path.exists("/sys/module/%s/initstate" % name)


def unload(name: str) -> None:
    """Unload this one alone. Raises CommandError with rmmod's own words.

    ``modprobe --remove`` would take with br_netfilter the module bridge, which nobody seems to use then, and with that
    all bridges of the host.
    """
    run(["rmmod", name])


def _is_built_in(name: str) -> bool:
    try:
        with open(_BUILT_IN % os.uname().release, encoding="utf-8") as listing:
            # The files' names have '-' where the modules' names have '_', or the other way round.
            return any(os.path.basename(line).rstrip().replace("-", "_") == name + ".ko" for line in listing)
    except OSError:  # a kernel without modules has no such listing
        return False
