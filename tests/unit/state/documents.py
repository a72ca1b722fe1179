"""Random documents over few names, so that two of them have objects in common, and a kernel made of dictionaries."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable
from functools import partial
from typing import Any

from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Attributes, Change, Key, State
from ansible_collections.podnet.baremetal.plugins.module_utils.state.order import phases
from ansible_collections.podnet.baremetal.plugins.module_utils.state.schema import SECTIONS

#: How many of them a property is held to.
EXAMPLES = int(os.environ.get("RANDOM_DOCUMENTS", "50"))
DEVICES = ("cni0", "vx0", "vx1")
MACS = st.integers(0, 5).map(lambda number: f"02:00:5E:00:00:{number:02x}")
ADDRESSES = st.integers(1, 5).map(lambda number: f"10.244.{number}.1")
ADDRESSES6 = st.integers(1, 5).map(lambda number: f"FD00:0:0:{number}::1")


def objects(key: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(key, optional=optional)


COMMON = {
    "mtu": st.sampled_from([1400, 1450, "1500"]),
    "state": st.sampled_from(["up", "down"]),
    "alias": st.sampled_from(["", "podnet: it's ours", "other"]),
    "address": MACS,
    "recreate": st.just(True),
}
BRIDGES = objects(
    {"name": st.just("cni0"), "type": st.just("bridge")},
    {**COMMON, "stp": st.booleans(), "forward_delay": st.sampled_from([200, 1500])},
)
VXLANS = objects(
    {"name": st.sampled_from(DEVICES[1:]), "type": st.just("vxlan"), "vni": st.integers(1, 3)},
    {
        **COMMON,
        "local": ADDRESSES | ADDRESSES6,
        "dstport": st.sampled_from([4789, 8472]),
        "learning": st.booleans(),
        "ttl": st.sampled_from([0, 64]),
        "master": st.just("cni0"),
        "dev": st.just("uplink"),
    },
)
PORTS = objects(
    {"name": st.just("v0"), "type": st.just("veth"), "master": st.just("cni0")},
    {
        **COMMON,
        "port": objects({}, {"hairpin": st.booleans(), "cost": st.integers(1, 3)}),
        "features": objects({}, {"rx-gro": st.booleans()}),
    },
).flatmap(lambda link: st.sampled_from(["p0", "p1"]).map(lambda peer: {**link, "peer": {"name": peer}}))
TUNNELS = objects(
    {"id": st.sampled_from([7, "8"]), "dst": ADDRESSES | ADDRESSES6},
    {"ttl": st.sampled_from([0, 64]), "csum": st.booleans()},
)
ROUTES = objects(
    {"dst": st.integers(1, 4).map(lambda number: f"10.244.{number}.0/24"), "dev": st.sampled_from(DEVICES)},
    {
        "gateway": ADDRESSES,
        "src": ADDRESSES,
        "mtu": st.just(1400),
        "metric": st.sampled_from([0, 10]),
        "table": st.sampled_from(["main", 100]),
        "scope": st.sampled_from(["link", "global"]),
        "encap": TUNNELS,
    },
)
MULTIPATH = objects(
    {
        "dst": st.integers(1, 4).map(lambda number: f"10.244.{number}.0/24"),
        "nexthops": st.lists(
            objects({"gateway": ADDRESSES}, {"dev": st.sampled_from(DEVICES), "weight": st.integers(1, 3)}),
            min_size=1,
            max_size=3,
            unique_by=lambda hop: hop["gateway"],
        ),
    },
    {"lock": st.just(["mtu"]), "mtu": st.just(1400)},
).filter(lambda route: "lock" not in route or "mtu" in route)
ROUTES6 = objects(
    {"dst": st.integers(1, 4).map(lambda number: f"FD00:0:0:{number}::/64"), "dev": st.sampled_from(DEVICES)},
    {"gateway": ADDRESSES6, "metric": st.sampled_from([0, 10]), "encap": TUNNELS},
)
RULES = objects(
    {"family": st.just("ipv4"), "priority": st.integers(1, 3), "table": st.sampled_from([100, 200])},
    {
        "from": st.integers(1, 3).map(lambda number: f"10.244.{number}.0/24"),
        "fwmark": st.sampled_from([1, "0x1/0xff"]),
        "suppress_prefixlength": st.just(0),
        "not": st.just(True),
    },
)
SECTION_OBJECTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "links": BRIDGES | VXLANS | PORTS,
    "addresses": objects(
        {"dev": st.sampled_from(DEVICES), "address": (ADDRESSES | ADDRESSES6).map(lambda address: address + "/32")},
        {"metric": st.sampled_from([5, 6]), "noprefixroute": st.booleans()},
    ),
    "neighbors": objects({"dev": st.sampled_from(DEVICES), "dst": ADDRESSES | ADDRESSES6, "lladdr": MACS}, {}),
    "fdb": objects({"dev": st.sampled_from(DEVICES), "lladdr": MACS, "dst": ADDRESSES | ADDRESSES6}, {}),
    "routes": ROUTES | ROUTES6 | MULTIPATH,
    "rules": RULES,
    "sysctls": objects(
        {
            "name": st.sampled_from(["net.ipv4.ip_forward", "net/ipv4/conf/vx0/rp_filter"]),
            "value": st.integers(0, 2),
        },
        {},
    ),
    "ipsets": objects(
        {"name": st.sampled_from(["podnet-a", "podnet-b"]), "type": st.sampled_from(["hash:ip", "hash:net"])},
        {"entries": st.lists(ADDRESSES), "family": st.just("inet")},
    ),
    "iptables": objects(
        {
            "family": st.sampled_from(["ipv4", "ipv6"]),
            "table": st.just("filter"),
            "chain": st.sampled_from(["PODNET-A", "PODNET-B"]),
        },
        {
            "rules": st.lists(st.sampled_from(["-j ACCEPT", "-s 10.0.0.0/8 -j DROP"])),
            "anchors": st.just([{"chain": "FORWARD", "position": "first"}]),
        },
    ),
}


def key_of(section: str, item: dict[str, Any]) -> str:
    """Enough of an object's key to keep generated documents free of duplicates."""
    known = SECTIONS[section].key
    return repr([str(item.get(part, "")).lower().replace("main", "").replace("/", ".") for part in known])


def documents() -> st.SearchStrategy[dict[str, Any]]:
    sections = {
        name: st.lists(items, max_size=6, unique_by=partial(key_of, name)) for name, items in SECTION_OBJECTS.items()
    }
    return st.fixed_dictionaries({"version": st.just(1), **sections}).map(_with_one_default_metric)


def _with_one_default_metric(document: dict[str, Any]) -> dict[str, Any]:
    """Metric 0 and no metric are one; only one such route a destination and table."""
    seen = set()
    kept = []
    for route in document["routes"]:
        key = (route["dst"], str(route.get("table", "main")), route.get("metric", 0))
        if key not in seen:
            seen.add(key)
            kept.append(route)
    return {**document, "routes": kept}


class Kernel:
    """Takes changes as the real one does: with a link goes all that is on it."""

    def __init__(self, state: State | None = None) -> None:
        self.state: dict[str, dict[Key, Attributes]] = {
            section: copy.deepcopy(dict(objects_of)) for section, objects_of in (state or {}).items()
        }

    def apply(self, changes: Iterable[Change]) -> None:
        for phase in phases(changes):
            for change in phase.changes:
                self._apply(change)

    def _apply(self, change: Change) -> None:
        section = self.state.setdefault(change.section, {})
        if change.after is None or change.recreate:
            assert section.pop(change.key, None) is not None or change.after is None, f"{change} is not there"
            if change.section == "links":
                self._lose(change.key[0])
        if change.after is not None:
            assert change.before is None or change.recreate or change.key in section, f"{change} is not there"
            section[change.key] = {
                name: value for name, value in change.after.items() if value is not None and name != "recreate"
            }

    def _lose(self, link: str) -> None:
        for section, objects_of in self.state.items():
            for key, attributes in list(objects_of.items()):
                on = key[0] if SECTIONS[section].key[0] == "dev" else attributes.get("dev")
                if (on == link and section != "links") or (section == "sysctls" and link in key[0]):
                    del objects_of[key]
                elif section == "links" and attributes.get("master") == link:
                    for name in [each for each in attributes if each == "master" or each.startswith("port.")]:
                        del attributes[name]
