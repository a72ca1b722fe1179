# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between a runtime and its CNI plugins, each with the way out of it."""

from __future__ import annotations

from typing import Optional

#: "Well-known error codes" of the CNI specification, https://github.com/containernetworking/cni/blob/main/SPEC.md
_MEANING = {
    1: "incompatible CNI version",
    2: "unsupported field in the network configuration",
    3: "container unknown or does not exist",
    4: "invalid environment variables",
    5: "I/O failure",
    6: "failed to decode content",
    7: "invalid network configuration",
    11: "try again later",
    50: "plugin is not available",
    51: "plugin is not available, existing containers may have limited connectivity",
}

#: What a plugin's own words give away (lower case) and what to do then. The first that matches counts.
_WAYS_OUT = (
    (
        "no ip addresses available",
        (
            "the pod subnet is full: remove leases of pods that are gone, which are those files in the ipam's dataDir "
            "(ours: /run/podnet/leases/podnet) whose first line no runtime lists ('ctr -n k8s.io containers list -q', "
            "'crictl pods -q --no-trunc'; docs/how-pods-talk.md has the commands), or give the host a larger pod subnet"
        ),
    ),
    (
        "duplicate allocation",
        "an earlier attachment of this pod was never taken back: detach it (state: absent) and try again",
    ),
    (
        "failed to find plugin",
        "install the CNI plugin that it names (package containernetworking-plugins, or role podnet.baremetal.cni)",
    ),
    (
        "already has an ip address different from",
        "the bridge still has the gateway address of an earlier subnet: run podnet.baremetal.site for this host",
    ),
)


class CniError(Exception):
    """One attachment that did not work: ``str()`` is the whole story for an operator.

    ``plugin``, ``file`` (of the network configuration) and ``code`` (the plugin's CNI error code, None if it gave
    none) are there for callers that branch.
    """

    def __init__(self, message: str, plugin: str = "", file: str = "", code: Optional[int] = None) -> None:
        super().__init__(message)
        self.plugin = plugin
        self.file = file
        self.code = code


def plugin_failed(
    command: str, plugin: str, file: str, code: Optional[int], message: str, details: str = ""
) -> CniError:
    """The error for a plugin that answered ``command`` (ADD, DEL, CHECK) with an error result."""
    told = f"{message}: {details}" if details else message
    number = "no error code" if code is None else f"CNI error {_named(code)}"
    way_out = next((way for words, way in _WAYS_OUT if words in told.lower()), "")
    text = "CNI plugin {!r} of {} failed at {} ({}): {}".format(plugin, file, command, number, told or "no message")
    return CniError(text + ("; " + way_out if way_out else ""), plugin, file, code)


def _named(code: int) -> str:
    return f"{code}, {_MEANING[code]}" if code in _MEANING else str(code)
