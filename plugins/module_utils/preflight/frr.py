# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host's FRR is free for us, or can be joined, before anything is changed on any host."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Optional, Sequence

from ..frr import ledger, plan
from ..frr.disk import Disk
from ..frr.paths import Paths
from ..frr.plan import Uses, Wish
from ..frr.secrets import Secrets
from .expectation import Expectation, Found
from .machine import Machine

_WAY_OUT = "remove it from FRR's files, or set bgp_existing to join in the inventory to have ours beside it"


def in_use(given: Mapping[str, Any], cluster_cidr: Sequence[str], paths: Optional[Paths] = None) -> Uses:
    """What FRR's files say beside ours, with others' secrets hidden, and why ours could not stand beside that.

    ``given`` has ``config``, ``daemons``, ``existing`` and ``secrets``, as role ``bgp`` will have them. Raises
    FrrError for secrets that are missing or that FRR cannot take, and OSError.
    """
    paths = paths or Paths()
    secrets = Secrets(given["secrets"])
    secrets.filled_in(given["config"])
    wish = Wish(given["config"], given["daemons"], given["existing"] == "join", keep_routes=False)
    # As the host will, once role host has been there.
    forwarding = {"ip", "ipv6"} if any(":" in network for network in cluster_cidr) else {"ip"}
    found = plan.uses(wish, Disk(paths).files(), ledger.read(paths.ledger), forwarding)
    others, obstacles = ([secrets.hidden(each) for each in words] for words in found[:2])
    return found._replace(others=others, obstacles=obstacles)


def frr_is_free(expected: Expectation, machine: Machine) -> Iterator[Found]:
    if machine.frr.others and expected.existing_frr == "refuse":
        reason = "finds FRR used for other things (%s)" % plan.some(machine.frr)
        yield "bgp_existing", "refuse", reason, _WAY_OUT
    elif machine.frr.obstacles:
        reason = "cannot be: %s" % "; ".join(machine.frr.obstacles)
        yield "bgp_existing", "join", reason, "take that out of FRR's files, or use another fabric_mode"
