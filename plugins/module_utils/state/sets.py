# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Normal forms and checks of an ipset's values, and the words that ipset(8) makes it of."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any, List, Mapping

from . import columns, values

#: What a set holds at most unless it is created for more (ipset(8), maxelem).
DEFAULT_MAXELEM = 65536
#: Attributes that ``ipset create`` takes with a value, in the order of its listing, and those it takes as a word.
VALUED = ("range", "hashsize", "maxelem", "netmask", "markmask", "timeout", "bucketsize", "size")
FLAGS = ("counters", "comment", "skbinfo")

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,31}")  # IPSET_MAXNAMELEN less one
_TYPE = re.compile(r"(hash|bitmap|list):[a-z,]+")
_PORTS = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")
_MARK = re.compile(r"0x[0-9a-f]{1,8}")
_WORD = re.compile(r'"[^"]*"|[^\s"]+')


def name(raw: Any) -> str:
    """An ipset's name."""
    if not isinstance(raw, str) or not _NAME.fullmatch(raw):
        raise ValueError("is no set name: 1 to 31 letters, digits, '_', '.' or '-'")
    return raw


def kind(raw: Any) -> str:
    """An ipset's type, such as ``hash:net``; the kernel says which there are."""
    if not isinstance(raw, str) or not _TYPE.fullmatch(raw):
        raise ValueError("is no set type like hash:net")
    return raw


def span(raw: Any) -> str:
    """What a bitmap covers, as it is listed: ``10.0.0.0-10.0.0.255`` (a network will do), or ports ``1-1024``."""
    ports = _PORTS.fullmatch(raw) if isinstance(raw, str) else None
    if ports and int(ports.group(1)) <= int(ports.group(2)) <= 65535:
        return "%d-%d" % (int(ports.group(1)), int(ports.group(2)))
    try:
        first, dash, last = raw.partition("-")
        if dash:
            return "%s-%s" % (values.ip(first), values.ip(last))
        network = ip_network(values.network(raw))
        return "%s-%s" % (network[0], network[-1])
    except (AttributeError, ValueError):
        raise ValueError("is no range like 10.0.0.0/24, 10.0.0.1-10.0.0.9 or 1-1024") from None


def mark(raw: Any) -> str:
    """A packet mark's mask, as it is listed: eight hexadecimal digits."""
    normal = "0x%x" % raw if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0 else str(raw).lower()
    if not _MARK.fullmatch(normal):
        raise ValueError("is no mask like 0x000000ff")
    return "0x%08x" % int(normal, 16)


def entries(raw: Any) -> List[str]:
    """An ipset's entries, sorted, each once: addresses and networks in normal form, options after white space."""
    if not isinstance(raw, list):
        raise ValueError("is no list of entries")
    try:
        return sorted(set(columns.normal(values.ip, raw))) if raw else []  # most that are long are plain addresses
    except columns.UNUSUAL:
        return sorted({entry(each) for each in raw})


def plain(attributes: Mapping[str, Any]) -> bool:
    """Whether ipset is sure to take all entries of a normalised set and to print them as they are: single hosts."""
    listed, inet6 = attributes["entries"], attributes.get("family") == "inet6"
    if attributes["type"] != "hash:ip" or attributes.get("netmask") or any((":" in each) != inet6 for each in listed):
        return False
    try:
        columns.normal(values.host, listed or ["::1"])
    except columns.UNUSUAL:
        return False
    return True


def entry(raw: Any) -> str:
    """One entry as ``ipset save`` prints it: a single host without its ``/32``, what passes by itself left out."""
    if not isinstance(raw, str) or not raw.strip() or not raw.isprintable():
        raise ValueError("holds %r, which is no entry" % (raw,))
    words = _WORD.findall(raw)
    if raw.count('"') % 2:
        raise ValueError("holds %r, with a quote that does not end" % raw)
    normal = [",".join(_part(part) for part in words[0].split(","))]
    return " ".join(normal + _lasting_options(raw, words[1:]))


def _lasting_options(raw: str, words: List[str]) -> List[str]:
    lasting: List[str] = []
    rest = iter(words)
    for word in rest:
        if word in ("packets", "bytes"):
            raise ValueError("holds %r: counters are the kernel's" % raw)
        if word != "timeout":
            lasting.append(word)
        elif next(rest, "") != "0":
            raise ValueError(
                "holds %r: an entry that is declared is there to stay; leave out its timeout (that of the set is for "
                "entries which rules add)" % raw
            )
    return lasting


def _part(part: str) -> str:
    try:
        normal = values.network(part)
    except ValueError as error:
        if "/" in part:
            raise ValueError("holds %r, which %s" % (part, error)) from None
        return part  # a port, a mark, a MAC, an interface, a set's name …: ipset says how it is spelt
    address, _slash, length = normal.partition("/")
    return address if length == ("128" if values.is_ipv6(address) else "32") else normal


def words(entry_or_options: str) -> List[str]:
    """The words of an entry, without the quotes of a comment."""
    return [word.strip('"') for word in _WORD.findall(entry_or_options)]


def element(each: str) -> str:
    """An entry without its options: what it is deleted by."""
    return each.partition(" ")[0]


def creation(set_name: str, attributes: Mapping[str, Any]) -> str:
    """What follows ``ipset`` to make the set, empty."""
    parts = ["create", set_name, attributes["type"]]
    if attributes["type"].startswith("hash:") and attributes["type"] != "hash:mac":
        parts += ["family", attributes.get("family") or "inet"]
    parts += ["%s %s" % (each, attributes[each]) for each in VALUED if attributes.get(each) is not None]
    return " ".join(parts + [each for each in FLAGS if attributes.get(each)])


def addition(set_name: str, each: str, attributes: Mapping[str, Any]) -> str:
    """What follows ``ipset`` to add an entry; where entries pass by themselves, one that stays."""
    return "add %s %s%s" % (set_name, each, " timeout 0" if attributes.get("timeout") is not None else "")


def deletion(set_name: str, each: str) -> str:
    """What follows ``ipset`` to delete an entry."""
    return "del %s %s" % (set_name, element(each))


def same_kind(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two sets can be swapped, also while rules speak of them."""
    return (one.get("type"), one.get("family", "inet")) == (other.get("type"), other.get("family", "inet"))
