# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel modules for the pod network: loaded now and at boot, noted where it is us who load them, and taken out again.

A module that is loaded does nothing until somebody makes a link of its kind, and to unload it would delete everybody's
links of that kind; so it stays. But br_netfilter has packets of all bridges pass iptables from the moment it is there,
and nobody holds it: that one goes with us, if it came with us.
"""

from __future__ import annotations

import contextlib
import os
from typing import List, NamedTuple, Optional

from ..kernel import modules
from ..kernel.command import CommandError
from .files import replace

#: What works by merely being there, and where it is told to do nothing.
_EFFECTS = {
    "br_netfilter": ["/proc/sys/net/bridge/bridge-nf-call-%s" % each for each in ("iptables", "ip6tables", "arptables")]
}


class Places(NamedTuple):
    """``boot``: what systemd-modules-load reads; ``record``: the modules that were not there before us."""

    boot: str = "/etc/modules-load.d/podnet.conf"
    record: str = "/etc/podnet/modules"


class Outcome(NamedTuple):
    """The boot's list as it was and as it is, and the modules that were loaded, unloaded, or could not be unloaded."""

    before: Optional[str]
    after: Optional[str]
    loaded: List[str]
    unloaded: List[str]
    warnings: List[str]

    @property
    def changed(self) -> bool:
        return self.before != self.after or bool(self.loaded or self.unloaded or self.warnings)


def have(names: List[str], check: bool, places: Optional[Places] = None) -> Outcome:
    """Load those of ``names`` that are not there, and have all of them loaded at boot.

    Raises CommandError with modprobe's own words, or OSError. ``check`` says what would be done.
    """
    places = places or Places()
    before, after = _text(places.boot), "".join(name + "\n" for name in names)
    missing = [name for name in names if modules.availability(name) != modules.PRESENT]
    if not check:
        noted = _noted(places)
        new = [name for name in missing if name not in noted]
        if new:  # written ahead: of two that were to be loaded one may fail
            _write(places.record, "".join(name + "\n" for name in noted + new))
        if before != after:
            _write(places.boot, after)
        for name in missing:
            modules.load(name)
    return Outcome(before, after, missing, [], [])


def remove(check: bool, places: Optional[Places] = None) -> Outcome:
    """Load none at boot any more, and unload what we loaded and what would work on; where it must stay, switch it off.

    Raises OSError.
    """
    places = places or Places()
    before = _text(places.boot)
    ours = [name for name in _noted(places) if name in _EFFECTS and modules.is_loaded(name)]
    unloaded, warnings = list(ours), []
    if not check:
        for name in ours:
            try:
                modules.unload(name)
            except CommandError as error:
                unloaded.remove(name)
                warnings += _switched_off(name, error)
        for path in (places.boot, places.record):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
    return Outcome(before, None, [], unloaded, warnings)


def _switched_off(name: str, error: CommandError) -> List[str]:
    for path in _EFFECTS[name]:
        with contextlib.suppress(FileNotFoundError), open(path, "r+", encoding="ascii") as setting:
            setting.write("0\n")
    return ["%s was loaded by us and stays loaded, switched off by its sysctls: %s" % (name, error)]


def _noted(places: Places) -> List[str]:
    return (_text(places.record) or "").split()


def _text(path: str) -> Optional[str]:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _write(path: str, content: str) -> None:
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    replace(path, [content])
