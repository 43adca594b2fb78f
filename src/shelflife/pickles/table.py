"""The opcodes of all protocols: what follows each, and what it does to the stack.

Rules:
1. The machine has a handler for each of these, and for no others; a test compares the two.
2. Kinds of argument: a number of bytes, a struct format of the length that precedes the bytes
   (`<B`, `<i`, ...), or one or two lines (`line`, `lines`).
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Union


class Opcode(NamedTuple):
    """One opcode.

    Attributes:
        protocol: The first protocol that has it.
        argument: What follows it.
        takes: How many values it pops; None for all down to the last mark, and that.
        gives: How many values it pushes.
    """

    protocol: int
    argument: Union[int, str] = 0
    takes: Optional[int] = 0
    gives: int = 0


OPCODES: dict[bytes, Opcode] = {
    b"N": Opcode(0, gives=1),
    b"I": Opcode(0, "line", gives=1),
    b"L": Opcode(0, "line", gives=1),
    b"F": Opcode(0, "line", gives=1),
    b"S": Opcode(0, "line", gives=1),
    b"V": Opcode(0, "line", gives=1),
    b"P": Opcode(0, "line", gives=1),
    b"c": Opcode(0, "lines", gives=1),
    b"i": Opcode(0, "lines", takes=None, gives=1),
    b"(": Opcode(0),
    b"0": Opcode(0, takes=1),
    b"2": Opcode(0, gives=1),
    b"a": Opcode(0, takes=1),
    b"s": Opcode(0, takes=2),
    b"b": Opcode(0, takes=1),
    b"R": Opcode(0, takes=2, gives=1),
    b"t": Opcode(0, takes=None, gives=1),
    b"l": Opcode(0, takes=None, gives=1),
    b"d": Opcode(0, takes=None, gives=1),
    b"g": Opcode(0, "line", gives=1),
    b"p": Opcode(0, "line"),
    b".": Opcode(0, takes=1),
    b"K": Opcode(1, 1, gives=1),
    b"M": Opcode(1, 2, gives=1),
    b"J": Opcode(1, 4, gives=1),
    b"G": Opcode(1, 8, gives=1),
    b"U": Opcode(1, "<B", gives=1),
    b"T": Opcode(1, "<i", gives=1),
    b"X": Opcode(1, "<I", gives=1),
    b"Q": Opcode(1, takes=1, gives=1),
    b"]": Opcode(1, gives=1),
    b"}": Opcode(1, gives=1),
    b")": Opcode(1, gives=1),
    b"1": Opcode(1, takes=None),
    b"e": Opcode(1, takes=None),
    b"u": Opcode(1, takes=None),
    b"o": Opcode(1, takes=None, gives=1),
    b"h": Opcode(1, 1, gives=1),
    b"j": Opcode(1, 4, gives=1),
    b"q": Opcode(1, 1),
    b"r": Opcode(1, 4),
    b"\x80": Opcode(2, 1),
    b"\x81": Opcode(2, takes=2, gives=1),
    b"\x82": Opcode(2, 1, gives=1),
    b"\x83": Opcode(2, 2, gives=1),
    b"\x84": Opcode(2, 4, gives=1),
    b"\x85": Opcode(2, takes=1, gives=1),
    b"\x86": Opcode(2, takes=2, gives=1),
    b"\x87": Opcode(2, takes=3, gives=1),
    b"\x88": Opcode(2, gives=1),
    b"\x89": Opcode(2, gives=1),
    b"\x8a": Opcode(2, "<B", gives=1),
    b"\x8b": Opcode(2, "<i", gives=1),
    b"B": Opcode(3, "<I", gives=1),
    b"C": Opcode(3, "<B", gives=1),
    b"\x8c": Opcode(4, "<B", gives=1),
    b"\x8d": Opcode(4, "<Q", gives=1),
    b"\x8e": Opcode(4, "<Q", gives=1),
    b"\x8f": Opcode(4, gives=1),
    b"\x90": Opcode(4, takes=None),
    b"\x91": Opcode(4, takes=None, gives=1),
    b"\x92": Opcode(4, takes=3, gives=1),
    b"\x93": Opcode(4, takes=2, gives=1),
    b"\x94": Opcode(4),
    b"\x95": Opcode(4, 8),
    b"\x96": Opcode(5, "<Q", gives=1),
    b"\x97": Opcode(5, gives=1),
    b"\x98": Opcode(5),
}
