# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is ours in FRR's configuration, and what was there before: kept on the host, for root only."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any, Dict, NamedTuple, Optional, Sequence

from ..host.files import replace
from .errors import FrrError
from .service import State

_FORMAT = 1


class File(NamedTuple):
    """``original`` is what others had in it, None if it was not there; ``written`` the digest of what we made of it."""

    original: Optional[str]
    written: str


class Ledger(NamedTuple):
    """``content`` is what the module was given, with placeholders; ``enabled`` the daemons that we switched on."""

    content: str
    config: File
    daemons: File
    enabled: Sequence[str]
    service: State


def merged(old: Optional[Ledger], new: Ledger) -> Ledger:
    """What is on record while the one takes the place of the other: the lines and daemons of both are ours."""
    if old is None:
        return new
    enabled = tuple(sorted({*old.enabled, *new.enabled}))
    return new._replace(content=old.content + new.content, enabled=enabled)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def read(path: str) -> Optional[Ledger]:
    """None where nothing of ours is on record. Raises FrrError for what is no ledger."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            found: Dict[str, Any] = json.load(file)
        if found.pop("format") != _FORMAT:
            raise ValueError("another format")
        return Ledger(
            found["content"],
            File(**found["config"]),
            File(**found["daemons"]),
            tuple(found["enabled"]),
            State(**found["service"]),
        )
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FrrError("%s cannot be read (%s): remove it, and what is ours in FRR's files" % (path, error)) from None


def write(path: str, ledger: Ledger) -> None:
    content = {
        "format": _FORMAT,
        **ledger._asdict(),
        "config": ledger.config._asdict(),
        "daemons": ledger.daemons._asdict(),
        "service": ledger.service._asdict(),
    }
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    replace(path, [json.dumps(content, indent=1), "\n"], mode=0o600)
