# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with FRR, in words for the host's operator."""

from __future__ import annotations


class FrrError(Exception):
    """FRR cannot have the configuration. The message says why, in FRR's own words where it said some."""
