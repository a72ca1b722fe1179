# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes with links that a task deletes or makes anew: read before, so that a task that fails can put it back."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ..kernel import world
from ..state import reading
from ..state.change import Change, Key, State
from ..state.dependants import fallen, hangs_on
from ..state.values import LINK_LOCAL

_ON_LINKS = ("addresses", "neighbors", "fdb", "routes")
#: RTPROT_KERNEL (linux/rtnetlink.h): what comes by itself with an address or a link that is up.
_BY_ITSELF = 2


def of(changes: Sequence[Change]) -> State:
    """All that is on the links that ``changes`` take away, and the links above them and below. Raises as a reading."""
    going = {change.key[0] for change in changes if change.section == "links" and _goes(change)}
    if not going:
        return {}
    whole = world.read_all(("links", *_ON_LINKS))
    links = whole["links"]
    gone = going | fallen(links, going)
    around: State = {
        section: {key: each for key, each in whole[section].items() if _is_lost(section, key, each, gone)}
        for section in _ON_LINKS
    }
    around["links"] = {key: each for key, each in links.items() if key[0] in gone or each.get("master") in gone}
    return around


def _goes(change: Change) -> bool:
    return change.before is not None and (change.after is None or change.recreate)


def _is_lost(section: str, key: Key, attributes: Mapping[str, Any], links: Any) -> bool:
    if not hangs_on(section, key, attributes, links):
        return False
    if section == "addresses":
        return not key[1].startswith(LINK_LOCAL)
    # What was learned, or belongs to something else, nobody could put back.
    return attributes.get("protocol") != _BY_ITSELF and not reading.sayable(section, attributes)[1]
