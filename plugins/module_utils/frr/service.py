# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FRR's service under systemd."""

from __future__ import annotations

import contextlib
import json
from typing import List, NamedTuple, Sequence

from ..kernel.command import CommandError, run
from .errors import FrrError
from .paths import programs

_UNIT = "frr.service"
#: Where its daemons keep their numbers.
_RUN = "/run/frr"
#: Seconds that watchfrr has to end.
_PATIENCE = 10
#: Everywhere, for which `ip` has a word that does not tell the family.
_DEFAULT = {"-4": "0.0.0.0/0", "-6": "::/0"}


class State(NamedTuple):
    """Whether it runs now, and whether it is started at boot."""

    active: bool = False
    enabled: bool = False


class Service:
    """The service ``frr``. Everything but ``state`` raises FrrError with the words of systemd or `ip`."""

    def state(self) -> State:
        try:
            said = run(["systemctl", "show", "--property=ActiveState,UnitFileState", _UNIT]).splitlines()
        except CommandError:
            return State()
        return State("ActiveState=active" in said, "UnitFileState=enabled" in said)

    def change(self, verb: str) -> None:
        """``start``, ``stop``, ``restart``, ``reload``, ``enable`` or ``disable`` it."""
        if verb in ("start", "restart"):
            # Or systemd refuses a fourth start within three minutes. There is nothing to reset before the first.
            with contextlib.suppress(FrrError):
                self._systemctl("reset-failed", _UNIT)
        self._systemctl("--quiet", verb, _UNIT)

    def forget_files(self) -> None:
        """Have systemd read what it is told about services again."""
        self._systemctl("daemon-reload")

    def routes(self) -> List[str]:
        """Where the kernel has routes of BGP to. They outlive a zebra that was killed, as :func:`drop_in` has it."""
        found: List[str] = []
        for family, default in _DEFAULT.items():
            routes = json.loads(_said("ip", family, "-json", "route", "show", "proto", "bgp") or "[]")
            found += [default if route["dst"] == "default" else route["dst"] for route in routes]
        return found

    def forget_routes(self, destinations: Sequence[str]) -> None:
        """One by one: `ip route flush` names a route's next hop object and its gateway, which the kernel refuses."""
        for destination in destinations:
            _said("ip", "route", "delete", destination, "proto", "bgp")

    @staticmethod
    def _systemctl(*words: str) -> None:
        _said("systemctl", *words)


def _said(*command: str) -> str:
    try:
        return run(command)
    except CommandError as error:
        raise FrrError(str(error)) from None


def drop_in() -> str:
    """What has routes stay in the kernel while FRR is stopped or restarted.

    bgpd that is asked to end withdraws all of its routes, graceful restart or not. With zebra gone before it nobody
    carries that out; and zebra leaves them, when it starts, to be claimed (see :data:`daemons.KEPT`). watchfrr ends
    first, for it would start zebra again. bfdd ends after bgpd: it says goodbye to neighbors, who would take that for
    the end of a host that has not hung up before.
    """
    ends = _ends(_RUN, _PATIENCE)
    return (
        "# Written by podnet.baremetal: packets go on while FRR restarts.\n"
        "[Service]\n"
        "ExecStop=\n"
        "ExecStop=-/bin/sh -c '%s'\n"
        "ExecStop=%s/frrinit.sh stop\n" % (ends.replace("$", "$$"), programs())
    )


def _ends(run_folder: str, patience: int) -> str:
    """The shell's commands, without a single quote: watchfrr ends, whatever it says to that, then zebra, then bgpd."""
    return (
        "gone() { n=0; while kill -0 $1 2>/dev/null && [ $n -lt %d ]; do sleep 0.1; n=$((n + 1)); done; "
        "! kill -0 $1 2>/dev/null; }; "
        "if p=$(cat %s/watchfrr.pid) && kill -INT $p && ! gone $p; then kill -KILL $p; "
        'echo "watchfrr did not end within %d s and was killed, or it would start zebra again" >&2; fi; '
        "kill -KILL $(cat %s/zebra.pid); "
        "if p=$(cat %s/bgpd.pid) && kill -TERM $p; then gone $p || :; fi"
    ) % (10 * patience, run_folder, patience, run_folder, run_folder)
