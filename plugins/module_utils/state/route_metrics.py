# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a route tells TCP and IP of the way: rows of the schema for ip-route(8)'s metrics (RTAX_… in rtnetlink.h)."""

from __future__ import annotations

import re
from typing import Any, Dict, List

from . import values
from .rows import Attribute

_ALGORITHM = re.compile(r"[A-Za-z0-9_-]{1,15}")  # TCP_CA_NAME_MAX less one
_FEATURES = ("ecn",)


def _algorithm(raw: Any) -> str:
    if not isinstance(raw, str) or not _ALGORITHM.fullmatch(raw):
        raise ValueError("is no name of a TCP congestion control algorithm")
    return raw


def _features(raw: Any) -> List[str]:
    if not isinstance(raw, list) or not all(each in _FEATURES for each in raw):
        raise ValueError("is no list of features; known: %s" % ", ".join(_FEATURES))
    return sorted(set(raw))


_COUNT = values.integer(1, 2**32 - 1)
_MILLISECONDS = values.integer(1, 2**24)

#: Upper limits are those to which the kernel would cut down what is above (``ip_metrics_convert``).
METRICS: Dict[str, Attribute] = {
    "mtu": Attribute(values.integer(68, 65520)),
    "advmss": Attribute(values.integer(1, 65495)),
    "hoplimit": Attribute(values.integer(1, 255)),
    "window": Attribute(_COUNT),
    "rtt": Attribute(_MILLISECONDS),
    "rttvar": Attribute(_MILLISECONDS),
    "rto_min": Attribute(_MILLISECONDS),
    "ssthresh": Attribute(_COUNT),
    "cwnd": Attribute(_COUNT),
    "initcwnd": Attribute(_COUNT),
    "initrwnd": Attribute(_COUNT),
    "reordering": Attribute(_COUNT),
    "quickack": Attribute(values.boolean, default=False),
    "fastopen_no_cookie": Attribute(values.boolean, default=False),
    "features": Attribute(_features, default=[]),
    "congctl": Attribute(_algorithm),
}
_UNLOCKABLE = ("quickack", "fastopen_no_cookie", "features", "congctl")
#: Those that can be locked: kept by the kernel against what it learns of the way. ``rto_min`` is locked wherever it is
#: set, for it has no effect otherwise, and so does iproute2.
LOCKABLE = tuple(name for name in METRICS if name not in (*_UNLOCKABLE, "rto_min"))


def locked(raw: Any) -> List[str]:
    """The names of locked metrics, sorted."""
    if not isinstance(raw, list) or not all(each in LOCKABLE for each in raw):
        raise ValueError("is no list of metrics to lock; these can be: %s" % ", ".join(LOCKABLE))
    return sorted(set(raw))
