# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's search for garbage, which many objects that are no garbage make long."""

from __future__ import annotations

import contextlib
import gc
from typing import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Have nothing searched for cycles meanwhile: a document's objects, of which there may be 100,000, are in none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            # What was made meanwhile would all be searched at the next occasion, as young: here it comes of age.
            gc.freeze()
            gc.unfreeze()
            gc.enable()
