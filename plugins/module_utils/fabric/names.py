# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names: what Kubernetes takes for a node, and the order people expect."""

from __future__ import annotations

import re
from typing import List, Tuple

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NODE = re.compile(r"%s(\.%s)*" % (_LABEL, _LABEL))
LONGEST_NODE_NAME = 253


def is_node_name(name: str) -> bool:
    """Whether Kubernetes takes it: a DNS subdomain of RFC 1123 (Object Names and IDs, "DNS Subdomain Names")."""
    return len(name) <= LONGEST_NODE_NAME and bool(_NODE.fullmatch(name))


def natural(name: str) -> List[Tuple[int, int, str]]:
    """A key that sorts node-2 before node-10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"([0-9]+)", name)]
