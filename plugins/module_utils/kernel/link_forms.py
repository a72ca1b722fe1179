# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How netlink words a link's attributes: what a field is, and the forms that the fields of all kinds have.

Names are those of linux/if_link.h. ``link_fields`` has a row an attribute.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, Mapping, NamedTuple, Optional, Tuple

from ..state.link_values import is_multicast
from .devices import Devices

Words = Dict[str, Any]


class Field(NamedTuple):
    """``write`` gives netlink's words for a normal form; None stands for what is taken away.

    ``read`` finds the normal form in netlink's words, or None where it is not set.
    """

    write: Callable[[Any, Devices], Words]
    read: Callable[[Mapping[str, Any], Devices], Any]


def plain(name: str) -> Field:
    """The same on both sides."""
    return Field(lambda value, _devices: {name: value}, lambda found, _devices: found.get(name))


def switch(name: str) -> Field:
    """On or off, as a number."""
    return Field(
        lambda value, _devices: {name: int(value)},
        lambda found, _devices: bool(found[name]) if name in found else None,
    )


def presence(name: str) -> Field:
    """On where it is there at all (NLA_FLAG); the kernel does not say that it is off."""
    return Field(
        lambda value, _devices: {name: True} if value else {},
        lambda found, _devices: bool(found.get(name)),
    )


def positive(name: str) -> Field:
    """A number of which 0 says that there is none."""
    return Field(lambda value, _devices: {name: value or 0}, lambda found, _devices: found.get(name) or None)


def device(name: str) -> Field:
    """Another link, by its index."""
    return Field(
        lambda value, devices: {name: devices.index(value) if value else 0},
        lambda found, devices: devices.name(found[name]) if found.get(name) else None,
    )


def numbered(name: str, numbers: Mapping[str, int]) -> Field:
    """One of several words that the kernel has numbers for. pyroute2 has some of the words itself."""
    words: Dict[Any, str] = {number: word for word, number in numbers.items()}
    return Field(
        lambda value, _devices: {name: numbers[value]},
        lambda found, _devices: words.get(found.get(name), found.get(name)),
    )


def in_order(name: str, words: Iterable[str]) -> Field:
    """One of several words, numbered from 0."""
    return numbered(name, {word: number for number, word in enumerate(words)})


def address(ipv4: str, ipv6: str, fits: Callable[[str], bool] = lambda _address: True) -> Field:
    """An address, with an attribute for each family. ``fits``: of two fields that share it, which one reads it."""

    def write(value: Optional[str], _devices: Devices) -> Words:
        return {ipv6 if ":" in (value or "") else ipv4: value or "0.0.0.0"}

    def read(found: Mapping[str, Any], _devices: Devices) -> Optional[str]:
        value = found.get(ipv4) or found.get(ipv6)
        return value if value not in (None, "0.0.0.0", "::") and fits(value) else None

    return Field(write, read)


def unicast(ipv4: str, ipv6: str) -> Field:
    """The one far end of a tunnel."""
    return address(ipv4, ipv6, lambda value: not is_multicast(value))


def multicast(ipv4: str, ipv6: str) -> Field:
    """The many far ends of a tunnel."""
    return address(ipv4, ipv6, is_multicast)


def ttl(number: str, inherit: str) -> Field:
    """Hops, or the word that the TTL of the packet inside is taken."""

    def write(value: Any, _devices: Devices) -> Words:
        return {inherit: 1} if value == "inherit" else {number: value}

    def read(found: Mapping[str, Any], _devices: Devices) -> Any:
        return "inherit" if found.get(inherit) else found.get(number)

    return Field(write, read)


def tos(name: str) -> Field:
    """A byte, of which 1 stands for that of the packet inside."""
    return Field(
        lambda value, _devices: {name: 1 if value == "inherit" else value},
        lambda found, _devices: "inherit" if found.get(name) == 1 else found.get(name),
    )


def port_range(name: str) -> Field:
    """``MIN-MAX``; from 0 to 0 is the host's own range."""

    def write(value: Optional[str], _devices: Devices) -> Words:
        low, _dash, high = (value or "0-0").partition("-")
        return {name: {"low": int(low), "high": int(high)}}

    def read(found: Mapping[str, Any], _devices: Devices) -> Optional[str]:
        ports: Tuple[int, int] = (found.get(name, {}).get("low", 0), found.get(name, {}).get("high", 0))
        return "%d-%d" % ports if ports[1] else None

    return Field(write, read)


def to_netlink(fields: Mapping[str, Field], values: Mapping[str, Any], devices: Devices) -> Words:
    """The words for those of ``values`` that ``fields`` has a row for. Of two that share a word the last has it."""
    worded: Words = {}
    for attribute, value in values.items():
        if attribute in fields:
            worded.update(fields[attribute].write(value, devices))
    return worded


def from_netlink(fields: Mapping[str, Field], found: Mapping[str, Any], devices: Devices) -> Words:
    """The normal form of what ``fields`` has a row for; what is not set is left out."""
    values = {attribute: field.read(found, devices) for attribute, field in fields.items()}
    return {attribute: value for attribute, value in values.items() if value is not None}
