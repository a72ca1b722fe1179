# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables that policy's document was made of, beside its ledger: whoever repairs it has to know what it forbids."""

from __future__ import annotations

import contextlib
import json
import os
from hashlib import sha256
from typing import Any, Iterable, List, Mapping

from ..policy.table import Table, from_json
from ..state.change import State
from . import files, lock
from .errors import EngineError
from .paths import Paths

#: The name of policy's document.
NAME = "policy"
ALLOW, DENY = "allow", "deny"
#: No ledger is called so, and what a killed run left half-written beside the ledgers any run clears away.
_FILE = NAME + ".tables"
_FORMAT = 1


def keep(paths: Paths, document: Mapping[str, Any], tables: str, unrestored: str = DENY) -> None:
    """Have ``tables``, a JSON list of ``Table.as_json()``, kept as those of ``document``. Raises ``EngineError``.

    ``unrestored``: what pods may do where the document cannot be restored, ``DENY`` or ``ALLOW``.
    """
    names = [each["name"] for each in document.get("ipsets", ())]
    names += [each["chain"] for each in document.get("iptables", ())]
    head = '{"format": %d, "of": "%s", "unrestored": "%s"' % (_FORMAT, _identity(names), unrestored)
    text = '%s,\n"tables": %s}\n' % (head, tables)
    try:
        if _text(paths) != text:
            with lock.exclusive(paths.lock):
                os.makedirs(paths.ledgers, mode=0o755, exist_ok=True)
                files.replace(_path(paths), [text])
                files.sync(paths.ledgers)
    except OSError as error:
        raise EngineError("what policy forbids cannot be kept in %s: %s" % (paths.ledgers, error)) from error


def options(unrestored: str, ends_connections: bool) -> List[str]:
    """What the host is to do by itself, in lines, for no document says it."""
    return ["policy: unrestored %s, end_connections %s" % (unrestored, str(ends_connections).lower())]


def kept_options(paths: Paths) -> List[str]:
    """The same of what is kept; none where nothing is, or nothing that can be read."""
    try:
        told = json.loads(_text(paths) or "{}")
        return options(told["unrestored"], bool(told["tables"]))
    except (OSError, ValueError, KeyError, TypeError):
        return []


def forget(paths: Paths) -> None:
    """Keep none."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_path(paths))


def load(paths: Paths, document: State) -> List[Table]:
    """The tables that ``document`` was made of; none where none are kept, or only another document's.

    A run that was killed leaves the new document beside the old tables, until the next one.
    """
    try:
        told = json.loads(_text(paths) or "{}")
        names = [key[0] for key in document.get("ipsets", ())] + [key[2] for key in document.get("iptables", ())]
        same = told.get("format") == _FORMAT and told["of"] == _identity(names)
        return [from_json(each) for each in told["tables"]] if same else []
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EngineError(
            "%s is damaged (%r), so connections that policy forbids go on; run podnet.baremetal.policy again, which "
            "writes it anew" % (_path(paths), error)
        ) from error


def opens_unrestored(paths: Paths) -> bool:
    """Whether the user wants pods open where policy cannot be restored. Not where what he wanted cannot be read."""
    try:
        return bool(json.loads(_text(paths) or "{}").get("unrestored") == ALLOW)
    except (OSError, ValueError, AttributeError):
        return False


def _identity(names: Iterable[str]) -> str:
    """Of a document: its sets and its classes' chains are named by what they say."""
    return sha256(" ".join(sorted(names)).encode()).hexdigest()[:16]


def _text(paths: Paths) -> str:
    try:
        with open(_path(paths), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _path(paths: Paths) -> str:
    return os.path.join(paths.ledgers, _FILE)
