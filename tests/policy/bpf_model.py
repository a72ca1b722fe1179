"""As much of classic BPF as rules of policy use. Source: the kernel's Documentation/networking/filter.rst."""

from __future__ import annotations

from typing import NamedTuple


class Instruction(NamedTuple):
    code: int
    if_true: int
    if_false: int
    value: int


_LOAD_WORD, _TO_INDEX, _JUMP_IF_INDEX, _RETURN = 0x20, 0x07, 0x1D, 0x06


def read(text: str) -> list[Instruction]:
    """A program as ``tcpdump -ddd`` prints it, with commas. Raises ValueError for what is not known here."""
    count, *lines = text.split(",")
    program = [Instruction(*map(int, line.split())) for line in lines]
    if len(program) != int(count) or any(
        each.code not in (_LOAD_WORD, _TO_INDEX, _JUMP_IF_INDEX, _RETURN) for each in program
    ):
        raise ValueError(f"program {text}")
    return program


def run(program: list[Instruction], packet: bytes) -> int:
    """What the program returns; 0 is no match."""
    accumulator = index = place = 0
    while program[place].code != _RETURN:
        each = program[place]
        place += 1
        if each.code == _LOAD_WORD:
            accumulator = int.from_bytes(packet[each.value : each.value + 4], "big")
        elif each.code == _TO_INDEX:
            index = accumulator
        else:
            place += each.if_true if accumulator == index else each.if_false
    return program[place].value
