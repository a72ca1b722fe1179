# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role ``bgp`` leaves to choose about sessions and policy: its variables, without their prefix."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, Mapping, NamedTuple, Tuple

from . import values
from .problems import show
from .values import Invalid, Network

#: The largest number that FRR takes for a maximum of prefixes.
HIGHEST_MAXIMUM = 2**32 - 1

#: As FRR prints them, with their numbers (RFC 1997, RFC 7611, RFC 7999, RFC 8326).
WELL_KNOWN = {
    "graceful-shutdown": 0xFFFF0000,
    "accept-own": 0xFFFF0001,
    "blackhole": 0xFFFF029A,
    "no-export": 0xFFFFFF01,
    "no-advertise": 0xFFFFFF02,
    "local-AS": 0xFFFFFF03,
    "no-peer": 0xFFFFFF04,
}


class Accepted(NamedTuple):
    """A network that neighbors may announce, and of which lengths, in the words of a prefix list: `` ge 24 le 28``.

    ``prefixes`` is how many that are.
    """

    network: Network
    lengths: str
    prefixes: int


@dataclass(frozen=True)
class Options:
    """Seconds, but ``bfd_interval`` in milliseconds. ``maximum_prefix`` 0: computed; ``allowas_in`` 0: not at all."""

    password: bool = False
    bfd: bool = False
    bfd_interval: int = 300
    bfd_multiplier: int = 3
    keepalive: int = 10
    hold: int = 30
    connect_retry: int = 10
    graceful_restart: bool = True
    communities: Tuple[str, ...] = ()
    announced_prefixes: Tuple[Network, ...] = ()
    accepted_prefixes: Tuple[Accepted, ...] = ()
    maximum_prefix: int = 0
    ttl_security: bool = True
    allowas_in: int = 0
    multipath: int = 8
    extra_config: str = ""


def read(given: Mapping[str, Any], families: Tuple[int, ...]) -> Options:
    """Options out of raw values; what is not given has its default. ``families`` are those of pods.

    Raises ValueError for the first that cannot be, naming role ``bgp``'s variable, its value and the way out.
    """
    unknown = sorted(set(given) - set(_PARSERS))
    if unknown:
        raise ValueError("bgp_%s is no option of BGP. Known are %s." % (unknown[0], ", ".join(_PARSERS)))
    found: Dict[str, Any] = {}
    for name, value in given.items():
        try:
            found[name] = _PARSERS[name](value)
        except Invalid as invalid:
            raise refusal(name, value, invalid.reason, invalid.way_out) from None
    options = Options(**found)
    _check_together(options, families)
    return options


def _check_together(options: Options, families: Tuple[int, ...]) -> None:
    if options.keepalive * 3 > options.hold:
        reason = "is more than a third of bgp_hold, %d" % options.hold
        raise refusal("keepalive", options.keepalive, reason, "give at most %d" % (options.hold // 3))
    prefixes = [("announced_prefixes", network) for network in options.announced_prefixes]
    prefixes += [("accepted_prefixes", accepted.network) for accepted in options.accepted_prefixes]
    for name, network in prefixes:
        if network.version not in families:
            reason = "is of a family that pods do not have, and no session carries it"
            raise refusal(name, network, reason, "remove it, or add a network of its family to fabric_cluster_cidr")


def refusal(name: str, value: Any, reason: str, way_out: str) -> ValueError:
    """In the words of :class:`problems.Problem`. ``name`` is a variable of role ``bgp`` without its prefix."""
    return ValueError("bgp_%s %s %s. %s." % (name, show(value), reason, way_out[:1].upper() + way_out[1:]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Invalid("is no text", "give lines of FRR's configuration as one string")
    return value.strip("\n")


def _list(value: Any) -> Tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise Invalid("is no list", "give a list, if only of one entry")
    return tuple(" ".join(str(item).split()) for item in value)


def _networks(value: Any) -> Tuple[Network, ...]:
    return tuple(dict.fromkeys(values.network(item) for item in _list(value)))


def _accepted(value: Any) -> Tuple[Accepted, ...]:
    return tuple(dict.fromkeys(_range(item) for item in _list(value)))


def _range(item: str) -> Accepted:
    """``192.0.2.0/24``, that alone, or ``192.0.2.0/24 ge 26 le 28``, any part of it of these lengths."""
    parts = re.fullmatch(r"(\S+)( ge ([0-9]+))?( le ([0-9]+))?", item)
    if not parts:
        raise Invalid("has no prefix in %s" % item, "write such as 192.0.2.0/24 or 192.0.2.0/24 ge 26 le 28")
    network = values.network(parts.group(1))
    bounds = [int(bound) for bound in (parts.group(3), parts.group(5)) if bound]
    if bounds and not network.prefixlen < bounds[0] <= bounds[-1] <= network.max_prefixlen:
        order = "%d < ge <= le <= %d" % (network.prefixlen, network.max_prefixlen)
        raise Invalid("has lengths that cannot be in %s" % item, "give lengths with %s" % order)
    if network.prefixlen == 0 and bounds[-1:] == [network.max_prefixlen]:
        raise Invalid("accepts everything", "name the networks that neighbors may announce")
    shortest = int(parts.group(3) or network.prefixlen)
    longest = int(parts.group(5) or (network.max_prefixlen if bounds else network.prefixlen))
    prefixes = 2 ** (longest - network.prefixlen + 1) - 2 ** (shortest - network.prefixlen)
    return Accepted(network, (parts.group(2) or "") + (parts.group(4) or ""), prefixes)


def _communities(value: Any) -> Tuple[str, ...]:
    """Without repetition and in the order of their numbers, as FRR prints them."""
    return tuple(sorted(set(_list(value)), key=_community_number))


def _community_number(text: str) -> int:
    parts = re.fullmatch(r"([0-9]{1,5}):([0-9]{1,5})", text)
    if parts and all(int(part) <= 0xFFFF for part in parts.groups()):
        return (int(parts.group(1)) << 16) + int(parts.group(2))
    if text not in WELL_KNOWN:
        # In quotes, for YAML takes 64512:30 for hours and minutes, and makes a number of it.
        way_out = 'write two numbers up to 65535 in quotes, such as "64512:100", or one of %s' % ", ".join(WELL_KNOWN)
        raise Invalid("holds no community in %s" % text, way_out)
    return WELL_KNOWN[text]


_PARSERS: Dict[str, values.Parser] = {
    "password": values.boolean,
    "bfd": values.boolean,
    "bfd_interval": values.number(50, 60000),
    "bfd_multiplier": values.number(2, 255),
    "keepalive": values.number(1, 21845),
    "hold": values.number(3, 65535),
    "connect_retry": values.number(1, 65535),
    "graceful_restart": values.boolean,
    "communities": _communities,
    "announced_prefixes": _networks,
    "accepted_prefixes": _accepted,
    "maximum_prefix": values.number(0, HIGHEST_MAXIMUM),
    "ttl_security": values.boolean,
    "allowas_in": values.number(0, 10),
    "multipath": values.number(1, 64),
    "extra_config": _text,
}
