# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's configuration of FRR, out of the plan."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Union

from ansible.errors import AnsibleFilterError

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import frr, model


def bgp_config(plan: Union[str, Mapping[str, Any]], name: str, options: Mapping[str, Any]) -> str:
    """The text that :func:`frr.configuration` writes. Raises AnsibleFilterError."""
    try:
        return frr.configuration(model.from_json(plan), name, options)
    except ValueError as error:
        raise AnsibleFilterError("bgp_config: %s" % error) from error


class FilterModule:
    """The collection's filters that write configuration."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"bgp_config": bgp_config}
