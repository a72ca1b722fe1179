# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a configuration on a host, have FRR do as it says, and take both back where FRR does not."""

from __future__ import annotations

import os
import time
from typing import Callable, List, NamedTuple, Optional, Sequence, Set

from . import daemons as daemon_file
from . import ledger
from .disk import Disk, read
from .errors import FrrError
from .ledger import Ledger, merged
from .paths import Paths
from .plan import Files, Plan, Wish, absent, present, strangers, without_frr
from .secrets import Secrets
from .service import Service, State
from .vtysh import Vtysh

#: Seconds that daemons have to start and to read their configuration.
_PATIENCE = 15


class Outcome(NamedTuple):
    """``drift`` are the commands by which the daemons come to do as the files say that already are right.

    ``routes`` are the destinations of those that FRR has left in the kernel, and that go.
    """

    before: Files
    after: Files
    drift: Sequence[str]
    service_before: State
    service_after: State
    joined: bool
    routes: Sequence[str] = ()

    @property
    def changed(self) -> bool:
        told = bool(self.drift) or bool(self.routes)
        return told or self.before != self.after or self.service_before != self.service_after


class _Host(NamedTuple):
    """As it is. ``former`` is how its service was before this run and before tasks that belong to it.

    ``awaited``: FRR is one that was not there before us, and nothing of ours is on record for it yet.
    """

    files: Files
    service: State
    ledger: Optional[Ledger]
    awaited: bool

    @property
    def former(self) -> State:
        return State() if self.awaited else self.service


class Installer:
    """FRR on this host. All methods raise FrrError and OSError; a failed change is taken back first."""

    def __init__(self, paths: Paths, vtysh: Vtysh, service: Service) -> None:
        self._paths = paths
        self._disk = Disk(paths)
        self._vtysh = vtysh
        self._service = service

    def await_frr(self, check: bool) -> bool:
        """Put on record that FRR is not there yet, so that its service has no state worth going back to.

        Whether that is news: it is none where FRR is there, or was once and has a record.
        """
        news = not (self._vtysh.there() or self._disk.awaited or os.path.exists(self._paths.ledger))
        if news and not check:
            self._disk.await_frr()
        return news

    def bring(self, wish: Wish, secrets: Secrets, check: bool) -> Outcome:
        """Our configuration, in the files and in the daemons."""
        host = self._look()
        plan = present(wish, secrets, host.files, host.ledger, _forwarding(), host.former)
        installed = self._vtysh.installed()
        if not installed and not check:
            raise FrrError("FRR is not installed: install the packages frr and frr-pythontools")
        drift: List[str] = []
        if installed:
            self._vtysh.validate(plan.after.config or "")
            if host.files == plan.after and host.service.active:
                drift = self._vtysh.differences(plan.after.config or "")
        outcome = Outcome(host.files, plan.after, drift, host.service, State(True, True), not plan.alone)
        if outcome.changed and not check:
            self._change(host, plan, wish.daemons)
        return outcome

    def take_away(self, check: bool) -> Outcome:
        """What is not ours, in the files and in the daemons, and the service as it was.

        Where FRR does not run and knew nothing but ours, the routes that it has left in the kernel go, too.
        """
        host = self._look()
        if host.ledger:
            plan, former = absent(host.files, host.ledger), host.ledger.service
        else:
            plan, former = Plan(host.files, True, None), host.former
        if not self._vtysh.there():
            plan = plan._replace(after=without_frr(host.files, plan.after))
        after = State(host.service.active and former.active, host.service.enabled and former.enabled)
        # What is switched on and was told nothing lays no routes.
        others = strangers(plan.after._replace(daemons=None), ())
        left = self._service.routes() if host.ledger and not others and not host.service.active else []
        if not check:
            self._service.forget_routes(left)
            self._leave(host, after, plan)
        return Outcome(host.files, plan.after, [], host.service, after, not plan.alone, left)

    def _look(self) -> _Host:
        kept = ledger.read(self._paths.ledger)
        return _Host(self._disk.files(), self._service.state(), kept, self._disk.awaited and kept is None)

    def _change(self, host: _Host, plan: Plan, daemons: Sequence[str]) -> None:
        self._keep(merged(host.ledger, plan.ledger) if plan.ledger else None)
        try:
            begun = self._carry_out(host, plan)
            self._verify(plan.after.config or "", daemons, _PATIENCE if begun else 0)
        except (FrrError, OSError) as error:
            try:
                self._go_back(host, plan)
            except (FrrError, OSError) as second:
                raise FrrError("%s\nand what was there before could not be put back: %s" % (error, second)) from None
            raise FrrError("%s\nThe configuration of before is in place again." % error) from None
        self._keep(plan.ledger)
        self._disk.await_no_more()

    def _carry_out(self, host: _Host, plan: Plan) -> bool:
        """Whether daemons were started, which then take some time to read their configuration."""
        other_daemons = daemon_file.switches(host.files.daemons, plan.after.daemons)
        if other_daemons and host.service.active and not plan.alone:
            # It has frr-reload write what it does to a log, so the file must not hold our passwords yet.
            kept = self._vtysh.with_the_hosts(host.files.config or "")
            self._put(host.files._replace(config=kept, daemons=plan.after.daemons))
            self._service.change("reload")
        self._put(plan.after)
        if not host.service.active:
            self._service.change("start")
        elif other_daemons and plan.alone:
            self._service.change("restart")
        else:
            self._vtysh.reload(plan.after.config or "")
        if not host.service.enabled:
            self._service.change("enable")
        return other_daemons or not host.service.active

    def _go_back(self, host: _Host, plan: Plan) -> None:
        other_daemons = daemon_file.switches(host.files.daemons, plan.after.daemons)
        if other_daemons and host.former.active and not plan.alone:
            # As on the way there: what the service's reload finds to do, it writes to a log.
            self._vtysh.reload(host.files.config or "")
        self._put(host.files)
        if not host.former.active:
            self._service.change("stop")
        elif other_daemons:
            self._service.change("restart" if plan.alone else "reload")
        else:
            self._vtysh.reload(host.files.config or "")
        if not host.former.enabled:
            self._service.change("disable")
        self._keep(host.ledger)

    def _leave(self, host: _Host, after: State, plan: Plan) -> None:
        active = host.service.active
        self._put(plan.after._replace(daemons=host.files.daemons))
        if active and host.ledger:
            self._vtysh.reload(plan.after.config or "")  # its routes go with it
        self._put(plan.after)
        if active and not after.active:
            self._service.change("stop")
        elif active and daemon_file.switches(host.files.daemons, plan.after.daemons):
            self._service.change("restart" if plan.alone else "reload")
        if host.service.enabled and not after.enabled:
            self._service.change("disable")
        self._keep(None)
        self._disk.await_no_more()

    def _verify(self, text: str, daemons: Sequence[str], patience: float) -> None:
        """That all daemons run and have been told what the text says."""
        missing = _until_none(lambda: sorted(set(daemons) - set(self._vtysh.answering())), patience)
        if missing:
            raise FrrError("%s does not run; see journalctl -u frr" % ", ".join(missing))
        left = _until_none(lambda: self._vtysh.differences(text), patience)
        if left:
            raise FrrError(
                "FRR took the configuration and has another one now; it would take these commands to make them alike, "
                "time and again. Write lines as vtysh -c 'show running-config' prints them:\n%s" % "\n".join(left)
            )

    def _put(self, files: Files) -> None:
        if self._disk.put(files):
            self._service.forget_files()

    def _keep(self, kept: Optional[Ledger]) -> None:
        if kept is not None:
            ledger.write(self._paths.ledger, kept)
        elif os.path.exists(self._paths.ledger):
            os.unlink(self._paths.ledger)


def _until_none(found: Callable[[], List[str]], seconds: float) -> List[str]:
    """Ask again for so long until there is nothing left; what is left then."""
    end = time.monotonic() + seconds
    while True:
        left = found()
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.3)


def _forwarding() -> Set[str]:
    """What the kernel forwards, in FRR's words."""
    switches = {"ip": "net/ipv4/ip_forward", "ipv6": "net/ipv6/conf/all/forwarding"}
    return {word for word, name in switches.items() if (read("/proc/sys/" + name) or "").strip() == "1"}
