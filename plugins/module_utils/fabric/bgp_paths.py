# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who tells whom by BGP, as the lock file keeps it: what hosts that change it one after the other lose sessions by.

``{"topology": "reflectors", "asn": 64512, "reflectors": {"0.0.0.244": ["node-1", "node-2"]}}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterator, Mapping, Optional, Tuple

from . import bgp_values, settings, values
from .model import Plan
from .problems import EVERY_HOST, Problem, show


@dataclass(frozen=True)
class Bgp:
    """``asn`` is that of all nodes; None with routers, where each node's is an affair of it and its routers alone.

    ``reflectors`` are by cluster ID, and none in other topologies.
    """

    topology: str
    asn: Optional[int]
    reflectors: Mapping[str, Tuple[str, ...]]


def of(plan: Plan) -> Optional[Bgp]:
    """None in modes without BGP."""
    topology = plan.cluster.bgp_topology
    if topology is None:
        return None
    reflectors: Dict[str, Tuple[str, ...]] = {}
    for name, speaker in plan.speakers.items() if topology == "reflectors" else ():
        if speaker.reflector:
            reflectors[speaker.cluster_id] = (*reflectors.get(speaker.cluster_id, ()), name)
    asns = {speaker.asn for speaker in plan.speakers.values()}
    return Bgp(topology, asns.pop() if topology != "routers" else None, reflectors)


def parse(content: Any) -> Bgp:
    """Read what :func:`content` made. Raises :class:`values.Invalid`."""
    if not isinstance(content, dict) or set(content) != {"topology", "asn", "reflectors"}:
        raise values.Invalid("does not hold exactly topology, asn, reflectors", "")
    topology = values.choice(*settings.TOPOLOGIES)(content["topology"])
    asn = None if content["asn"] is None else bgp_values.asn(content["asn"])
    reflectors = content["reflectors"]
    lists = isinstance(reflectors, dict) and all(isinstance(names, list) for names in reflectors.values())
    if not lists or not all(isinstance(name, str) for names in reflectors.values() for name in names):
        raise values.Invalid("has reflectors that are no lists of names by cluster ID", "")
    return Bgp(topology, asn, {cluster: tuple(names) for cluster, names in reflectors.items()})


def content(bgp: Bgp) -> Dict[str, Any]:
    """For JSON."""
    reflectors = {cluster: list(names) for cluster, names in sorted(bgp.reflectors.items())}
    return {"topology": bgp.topology, "asn": bgp.asn, "reflectors": reflectors}


def problems(had: Bgp, wanted: Bgp) -> Iterator[Problem]:
    """What neither ``site`` nor a migration within BGP can change: FRR has one configuration, the old or the new one.

    Another reflector beside one that stays is none: its clients have the routes of that meanwhile.
    """
    if had.topology != wanted.topology:
        yield _another("fabric_bgp_topology", wanted.topology, had.topology)
    elif had.asn != wanted.asn:
        yield _another("fabric_asn", wanted.asn, had.asn)
    else:
        for cluster, names in had.reflectors.items():
            if not set(names) & set(wanted.reflectors.get(cluster, ())):
                reason = "leaves none of the reflectors that nodes have sessions with, which are %s (cluster ID %s)"
                way_out = (
                    "let one of them be one until the others are, and run podnet.baremetal.site each time; where no "
                    "pods run, or none of them is left, podnet.baremetal.site with -e fabric_paths=replace will do"
                )
                yield Problem(
                    EVERY_HOST,
                    "fabric_bgp_reflector",
                    show(wanted.reflectors.get(cluster, ())),
                    reason % (show(names), cluster),
                    way_out,
                )


def _another(variable: str, ours: Any, theirs: Any) -> Problem:
    reason = "is not what the hosts have, which is %s, and sessions would go down on one host after the other"
    way_out = (
        "go by way of a mode without BGP: run podnet.baremetal.migrate to fabric_mode direct or vxlan, and then to bgp "
        "with the new value; or put %s back; where no pods run, podnet.baremetal.site with -e fabric_paths=replace "
        "will do" % show(theirs)
    )
    return Problem(EVERY_HOST, variable, ours, reason % show(theirs), way_out)
