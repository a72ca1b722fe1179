# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probe pods where policy is on, which denies pods that it does not know: they are in a set that passes, for a time."""

from __future__ import annotations

from typing import Iterable, List

from ..cni.errors import CniError
from ..kernel import iptables_backend
from ..kernel.command import CommandError, run, which
from ..policy.chains import probes
from ..state.marks import CLOSED


def admit(addresses: Iterable[str], seconds: int) -> None:
    """Have policy let pods with these addresses pass for so long, where there is policy. Raises `CniError`."""
    _tell("add", addresses, " timeout %d" % seconds)


def dismiss(addresses: Iterable[str]) -> None:
    """Have policy forget them. Raises `CniError`."""
    _tell("del", addresses)


def closed() -> List[str]:
    """The address families in which pods are closed here, probe pods too, for the host could not bring policy back."""
    try:
        backend = iptables_backend.chosen()
        return [each for each in iptables_backend.FAMILIES if _has_chain(iptables_backend.listing(backend, each))]
    except CommandError:  # where iptables is not installed or does not work, nothing was closed by it
        return []


def _has_chain(listing: str) -> bool:
    return "\n:%s " % CLOSED in listing


def _tell(verb: str, addresses: Iterable[str], options: str = "") -> None:
    if which("ipset") is None:
        return
    named = [(probes(6 if ":" in address else 4), address) for address in addresses]
    try:
        present = run(["ipset", "list", "-name"]).split()
        lines = ["%s %s %s%s\n" % (verb, name, address, options) for name, address in named if name in present]
        if lines:
            run(["ipset", "-exist", "restore"], "".join(lines))
    except CommandError as error:
        raise CniError(f"policy cannot be told of the probe pod: {error}") from error
