"""The leaves of plain pickles: moments, Decimals and UUIDs, by their opcodes alone.

What the vet (`plain`) remembers on its way is here as well. A value on its stack is a kind, and
above the kind's four bits a number: the offset of the opcode of text and bytes, the index of a
name and of a leaf, which container it is.

Rule: an argument passes only if the builder in `SAFE` takes it and gives what the type gives.
"""

# ruff: noqa: PLR1714, SIM109 - the compiler makes jumps of comparisons, and tuples of tuples

from __future__ import annotations

from typing import Final, Optional

from shelflife.pickles.bounds import Bounds
from shelflife.pickles.moment_states import is_date, is_datetime, is_time
from shelflife.pickles.stack import Stack, u32

try:
    from mypy_extensions import i64
except ImportError:  # only the compiler needs it
    i64 = int  # type: ignore[misc]

OTHER: Final = 0  # None, a finite float or an old ASCII string
BOOL: Final = 1
INT: Final = 2  # of at most 56 bits
TEXT: Final = 3
BYTES: Final = 4
LAST_KEY: Final = 4  # what is hashed at no cost, and hardly ever alike: see `account`
NAME: Final = 5
LEAF: Final = 6  # with index 0, a long integer, or NaN, of which all hash alike in Python 3.9
ENCODED: Final = 7  # bytes as protocols below 3 have them: the offset of the text they are made of
FIRST_CONTAINER: Final = 8
LIST: Final = 8
DICT: Final = 9
SET: Final = 10
TUPLE: Final = 11
SHARED: Final = 12  # a container that came from the memo: nothing is put into it, or called with it
UNSET: Final = 15

_DATETIME: Final = 1
_DATE: Final = 2
_TIME: Final = 3
_TIMEDELTA: Final = 4
_TIMEZONE: Final = 5
_DECIMAL: Final = 6
_UUID: Final = 7
_ENCODE: Final = 8

LEAF_INDEX: Final = {
    b"datetime.datetime": _DATETIME,
    b"datetime.date": _DATE,
    b"datetime.time": _TIME,
    b"datetime.timedelta": _TIMEDELTA,
    b"datetime.timezone": _TIMEZONE,
    b"decimal.Decimal": _DECIMAL,
    b"uuid.UUID": _UUID,
    b"_codecs.encode": _ENCODE,
}
LEAF_NAMES = tuple(str(name, "ascii") for name in LEAF_INDEX)
"""What plain pickles may call, all of it in `SAFE`."""

LONGEST_NAME: Final = 32
_LONGEST_STATE: Final = 20  # of ten bytes as text
_STATE: Final = 400  # bytes that the state of a UUID takes at most


class Leaves(Stack):
    """One pickle on its way through the vet.

    Attributes:
        bounds: What it keeps to.
        memory: What containers may still take, in bytes.
        memo: By index; only one index after the other is set.
        begins_at_1: Python 2's cPickle sets no index 0, and counts otherwise.
        depths: Of each container; below zero while something may still be put into it.
        numbers, probes: How many keys of each container are numbers, and what they may cost.
        members, first, second, third: How many members the tuple has that was made last, and the
            first of them. It is the one on top of the stack if a tuple is there: none of the
            opcodes that pass takes a value away without a trace.
    """

    def __init__(self, data: bytes, bounds: Bounds) -> None:
        super().__init__(data)
        self.bounds = bounds
        self.memory = bounds.memory
        self.memo: list[Optional[int]] = []
        self.begins_at_1 = False
        self.depths: list[int] = []
        self.numbers: dict[int, int] = {}
        self.probes: i64 = 0
        self.members: i64 = 0
        self.first: i64 = 0
        self.second: i64 = 0
        self.third: i64 = 0

    def value(self, at: i64) -> i64:
        """Give a value of the stack."""
        value = self.stack[at]
        return UNSET if value is None else value

    def put(self, index: i64) -> bool:
        """Remember the top of the stack; only one index after the other, as picklers count."""
        memo = self.memo
        if index == 1 and not memo:
            self.begins_at_1 = True
            memo.append(None)
        if index != len(memo) or self.top <= self.floor:
            return False
        memo.append(self.stack[self.top - 1])
        return True

    def get(self, index: i64) -> bool:
        """Push what was remembered; a container is closed by it, so that none holds itself."""
        value = self.memo[index] if index < len(self.memo) else None
        if value is None:
            return False
        if value & 15 >= FIRST_CONTAINER:
            if not self.bounds.may_share:
                return False
            if self.top + len(self.marks) >= self.bounds.waiting:
                return False
            self.close(value)
            value = (value >> 4) * 16 + SHARED
        self.push(value)
        return True

    def close(self, value: i64) -> i64:
        """Let nothing more be put into a container; gives its depth."""
        depth: i64 = self.depths[value >> 4]
        if depth < 0:
            depth = -depth
            self.depths[value >> 4] = depth
        return depth

    def call(self) -> bool:
        """Check a call of a name with the tuple above it, which is the last that was made."""
        if self.top - self.floor < 2 or self.value(self.top - 1) & 15 != TUPLE:
            return False
        name = self.value(self.top - 2)
        self.top -= 2
        if name == _ENCODE * 16 + NAME:
            self.push((self.first >> 4) * 16 + ENCODED)
            is_text = self.members == 2 and self.first & 15 == TEXT
            return is_text and self.short_text(self.second) == b"latin1"
        self.push((name >> 4) * 16 + LEAF)
        return name & 15 == NAME and self.fits(name >> 4)

    def fits(self, index: i64) -> bool:
        """Whether the tuple that was made last is what picklers call a name with."""
        first, second, count = self.first, self.second, self.members
        if index == _DATETIME or index == _TIME:
            aware = count == 2 and second == _TIMEZONE * 16 + LEAF
            is_state = is_datetime if index == _DATETIME else is_time
            return (count == 1 or aware) and is_state(self.state(first))
        if index == _DATE:
            return count == 1 and is_date(self.state(first))
        if index == _TIMEDELTA:
            ints = first & 15 == INT and second & 15 == INT and self.third & 15 == INT
            return count == 3 and ints
        if index == _TIMEZONE:
            named = count == 1 or (count == 2 and second & 15 == TEXT)
            return named and first == _TIMEDELTA * 16 + LEAF
        text = index == _DECIMAL and first & 15 == TEXT
        return text and count == 1 and self.length(first >> 4) <= self.bounds.digits

    def state(self, value: i64) -> bytes:
        """Give the few bytes that a moment is made of, or none."""
        at = value >> 4
        kind = value & 15
        if (kind != BYTES and kind != ENCODED) or self.length(at) > _LONGEST_STATE:
            return b""
        code: i64 = self.data[at]
        start = at + (2 if code == 0x43 or code == 0x8C else 5)
        raw = self.data[start : start + self.length(at)]
        if kind == BYTES:
            return raw
        try:
            return str(raw, "utf-8").encode("latin-1")
        except UnicodeError:
            return b""

    def uuid(self, pos: i64) -> i64:
        """Follow a UUID up to the state that finishes it; gives the next offset, or -1 for a no."""
        data = self.data
        if self.top - self.floor < 2 or self.value(self.top - 2) != _UUID * 16 + NAME:
            return -1
        if self.value(self.top - 1) & 15 != TUPLE or self.members != 0:
            return -1
        self.top -= 2
        self.push(_UUID * 16 + LEAF)
        self.memory -= _STATE
        pos = self.put_here(pos)
        if pos < 0 or data[pos] != 0x7D:  # EMPTY_DICT
            return -1
        self.push(len(self.depths) * 16 + DICT)
        self.depths.append(-1)
        pos = self.put_here(pos + 1)
        if pos >= 0:
            pos = self.text_here(pos)
        if pos < 0 or self.short_text(self.value(self.top - 1)) != b"int":
            return -1
        self.top -= 2
        return self.number_of_uuid(pos)

    def text_here(self, pos: i64) -> i64:
        """Push a text that is spelled or remembered here; gives the next offset, or -1."""
        data = self.data
        code: i64 = data[pos]
        if code == 0x68:  # BINGET
            return pos + 2 if self.get(data[pos + 1]) else -1
        if code == 0x6A:  # LONG_BINGET
            return pos + 5 if self.get(u32(data, pos + 1)) else -1
        if code != 0x8C and code != 0x58:  # SHORT_BINUNICODE, BINUNICODE
            return -1
        self.push(pos * 16 + TEXT)
        return self.put_here(pos + (2 if code == 0x8C else 5) + self.length(pos))

    def number_of_uuid(self, pos: i64) -> i64:
        """Pass a LONG1 of at most 128 bits, SETITEM and BUILD; gives the next offset, or -1."""
        data = self.data
        if pos >= self.size or data[pos] != 0x8A:
            return -1
        length: i64 = data[pos + 1]
        end: i64 = pos + 2 + length
        if length == 0 or length > 17 or end + 2 > self.size:
            return -1
        highest: i64 = data[end - 1]
        if highest > 127 or (length == 17 and highest > 0):
            return -1
        return end + 2 if data[end] == 0x73 and data[end + 1] == 0x62 else -1

    def put_here(self, pos: i64) -> i64:
        """Put the top of the stack into the memo, if the next opcode says so; -1 for a no."""
        data = self.data
        if pos >= self.size:
            return -1
        code: i64 = data[pos]
        if code == 0x94:  # MEMOIZE
            if self.begins_at_1:
                return -1
            self.memo.append(self.stack[self.top - 1])
            return pos + 1
        if code == 0x71:  # BINPUT
            return pos + 2 if self.put(data[pos + 1]) else -1
        if code == 0x72:  # LONG_BINPUT
            return pos + 5 if self.put(u32(data, pos + 1)) else -1
        return pos

    def short_text(self, value: i64) -> bytes:
        """Give the bytes of a text that could be a name, or none."""
        at = value >> 4
        if value & 15 != TEXT or self.length(at) > LONGEST_NAME:
            return b""
        start = at + (2 if self.data[at] == 0x8C else 5)
        return self.data[start : start + self.length(at)]

    def length(self, at: i64) -> i64:
        """Give the length of the text or bytes whose opcode lies at this offset."""
        code: i64 = self.data[at]
        return self.data[at + 1] if code == 0x8C or code == 0x43 else u32(self.data, at + 1)
