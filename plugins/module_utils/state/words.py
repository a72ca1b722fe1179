# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command's words as a line for a shell."""

from __future__ import annotations

from shlex import quote
from typing import Any, Iterable, List

Words = List[str]


def line(words: Iterable[Any]) -> str:
    """The words, quoted where a shell would take them apart."""
    return " ".join(quote(str(word)) for word in words)
