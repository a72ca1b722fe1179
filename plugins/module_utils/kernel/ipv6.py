# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether there is IPv6 at all: a kernel that was booted with ``ipv6.disable=1`` gives it to no host and to no pod.

Source: kernel documentation, networking/ipv6 ("disable"). That of ip-sysctl, ``disable_ipv6``, is another one: it is an
interface's, and a pod may have IPv6 where its host has none.
"""

from __future__ import annotations

import os

_SETTINGS = "/proc/sys/net/ipv6/conf"


def present() -> bool:
    """Whether this kernel has IPv6."""
    return os.path.isdir(_SETTINGS)


def withheld() -> str:
    """The setting for which no link made here would take an IPv6 address; empty where none keeps it from that."""
    if not present():
        return "ipv6.disable=1"
    with open(os.path.join(_SETTINGS, "default", "disable_ipv6"), encoding="ascii") as file:
        return "" if file.read().strip() == "0" else "net.ipv6.conf.default.disable_ipv6=1"
