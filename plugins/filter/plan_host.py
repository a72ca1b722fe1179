# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host's part of the plan, for templates."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Callable, Dict, Mapping, Union

from ansible.errors import AnsibleFilterError

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import model
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.ways import near_peers


def plan_host(plan: Union[str, Mapping[str, Any]], name: str) -> Dict[str, Any]:
    """``{"cluster": …, "host": …}`` in the words of the plan, and ``near_peers``. Raises AnsibleFilterError."""
    try:
        planned = model.from_json(plan)
    except ValueError as error:
        raise AnsibleFilterError("plan_host: %s" % error) from error
    if name not in planned.hosts:
        raise AnsibleFilterError("plan_host: host %s is not in the plan" % name)
    # By way of JSON, for templates know lists and not tuples.
    part = {
        "cluster": asdict(planned.cluster),
        "host": vars(planned.hosts[name]),
        "near_peers": near_peers(planned, name),
    }
    return json.loads(json.dumps(part))


class FilterModule:
    """The collection's filters on plans."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"plan_host": plan_host}
