# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attach a pod to a network and take it off again: a runtime's part of the CNI specification.

"Section 3: Execution of Network Configurations": an ADD runs the plugins in order, each given its predecessor's result;
a DEL runs them in reverse order, each given the ADD's last result; a CHECK runs them in order with that same result.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Sequence

from . import plugin
from .config import Network
from .errors import CniError

Result = Dict[str, Any]


def require(network: Network, bin_dirs: Sequence[str]) -> None:
    """Raise `CniError` if the binary of a plugin, or of one it delegates address management to, is missing."""
    for configuration in network.plugins:
        plugin.find(configuration["type"], bin_dirs, network.file)
        ipam = configuration.get("ipam")
        if isinstance(ipam, dict) and ipam.get("type"):
            plugin.find(ipam["type"], bin_dirs, network.file)


def add(network: Network, call: plugin.Call) -> Result:
    """Attach; the last plugin's result. After a failure nothing stays: what was added is deleted again."""
    result: Optional[Result] = None
    try:
        for configuration in network.plugins:
            result = plugin.run("ADD", call, _derive(network, configuration, result), network.file)
    except CniError:
        _clean_up(network, call, result)
        raise
    return result or {}


def delete(network: Network, call: plugin.Call, result: Optional[Result]) -> None:
    """Detach. Idempotent: plugins succeed at a DEL of what is gone. ``result`` is the ADD's, None where unknown."""
    for configuration in reversed(network.plugins):
        plugin.run("DEL", call, _derive(network, configuration, result), network.file)


def check(network: Network, call: plugin.Call, result: Result) -> Optional[CniError]:
    """What a plugin finds wrong with the attachment; None where all is well or the network has no CHECK.

    A plugin that crashes gives no verdict and is passed over: bandwidth up to 1.1.1 does where a pod has no limits.
    """
    if not network.has_check:
        return None
    for configuration in network.plugins:
        try:
            plugin.run("CHECK", call, _derive(network, configuration, result), network.file)
        except CniError as error:
            if error.code is not None:
                return error
    return None


def _derive(network: Network, configuration: Mapping[str, Any], result: Optional[Result]) -> Dict[str, Any]:
    """One plugin's request configuration ("Deriving request configuration from plugin configuration").

    ``capabilities`` say what a plugin would take as ``runtimeConfig``; a pod without port mappings or bandwidth limits
    has none to give.
    """
    derived = {key: value for key, value in configuration.items() if key != "capabilities"}
    derived.update(cniVersion=network.version, name=network.name)
    if result is not None:
        derived["prevResult"] = result
    return derived


def _clean_up(network: Network, call: plugin.Call, result: Optional[Result]) -> None:
    """Delete after a failed ADD. The ADD's own error is the one to tell, so one of the DEL is not raised."""
    try:
        delete(network, call, result)
    except CniError:
        return
