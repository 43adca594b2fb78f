"""The vet: whether C's loader may be given a pickle, because it cannot do any harm with it.

Compiled by mypyc together with walker and machine.

Rules:
1. It says yes only to what both picklers of Python 3 write for plain values: None, numbers, text,
   bytes, containers of them, and the leaves in `LEAF_NAMES`. Whoever gets a no asks the machine,
   which also knows why something cannot be read.
2. For what it says yes to, loader and machine give equal values, within the same budget. So it
   says no to what only the machine decides: 8-bit strings that are not ASCII, keys that cost
   something to hash, containers within themselves, arguments that no Python pickles.
"""

# ruff: noqa: PLR0911, PLR0912, PLR0915, PLR1714, C901 - the compiler makes one jump of these
# comparisons, and a call would cost more than most opcodes do

from __future__ import annotations

from typing import Final

from shelflife.pickles.bounds import Bounds
from shelflife.pickles.budget import Budget
from shelflife.pickles.leaves import (
    BOOL,
    BYTES,
    DICT,
    INT,
    LEAF,
    LEAF_INDEX,
    LIST,
    LONGEST_NAME,
    NAME,
    OTHER,
    SET,
    TEXT,
)
from shelflife.pickles.names import AllowList
from shelflife.pickles.stack import u32
from shelflife.pickles.trees import Trees

try:
    from mypy_extensions import i64
except ImportError:  # only the compiler needs it
    i64 = int  # type: ignore[misc]

_NEWEST: Final = 5


class Vet:
    """Says of pickles whether C's loader may be given them.

    Args:
        allow: What they may refer to.
        budget: Bounds that their values must keep to.
    """

    def __init__(self, allow: AllowList, budget: Budget) -> None:
        self._bounds = Bounds(allow, budget)

    def passes(self, data: bytes) -> bool:
        """Whether this whole pickle is plain; False if the machine must decide."""
        return len(data) <= self._bounds.size and _Pass(data, self._bounds).is_plain()


class _Pass(Trees):
    """One pass over a pickle."""

    def is_plain(self) -> bool:
        """Go through all opcodes; False at the first that is not plain."""
        data, size, memo = self.data, self.size, self.memo
        pos: i64 = 0
        end: i64 = size  # of the frame: loaders read it as one piece, and nothing across it
        code: i64
        value: i64
        while pos < size:
            if pos >= end:
                if pos > end:
                    return False
                end = size
            code = data[pos]
            pos += 1
            if code == 0x94:  # MEMOIZE
                if self.top <= self.floor or self.begins_at_1:
                    return False
                memo.append(self.stack[self.top - 1])
            elif code == 0x8C:  # SHORT_BINUNICODE
                self.push((pos - 1) * 16 + TEXT)
                pos += 1 + data[pos]
            elif code == 0x58:  # BINUNICODE
                self.push((pos - 1) * 16 + TEXT)
                pos += 4 + u32(data, pos)
            elif code == 0x71:  # BINPUT
                if not self.put(data[pos]):
                    return False
                pos += 1
            elif code == 0x68:  # BINGET
                if not self.get(data[pos]):
                    return False
                pos += 1
            elif code == 0x72:  # LONG_BINPUT
                if not self.put(u32(data, pos)):
                    return False
                pos += 4
            elif code == 0x6A:  # LONG_BINGET
                if not self.get(u32(data, pos)):
                    return False
                pos += 4
            elif code == 0x4B:  # BININT1
                self.push(INT)
                pos += 1
            elif code == 0x4D:  # BININT2
                self.push(INT)
                pos += 2
            elif code == 0x4A:  # BININT
                self.push(INT)
                pos += 4
            elif code == 0x8A:  # LONG1
                self.push(INT if data[pos] < 8 else LEAF)
                pos += 1 + data[pos]
            elif code == 0x47:  # BINFLOAT
                finite = data[pos] & 0x7F < 0x7F or data[pos + 1] < 0xF0
                self.push(OTHER if finite else LEAF)
                pos += 8
            elif code == 0x4E:  # NONE
                self.push(OTHER)
            elif code == 0x88 or code == 0x89:  # NEWTRUE, NEWFALSE
                self.push(BOOL)
            elif code == 0x28:  # MARK
                self.floor = self.top
                self.marks.append(self.floor)
                if len(self.marks) > self.bounds.depth:
                    return False
            elif code == 0x73:  # SETITEM
                if self.top - self.floor < 3 or not self.fill(self.top - 2, DICT):
                    return False
            elif code == 0x61:  # APPEND
                if self.top - self.floor < 2 or not self.fill(self.top - 1, LIST):
                    return False
            elif code == 0x75 or code == 0x65 or code == 0x90:  # SETITEMS, APPENDS, ADDITEMS
                value = self.unmark()
                kind = DICT if code == 0x75 else LIST if code == 0x65 else SET
                if value <= self.floor or not self.fill(value, kind):
                    return False
            elif code == 0x7D:  # EMPTY_DICT
                if not self.open(DICT):
                    return False
            elif code == 0x5D:  # EMPTY_LIST
                if not self.open(LIST):
                    return False
            elif code >= 0x85 and code <= 0x87:  # TUPLE1 to TUPLE3
                value = self.top - (code - 0x84)
                if value < self.floor or not self.tuple_of(value):
                    return False
            elif code == 0x74:  # TUPLE
                value = self.unmark()
                if value < 0 or not self.tuple_of(value):
                    return False
            elif code == 0x43:  # SHORT_BINBYTES
                self.push((pos - 1) * 16 + BYTES)
                pos += 1 + data[pos]
            elif code == 0x42:  # BINBYTES
                self.push((pos - 1) * 16 + BYTES)
                pos += 4 + u32(data, pos)
            elif code == 0x55:  # SHORT_BINSTRING
                value = pos + 1 + data[pos]
                if not data[pos + 1 : value].isascii():
                    return False
                self.push(OTHER)
                pos = value
            elif code == 0x52:  # REDUCE
                if not self.call():
                    return False
            elif code == 0x95:  # FRAME
                value = end
                end = pos + 8 + u32(data, pos)
                if value != size or end > size or u32(data, pos + 4) != 0:
                    return False
                pos += 8
            elif code == 0x2E:  # STOP
                return pos == size and self.top == 1 and not self.marks and self.few_parts()
            else:
                pos = self.rarely(code, pos)
                if pos < 0:
                    return False
        return False

    def rarely(self, code: i64, pos: i64) -> i64:
        """Handle what is met once or hardly ever; gives the next offset, or -1 for a no."""
        data = self.data
        if code == 0x80:  # PROTO
            return pos + 1 if pos == 1 and data[pos] <= _NEWEST else -1
        if code == 0x8F:  # EMPTY_SET
            return pos if self.open(SET) else -1
        if code == 0x29:  # EMPTY_TUPLE
            return pos if self.tuple_of(self.top) else -1
        if code == 0x93 or code == 0x63:  # STACK_GLOBAL, GLOBAL
            return self.name(code, pos)
        if code == 0x81:  # NEWOBJ
            return self.uuid(pos)
        return -1

    def name(self, code: i64, pos: i64) -> i64:
        """Push a name, if it is a leaf's and allowed."""
        data = self.data
        end = pos
        if code == 0x63:
            middle: i64 = data.find(b"\n", pos, pos + LONGEST_NAME)
            end = data.find(b"\n", middle + 1, middle + 1 + LONGEST_NAME) + 1
            if middle < 0 or end == 0:
                return -1
            spelled = data[pos:middle] + b"." + data[middle + 1 : end - 1]
        elif self.top - self.floor < 2:
            return -1
        else:
            self.top -= 2
            module = self.short_text(self.value(self.top))
            spelled = module + b"." + self.short_text(self.value(self.top + 1))
        index = LEAF_INDEX.get(spelled, 0)
        if index == 0 or str(spelled, "ascii") not in self.bounds.names:
            return -1
        self.push(index * 16 + NAME)
        return end
