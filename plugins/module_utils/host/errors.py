# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong on a host, in words for its operator."""

from __future__ import annotations

import errno
from typing import List, Sequence

from ..state.change import Failure
from ..state.errors import shortened
from ..state.names import describe


class EngineError(Exception):
    """The base of all that the engine raises but ``DocumentError``."""


class LedgerError(EngineError):
    """A ledger that cannot be trusted."""


class LockError(EngineError):
    """Another apply does not come to an end."""


class RefusedError(EngineError):
    """``subject`` (``document vxlan``, ``routes``) asks for what must not or cannot be done. Nothing was changed."""

    def __init__(self, subject: str, reasons: Sequence[str]) -> None:
        self.reasons = list(reasons)
        lines = ["%s cannot be applied, and nothing was changed:" % subject] + shortened(self.reasons)
        super().__init__("\n".join(lines))


class ApplyError(EngineError):
    """Changes failed. ``failures`` are those of the apply, ``left`` those of taking back what it had done.

    ``unread`` says why the host could not be read for that, so that nothing of it was done; '' where it could.
    """

    def __init__(self, subject: str, failures: Sequence[Failure], left: Sequence[Failure], unread: str = "") -> None:
        self.failures = list(failures)
        self.left = list(left)
        self.unread = unread
        lines = ["%s: %d object(s) could not be brought to what is wanted:" % (subject, len(self.failures))]
        lines += shortened(failure_lines(self.failures))
        if unread:
            lines += ["and what had been changed is left half-way, for the host's state cannot be read: %s" % unread]
            lines += ["The next apply takes it up."]
        elif self.left:
            lines += ["and what had been changed could not be taken back entirely; the next apply takes it up:"]
            lines += shortened(failure_lines(self.left))
        else:
            lines += ["all that this run had changed was taken back."]
        super().__init__("\n".join(lines))


def failure_lines(failures: Sequence[Failure]) -> List[str]:
    """Each failure in a line: object, operation, errno and the kernel's or tool's own words."""
    return [failure_line(failure) for failure in failures]


def failure_line(failure: Failure) -> str:
    """``route 10.244.1.0/24: add: ENETUNREACH: Nexthop has invalid gateway``."""
    words = [describe(failure.change.section, failure.change.key), operation(failure)]
    if failure.errno:
        words.append(_NAMES.get(failure.errno, "errno %d" % failure.errno))
    return ": ".join(words + [failure.message])


#: Of two names for one number, Python has the one that no manual page about the network has.
_NAMES = {**errno.errorcode, errno.EOPNOTSUPP: "EOPNOTSUPP"}


def operation(failure: Failure) -> str:
    """What was to be done to the object."""
    if failure.change.after is None:
        return "delete"
    if failure.change.before is None:
        return "add"
    return "recreate" if failure.change.recreate else "change"
