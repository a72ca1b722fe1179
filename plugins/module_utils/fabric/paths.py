# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts have between them, as the lock file keeps it: all that cannot change without their moving together.

``{"mode": "vxlan", "overlay": {"kind": "vxlan", "name": "podnet-vxlan", "vni": 244, "port": 4789}, "mtu": 1450,
"underlay_family": 4, "underlay_cidr": []}``, and in mode ``bgp`` also ``"bgp"``, which :mod:`bgp_paths` has.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Dict, Iterator, Mapping, Optional, Tuple

from . import bgp_paths, mtu, settings, values
from .bgp_paths import Bgp
from .inputs import ClusterInputs
from .model import Overlay, Plan
from .problems import EVERY_HOST, Problem, show
from .values import Network
from .ways import DETOUR_LINK

_RESTORE = "restore it from version control"


@dataclass(frozen=True)
class Paths:
    """``mtu`` is the pods', ``underlay_family`` (4 or 6) what tunnels run over.

    By ``underlay_cidr`` the mode ``hybrid`` tells who is near; in other modes it is empty, for nothing depends on it.
    ``bgp`` is None in modes without, and where nobody knows: lock files did not always keep it.
    """

    mode: str
    overlay: Optional[Overlay]
    mtu: int
    underlay_family: int
    underlay_cidr: Tuple[Network, ...]
    bgp: Optional[Bgp] = None


def of(plan: Plan, cluster: ClusterInputs) -> Paths:
    """What hosts have once a plan is theirs."""
    had = plan.cluster
    cidr = cluster.underlay_cidr if had.mode == "hybrid" else ()
    return Paths(had.mode, had.overlay, had.mtu, had.underlay_family, cidr, bgp_paths.of(plan))


def parse(content: Any) -> Paths:
    """Read what :func:`content` made. Raises :class:`values.Invalid`, whose reason names what is wrong."""
    optional = {"bgp": bgp_paths.parse} if isinstance(content, dict) and "bgp" in content else {}
    return Paths(**_typed("paths", content, {**_PATHS, **optional}))


def _overlay(content: Any) -> Optional[Overlay]:
    return None if content is None else Overlay(**_typed("overlay", content, _OVERLAY))


_OVERLAY: Mapping[str, values.Parser] = {
    "kind": values.choice(*settings.OVERLAYS),
    "name": values.link_name,
    "vni": values.number(1, 2**24 - 1),
    "port": values.number(1, 65535),
}
_PATHS: Mapping[str, values.Parser] = {
    "mode": values.choice(*settings.MODES),
    "overlay": _overlay,
    "mtu": values.number(68, 65535),
    "underlay_family": values.number(4, 6),
    "underlay_cidr": values.networks,
}


def _typed(what: str, content: Any, parsers: Mapping[str, values.Parser]) -> Dict[str, Any]:
    if not isinstance(content, dict) or set(content) != set(parsers):
        raise values.Invalid("%s does not hold exactly %s" % (what, ", ".join(parsers)), _RESTORE)
    typed = {}
    for name, parse_value in parsers.items():
        try:
            typed[name] = parse_value(content[name])
        except values.Invalid as invalid:
            raise values.Invalid("%s of %s %s" % (name, what, invalid.reason), _RESTORE) from None
    return typed


def content(paths: Paths) -> Dict[str, Any]:
    """For JSON."""
    overlay = asdict(paths.overlay) if paths.overlay else None
    found = {**vars(paths), "overlay": overlay, "underlay_cidr": [str(network) for network in paths.underlay_cidr]}
    del found["bgp"]
    return {**found, "bgp": bgp_paths.content(paths.bgp)} if paths.bgp else found


def inputs(had: Paths, cluster: ClusterInputs) -> ClusterInputs:
    """The cluster's settings as they were when the hosts got what they have."""
    changed: Dict[str, Any] = {"mode": had.mode}
    if had.bgp:
        changed["bgp_topology"] = had.bgp.topology
    if had.mode == "hybrid":
        changed["underlay_cidr"] = had.underlay_cidr
    if had.overlay:
        kind = had.overlay.kind
        changed["overlay"] = kind
        changed.update({"%s_%s" % (kind, each): getattr(had.overlay, each) for each in ("name", "vni", "port")})
    return replace(cluster, **changed)


def settled(had: Paths, wanted: Paths) -> Paths:
    """What hosts have, with that of what they are to have which may change on one after the other."""
    return had if list(unmovable(had, wanted)) or had.mode != wanted.mode else replace(had, bgp=wanted.bgp)


def unmovable(had: Paths, wanted: Paths) -> Iterator[Problem]:
    """What no migration changes while the mode stays."""
    if had.bgp and wanted.bgp:
        yield from bgp_paths.problems(had.bgp, wanted.bgp)


def problems(had: Paths, wanted: Paths) -> Iterator[Problem]:
    """Each variable by which the inventory wants something else than the hosts have."""
    yield from unmovable(had, wanted)
    for variable, ours, theirs in _differences(had, wanted):
        way_out = (
            "run podnet.baremetal.migrate, which changes it under running pods, or put %s back; where no pods run, "
            "podnet.baremetal.site with -e fabric_paths=replace will do" % show(theirs)
        )
        yield Problem(EVERY_HOST, variable, ours, "is not what the hosts have, which is %s" % show(theirs), way_out)


def unended(had: Paths, towards: Paths) -> Iterator[Problem]:
    """Each variable by which a migration that has begun would change what the hosts have."""
    for variable, ours, theirs in _differences(had, towards):
        # Nobody can go back to a detour: what the variables said before it was left behind with it.
        back = "" if had.overlay and had.overlay.name == DETOUR_LINK else ", or with %s to go back" % show(theirs)
        reason = "is on its way from %s to %s, by a run of podnet.baremetal.migrate that has not ended"
        way_out = (
            "let it end; or, if it was killed, repeat it with %s to go on%s; where no pods run, podnet.baremetal.site "
            "with -e fabric_paths=replace will do" % (show(ours), back)
        )
        yield Problem(EVERY_HOST, variable, "", reason % (show(theirs), show(ours)), way_out)


def _differences(had: Paths, wanted: Paths) -> Iterator[Tuple[str, Any, Any]]:
    """Variable, value wanted, value that the hosts have. What follows from another difference is left out."""
    if had.mode != wanted.mode:
        yield "fabric_mode", wanted.mode, had.mode
    elif had.underlay_cidr != wanted.underlay_cidr:
        yield "fabric_underlay_cidr", wanted.underlay_cidr, had.underlay_cidr
    if had.overlay and wanted.overlay:
        if had.overlay.kind == wanted.overlay.kind:
            for name in ("name", "vni", "port"):
                ours, theirs = getattr(wanted.overlay, name), getattr(had.overlay, name)
                if ours != theirs:
                    yield "fabric_%s_%s" % (had.overlay.kind, name), ours, theirs
        elif had.mode == wanted.mode:
            yield "fabric_overlay", wanted.overlay.kind, had.overlay.kind
        if had.underlay_family != wanted.underlay_family:
            yield "fabric_node_ip", "IPv%d" % wanted.underlay_family, "IPv%d" % had.underlay_family
    if _underlay_mtu(had) != _underlay_mtu(wanted):
        yield "fabric_underlay_mtu", _underlay_mtu(wanted), _underlay_mtu(had)


def _underlay_mtu(paths: Paths) -> int:
    """The smallest of all hosts'."""
    return paths.mtu + mtu.overhead(paths.overlay.kind if paths.overlay else None, paths.underlay_family)
