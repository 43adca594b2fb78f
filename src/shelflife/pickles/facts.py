"""What a pickle says of itself, found without building any value of it.

Rules:
1. The stack is followed as far as names go: a value on it is the text it is, or None.
2. Any bytes give facts or `corrupt`; what the machine refuses for its content is no matter here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Optional

from shelflife.pickles.refusals import corrupt
from shelflife.pickles.scalars import unquote
from shelflife.pickles.table import OPCODES, Opcode

_TEXT = frozenset(b"VX\x8c\x8d")
_STRINGS = frozenset(b"UTS")
_EXTENSIONS = frozenset(b"\x82\x83\x84")
_PUTS = frozenset(b"pqr\x94")
_GETS = frozenset(b"ghj")
_LONGEST_NAME = 1_000
_TABLE: list[Optional[Opcode]] = [OPCODES.get(bytes([opcode])) for opcode in range(256)]


@dataclass(frozen=True)
class Facts:
    """What one pass over a pickle found.

    Attributes:
        protocol: The protocol that its opcodes need.
        declared: The protocol that it declares; 0 if it declares none.
        names: The (module, qualname) pairs it refers to, as they are spelled in it.
        unknown_names: It refers to a name which is not spelled out in it.
        eight_bit: It holds 8-bit strings, as Python 2 writes them.
        non_ascii: One of these is not ASCII.
        extensions: Codes of copyreg's extension registry it refers to.
        end: Offset just after its last opcode.
    """

    protocol: int
    declared: int
    names: frozenset[tuple[str, str]]
    unknown_names: bool
    eight_bit: bool
    non_ascii: bool
    extensions: frozenset[int]
    end: int


def facts(data: bytes) -> Facts:
    """Find out what a pickle refers to and needs, whatever bytes are given.

    Raises:
        Unreadable: With reason `corrupt` and the offset: this is no complete pickle.
    """
    return _Scan(data).run()


class _Scan:
    """One pass: the stack and memo hold the texts that may be parts of names."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.stack: list[Optional[str]] = []
        self.marks: list[int] = []
        self.memo: dict[int, Optional[str]] = {}
        self.names: set[tuple[str, str]] = set()
        self.extensions: set[int] = set()
        self.protocol = self.declared = 0
        self.unknown = self.eight_bit = self.non_ascii = False

    def run(self) -> Facts:
        """Go through all opcodes."""
        data, pos, code = self.data, 0, 0
        while code != 0x2E:
            code = data[pos] if pos < len(data) else -1
            opcode = _TABLE[code] if code >= 0 else None
            if opcode is None:
                raise corrupt("cut off" if code < 0 else "no opcode", pos)
            start, end = self._argument(opcode, pos + 1)
            self.protocol = max(self.protocol, opcode.protocol)
            self._step(code, opcode, start, end)
            pos = end
        if self.stack or self.marks:
            raise corrupt("values are left over", pos)
        return Facts(
            protocol=self.protocol,
            declared=self.declared,
            names=frozenset(self.names),
            unknown_names=self.unknown,
            eight_bit=self.eight_bit,
            non_ascii=self.non_ascii,
            extensions=frozenset(self.extensions),
            end=pos,
        )

    def _argument(self, opcode: Opcode, pos: int) -> tuple[int, int]:
        """Give start and end of an argument; a length or a line feed belongs to none."""
        kind = opcode.argument
        if isinstance(kind, int):
            end = pos + kind
        elif kind in ("line", "lines"):
            end = pos
            for _ in range(1 if kind == "line" else 2):
                end = self.data.find(b"\n", end) + 1
                if not end:
                    raise corrupt("cut off in a line", pos)
        else:
            width = struct.calcsize(kind)
            if pos + width > len(self.data):
                raise corrupt("cut off", pos)
            length = struct.unpack_from(kind, self.data, pos)[0]
            if length < 0:
                raise corrupt("negative length", pos)
            pos += width
            end = pos + length
        if end > len(self.data):
            raise corrupt("cut off", pos)
        return pos, end

    def _step(self, code: int, opcode: Opcode, start: int, end: int) -> None:
        if code in _PUTS:
            self._put(code, start, end)
            return
        if code == 0x28:  # MARK
            self.marks.append(len(self.stack))
            return
        given = self._given(code, start, end)
        if code in b"ci":
            self._name_lines(start, end)
        elif code in _EXTENSIONS:
            self.extensions.add(int.from_bytes(self.data[start:end], "little"))
        elif code == 0x80:
            self.declared = self.data[start]
            if start != 1:
                raise corrupt("a protocol in the middle", start)
        elif code == 0x93:
            self._name_on_stack(start)
        self._move(code, opcode, start, given)

    def _given(self, code: int, start: int, end: int) -> Optional[str]:
        if code in _TEXT or code in _STRINGS:
            return self._text(code, start, end)
        if code in _GETS:
            return self._get(code, start, end)
        return self._top(start) if code == 0x32 else None  # DUP

    def _move(self, code: int, opcode: Opcode, pos: int, given: Optional[str]) -> None:
        floor = self.marks[-1] if self.marks else 0
        if code == 0x30 and self.marks and len(self.stack) == floor:
            self.marks.pop()  # POP takes a mark as well
            return
        if opcode.takes is None:
            if not self.marks:
                raise corrupt("a mark is missing from the stack", pos)
            del self.stack[self.marks.pop() :]
        elif opcode.takes:
            if len(self.stack) - floor < opcode.takes:
                raise corrupt("a value is missing from the stack", pos)
            del self.stack[-opcode.takes :]
        if opcode.gives:
            self.stack.append(given)

    def _text(self, code: int, start: int, end: int) -> Optional[str]:
        raw = self.data[start:end]
        if code in _STRINGS:
            raw = unquote(raw[:-1], start) if code == 0x53 else raw
            self.eight_bit = True
            self.non_ascii = self.non_ascii or not raw.isascii()
        if len(raw) > _LONGEST_NAME:
            return None
        try:
            return str(raw[:-1], "raw-unicode-escape") if code == 0x56 else str(raw, "utf-8")
        except UnicodeDecodeError:
            return None

    def _index(self, code: int, start: int, end: int) -> int:
        raw = self.data[start:end]
        if code not in b"pg":
            return int.from_bytes(raw, "little")
        if not raw[:-1].isdigit() or len(raw) > 11:
            raise corrupt("no index", start)
        return int(raw)

    def _put(self, code: int, start: int, end: int) -> None:
        index = len(self.memo) if code == 0x94 else self._index(code, start, end)
        self.memo[index] = self._top(start)

    def _get(self, code: int, start: int, end: int) -> Optional[str]:
        index = self._index(code, start, end)
        if index not in self.memo:
            raise corrupt("the memo lacks a value", start)
        return self.memo[index]

    def _top(self, pos: int) -> Optional[str]:
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise corrupt("a value is missing from the stack", pos)
        return self.stack[-1]

    def _name_lines(self, start: int, end: int) -> None:
        try:
            module, qualname = str(self.data[start : end - 1], "utf-8").split("\n")
        except UnicodeDecodeError:
            raise corrupt("a name that is no text", start) from None
        self.names.add((module, qualname))

    def _name_on_stack(self, pos: int) -> None:
        if len(self.stack) - (self.marks[-1] if self.marks else 0) < 2:
            raise corrupt("a value is missing from the stack", pos)
        module, qualname = self.stack[-2:]
        if module is None or qualname is None:
            self.unknown = True
        else:
            self.names.add((module, qualname))
