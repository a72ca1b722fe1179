# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules in netlink messages (linux/fib_rules.h, struct fib_rule_hdr and FRA_…)."""

from __future__ import annotations

import struct
from typing import Any, Callable, Dict, Mapping, NamedTuple, Tuple

from ..state.change import Attributes, Key
from ..state.marks import PROTOCOL
from ..state.rule_rows import ANY, RULE_KEY, action_of
from .inet import packed_cidr, unpacked
from .netlink import attribute, attributes

#: Family, dst length, src length, tos, table, two unused, action, flags.
HEAD = struct.Struct("=BBBBBBBBI")
FAMILIES = {"ipv4": 2, "ipv6": 10}
_FAMILY_NAMES = {number: name for name, number in FAMILIES.items()}
_DST, _SRC, _PRIORITY, _MARK, _TABLE, _MASK = 1, 2, 6, 10, 15, 16
_PADDING = 18
_ACTIONS = {"lookup": 1, "goto": 2, "nop": 3, "blackhole": 6, "unreachable": 7, "prohibit": 8}
_ACTION_NAMES = {number: name for name, number in _ACTIONS.items()}
#: FRA_SPORT_MASK and FRA_DPORT_MASK, which newer kernels add to every single port.
_WHOLE_PORTS = ((28, b"\xff\xff"), (29, b"\xff\xff"))
_INVERT = 0x2
_UNSET = 0xFFFFFFFF
_U32 = struct.Struct("=I")


class _Codec(NamedTuple):
    """How a value is written in an attribute, and read from it."""

    number: int
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]


def _number(kind: int, form: str) -> _Codec:
    """A number; the ports' and the tunnel's are in network byte order."""
    coder = struct.Struct(form)
    return _Codec(kind, coder.pack, lambda raw: coder.unpack(raw)[0])


def _range(kind: int, form: str) -> _Codec:
    coder = struct.Struct(form)

    def encode(value: str) -> bytes:
        first, _dash, last = value.partition("-")
        return coder.pack(int(first), int(last or first))

    def decode(raw: bytes) -> str:
        first, last = coder.unpack(raw)
        return "%d-%d" % (first, last) if last > first else str(first)

    return _Codec(kind, encode, decode)


def _device(kind: int) -> _Codec:
    return _Codec(kind, lambda name: name.encode() + b"\0", lambda raw: raw.rstrip(b"\0").decode())


_SELECTORS = {
    "iif": _device(3),
    "oif": _device(17),
    "ipproto": _number(22, "=B"),
    "sport": _range(23, "=HH"),
    "dport": _range(24, "=HH"),
    "uidrange": _range(20, "=II"),
    "tun_id": _number(12, "!Q"),
}
_ATTRIBUTES = {
    "goto": _number(4, "=I"),
    "suppress_ifgroup": _number(13, "=I"),
    "suppress_prefixlength": _number(14, "=I"),
    "l3mdev": _Codec(19, lambda value: bytes([bool(value)]), lambda raw: bool(raw[0])),
    "protocol": _number(21, "=B"),
}
_KNOWN = {_DST, _SRC, _PRIORITY, _MARK, _TABLE, _MASK, _PADDING}
_KNOWN |= {codec.number for codec in (*_SELECTORS.values(), *_ATTRIBUTES.values())}


def encoded(key: Key, rule: Mapping[str, Any]) -> bytes:
    """A message without netlink header that adds the rule, or deletes the first that has all of it."""
    packets = dict(zip(RULE_KEY, key))
    body = attribute(_PRIORITY, _U32.pack(packets["priority"]))
    lengths = {}
    for name, kind in (("from", _SRC), ("to", _DST)):
        raw, lengths[name] = packed_cidr(packets[name]) if packets[name] else (b"", 0)
        body += attribute(kind, raw) if raw else b""
    if packets["fwmark"]:
        mark, _slash, mask = packets["fwmark"].partition("/")
        body += attribute(_MARK, _U32.pack(int(mark, 0))) + attribute(_MASK, _U32.pack(int(mask or "0xffffffff", 0)))
    for name, codec in _SELECTORS.items():
        if packets[name] is not None:
            body += attribute(codec.number, codec.encode(packets[name]))
    for name, codec in _ATTRIBUTES.items():
        value = rule.get(name, PROTOCOL if name == "protocol" else None)
        if value is not None and value is not False:
            body += attribute(codec.number, codec.encode(value))
    table = rule.get("table") or 0
    if table:
        body += attribute(_TABLE, _U32.pack(table))
    action = _ACTIONS[action_of(rule)]
    head = (FAMILIES[packets["family"]], lengths["to"], lengths["from"], packets["tos"], table if table < 256 else 0)
    return HEAD.pack(*head, 0, 0, action, _INVERT if packets["not"] else 0) + body


def decoded(message: bytes) -> Tuple[Key, Attributes]:
    """The rule in a message. ``foreign`` lists what it has that there is no word for."""
    number, to_length, from_length, tos, _table, _unused, _unused2, action, flags = HEAD.unpack_from(message)
    values = attributes(message, HEAD.size, len(message))
    packets: Dict[str, Any] = {**dict.fromkeys(RULE_KEY), **ANY, "family": _FAMILY_NAMES.get(number, str(number))}
    packets.update({"priority": _u32(values, _PRIORITY), "not": bool(flags & _INVERT), "tos": tos})
    for name, kind, length in (("from", _SRC, from_length), ("to", _DST, to_length)):
        if kind in values:
            packets[name] = "%s/%d" % (unpacked(values[kind]), length)
    if _MASK in values:
        mark, mask = _u32(values, _MARK), _u32(values, _MASK)
        packets["fwmark"] = "0x%x" % mark if mask == _UNSET and mark else "0x%x/0x%x" % (mark, mask)
    packets.update(
        {name: codec.decode(values[codec.number]) for name, codec in _SELECTORS.items() if codec.number in values}
    )
    return tuple([packets[name] for name in RULE_KEY]), _described(action, values)


def _described(action: int, values: Mapping[int, bytes]) -> Attributes:
    rule: Dict[str, Any] = {"protocol": 0}
    rule.update(
        {name: codec.decode(values[codec.number]) for name, codec in _ATTRIBUTES.items() if codec.number in values}
    )
    for name in ("suppress_ifgroup", "suppress_prefixlength"):
        if rule.get(name) == _UNSET:
            del rule[name]
    if action != _ACTIONS["lookup"]:
        rule["action"] = _ACTION_NAMES.get(action, str(action))
    elif _u32(values, _TABLE):
        rule["table"] = _u32(values, _TABLE)
    foreign = sorted(kind for kind in values.keys() - _KNOWN if (kind, values[kind]) not in _WHOLE_PORTS)
    if foreign:
        rule["foreign"] = ["attribute %d" % kind for kind in foreign]
    return rule


def _words(codecs: Mapping[str, _Codec], values: Mapping[int, bytes]) -> Dict[str, Any]:
    return {name: codec.decode(values[codec.number]) for name, codec in codecs.items() if codec.number in values}


def _u32(values: Mapping[int, bytes], kind: int) -> int:
    return int(_U32.unpack(values[kind])[0]) if kind in values else 0
