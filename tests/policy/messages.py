"""Messages that raw sockets send: an SCTP INIT (RFC 9260) and an ICMP echo (RFC 792, RFC 4443)."""

from __future__ import annotations

import struct

_CASTAGNOLI = 0x82F63B78  # reversed, as CRC-32C is computed


def _entry(value: int) -> int:
    for _bit in range(8):
        value = value >> 1 ^ (_CASTAGNOLI if value & 1 else 0)
    return value


_TABLE = [_entry(value) for value in range(256)]


def sctp_init(source_port: int, port: int) -> bytes:
    """What an association begins with."""
    chunk = struct.pack("!BBHIIHHI", 1, 0, 20, 1, 65536, 1, 1, 1)
    header = struct.pack("!HHI", source_port, port, 0)
    return header + struct.pack("<I", _crc32c(header + bytes(4) + chunk)) + chunk


def echo(family: int, identifier: int) -> bytes:
    """An echo request. The kernel fills in the checksum of IPv6."""
    without = struct.pack("!BBHHH", 8 if family == 4 else 128, 0, 0, identifier, 1)
    return without[:2] + struct.pack("!H", _internet_checksum(without)) + without[4:]


def echo_reply(family: int, received: bytes) -> int | None:
    """The identifier of an echo reply, as a raw socket receives it; None of anything else."""
    message = payload(family, received)
    kind, _code, _checksum, identifier = struct.unpack_from("!BBHH", message)
    return int(identifier) if kind == (0 if family == 4 else 129) else None


def payload(family: int, received: bytes) -> bytes:
    """What a raw socket received without the header, which is there of IPv4 only."""
    return received[(received[0] & 15) * 4 :] if family == 4 else received


def _crc32c(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 255] ^ value >> 8
    return value ^ 0xFFFFFFFF


def _internet_checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
