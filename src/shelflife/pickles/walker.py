"""The walker: finds out what a pickle says of itself, without building any value of it.

Compiled by mypyc where there is a C compiler when the package is built (`hatch_build.py`), plain
Python otherwise: one source, the same results.

Rules:
1. Any bytes give facts, or `corrupt` with an offset; in time and memory linear in their length.
2. Corrupt is only what every `pickle.loads` of Python 3 raises on for its form: an unknown opcode,
   a cut argument, too few values on the stack, a memo index that was never set. Values that are
   left over at the end are none, and what a value's content does is for the trial.
3. The stack is followed as far as names and calls go (`tracker`).
4. joblib writes an array's bytes into the middle of its pickles. There the walk ends (`spliced`).
"""

# ruff: noqa: PLR1714, PLR0912, PLR0915, C901 - the compiler makes one jump of these comparisons,
# and a call would cost more than most opcodes do

from __future__ import annotations

from typing import Final, Optional

from shelflife.pickles.facts import Facts
from shelflife.pickles.refusals import corrupt
from shelflife.pickles.stack import u32
from shelflife.pickles.table import OPCODES
from shelflife.pickles.tracker import (
    INSTANCE,
    NAME,
    TEXT,
    TUPLE,
    Tracker,
    line_text,
    too_few,
    u64,
)

try:
    from mypy_extensions import i64
except ImportError:  # only the compiler needs it
    i64 = int  # type: ignore[misc]

_SPLICED: Final = ("joblib.numpy_pickle", "NumpyArrayWrapper")


def facts(data: bytes, start: int = 0) -> Facts:
    """Find out what a pickle refers to and needs, whatever bytes are given.

    Args:
        data: Bytes that hold a pickle.
        start: Where it begins.

    Raises:
        Unreadable: With reason `corrupt` and the offset: this is no complete pickle.
    """
    return _Scan(data, start).run()


class _Scan(Tracker):
    """One pass. What is met often is handled in `run`, the rest in the methods below it."""

    def run(self) -> Facts:
        """Go through all opcodes."""
        data, size, memo = self.data, self.size, self.memo
        pos: i64 = self.start
        code: i64
        end: i64
        needs: i64 = 0
        while True:
            if pos >= size:
                raise corrupt("cut off", size)
            code = data[pos]
            pos += 1
            if code == 0x94:  # MEMOIZE
                if self.top <= self.floor:
                    raise too_few(pos)
                if self.gaps or self.far:
                    self.put(len(memo) + len(self.far) - self.gaps, pos)
                else:
                    memo.append(self.stack[self.top - 1])
                needs = max(4, needs)
            elif code == 0x8C:  # SHORT_BINUNICODE
                self.push((pos - 1) * 8 + TEXT)
                pos += 1 + data[pos]
                needs = max(4, needs)
            elif code == 0x58:  # BINUNICODE
                self.push((pos - 1) * 8 + TEXT)
                pos += 4 + u32(data, pos)
                needs = max(1, needs)
            elif code == 0x71:  # BINPUT
                self.put(data[pos], pos)
                pos += 1
                needs = max(1, needs)
            elif code == 0x68:  # BINGET
                self.push(self.get(data[pos], pos))
                pos += 1
                needs = max(1, needs)
            elif code == 0x70:  # PUT
                end = self.line_end(pos)
                self.put(self.index(pos, end), pos)
                pos = end
            elif code == 0x67:  # GET
                end = self.line_end(pos)
                self.push(self.get(self.index(pos, end), pos))
                pos = end
            elif code == 0x72:  # LONG_BINPUT
                self.put(u32(data, pos), pos)
                pos += 4
                needs = max(1, needs)
            elif code == 0x6A:  # LONG_BINGET
                self.push(self.get(u32(data, pos), pos))
                pos += 4
                needs = max(1, needs)
            elif code == 0x73 or code == 0x61:  # SETITEM, APPEND
                self.pop(2 if code == 0x73 else 1, pos)
                if self.top <= self.floor:
                    raise too_few(pos)
            elif code == 0x53:  # STRING
                end = self.line_end(pos)
                self.see_quoted(pos, end - 1)
                self.push((pos - 1) * 8 + TEXT)
                pos = end
            elif code == 0x56:  # UNICODE
                self.push((pos - 1) * 8 + TEXT)
                pos = self.line_end(pos)
            elif code == 0x49 or code == 0x4C or code == 0x46 or code == 0x50:
                # INT, LONG, FLOAT, PERSID
                self.push(None)
                pos = self.line_end(pos)
                self.found.persistent |= code == 0x50
            elif code == 0x4E:  # NONE
                self.push(None)
            elif code == 0x4B:  # BININT1
                self.push(None)
                pos += 1
                needs = max(1, needs)
            elif code == 0x4D:  # BININT2
                self.push(None)
                pos += 2
                needs = max(1, needs)
            elif code == 0x4A:  # BININT
                self.push(None)
                pos += 4
                needs = max(1, needs)
            elif code == 0x47:  # BINFLOAT
                self.push(None)
                pos += 8
                needs = max(1, needs)
            elif code == 0x28:  # MARK
                self.floor = self.top
                self.marks.append(self.top)
            elif code == 0x75 or code == 0x65:  # SETITEMS, APPENDS
                self.top = self.take_mark(pos)
                if self.top <= self.floor:
                    raise too_few(pos)
                needs = max(1, needs)
            elif code == 0x7D or code == 0x5D:  # EMPTY_DICT, EMPTY_LIST
                self.push(None)
                needs = max(1, needs)
            elif code == 0x88 or code == 0x89:  # NEWTRUE, NEWFALSE
                self.push(None)
                needs = max(2, needs)
            elif code == 0x55:  # SHORT_BINSTRING
                self.see_bytes(pos + 1, pos + 1 + data[pos])
                self.push((pos - 1) * 8 + TEXT)
                pos += 1 + data[pos]
                needs = max(1, needs)
            elif code == 0x43:  # SHORT_BINBYTES
                self.push(None)
                pos += 1 + data[pos]
                needs = max(3, needs)
            elif code == 0x2E:  # STOP
                return self.sum_up(pos, needs)
            else:
                pos = self._other(code, pos)
                if self.found.spliced:
                    return self.sum_up(size, needs)

    def _other(self, code: i64, pos: i64) -> i64:
        """Handle what makes tuples, names and instances."""
        stack = self.stack
        if code >= 0x85 and code <= 0x87:  # TUPLE1 to TUPLE3
            self.pop(code - 0x84, pos)
            self.push((code - 0x84) * 8 + TUPLE)
            self.need(2)
        elif code == 0x74:  # TUPLE
            count = self.top
            self.top = self.take_mark(pos)
            self.push((count - self.top) * 8 + TUPLE)
        elif code == 0x29:  # EMPTY_TUPLE
            self.push(TUPLE)
            self.need(1)
        elif code == 0x52 or code == 0x81:  # REDUCE, NEWOBJ
            self.require(2, pos)
            self.top -= 2
            made = self.make(stack[self.top], code == 0x81, stack[self.top + 1])
            self.push(made)
            self.need(2 if code == 0x81 else 0)
        elif code == 0x93:  # STACK_GLOBAL
            self.require(2, pos)
            self.top -= 2
            module = self.text_of(stack[self.top])
            qualname = self.text_of(stack[self.top + 1])
            if module is None or qualname is None:
                self.found.unknown_names = True
                self.push(None)
            else:
                self.push(self.add_name(module, qualname) * 8 + NAME)
            self.need(4)
        elif code == 0x63 or code == 0x69:  # GLOBAL, INST
            return self._named(code, pos)
        elif code == 0x6F:  # OBJ
            below = self.take_mark(pos)
            if self.top <= below:
                raise too_few(pos)
            count = self.top - below - 1
            made = self.make(stack[below], False, count * 8 + TUPLE if count > 0 else None)
            self.top = below
            self.push(made)
            self.need(1)
        else:
            return self._rest(code, pos)
        return pos

    def _named(self, code: i64, pos: i64) -> i64:
        """Handle the opcodes of protocol 0 that spell out a name in two lines."""
        data = self.data
        end = self.line_end(pos)
        second = self.line_end(end)
        name = self.add_name(line_text(data, pos, end), line_text(data, end, second))
        if code == 0x69:
            below = self.take_mark(pos)
            if self.top > below:  # without arguments, loaders do not call the class
                self.add_call(name * 8 + NAME, "call", self.top - below)
            self.top = below
        self.push(name * 8 + (NAME if code == 0x63 else INSTANCE))
        return second

    def _rest(self, code: i64, pos: i64) -> i64:
        """Handle the opcodes that only move the stack, by the table."""
        stack, found = self.stack, self.found
        opcode = OPCODES.get(bytes([code]))
        if opcode is None:
            raise corrupt("no opcode", pos - 1)
        self.need(opcode.protocol)
        end = self.argument_end(opcode.argument, pos)
        given: Optional[int] = None
        if code == 0x32:  # DUP
            self.require(1, pos)
            given = stack[self.top - 1]
        elif code == 0x62:  # BUILD
            self.require(2, pos)
            made = stack[self.top - 2]
            if made is not None and made & 7 == INSTANCE:
                found.spliced = self.names[made >> 3] == _SPLICED
        elif code == 0x80:  # PROTO
            if pos != self.start + 1:
                self.late = True  # names before and after it are read differently
            found.declared = self.data[pos]
        elif code == 0x54 or code == 0x8D:  # BINSTRING, BINUNICODE8
            given = (pos - 1) * 8 + TEXT
            if code == 0x54:
                self.see_bytes(pos + 4, end)
        else:
            self._note(code, pos, end)
        if code == 0x30 and self.marks and self.top == self.floor:
            self.take_mark(pos)  # POP takes a mark as well
        elif opcode.takes is None:
            self.top = self.take_mark(pos)
        else:
            self.pop(opcode.takes, pos)
        if opcode.gives:
            self.push(given)
        return end

    def _note(self, code: i64, pos: i64, end: i64) -> None:
        """Note what makes a pickle depend on more than itself."""
        if code == 0x51:  # BINPERSID
            self.found.persistent = True
        elif code == 0x97:  # NEXT_BUFFER
            self.found.buffers = True
        elif code >= 0x82 and code <= 0x84:  # EXT1, EXT2, EXT4
            self.codes.add(int.from_bytes(self.data[pos:end], "little"))
        elif code == 0x95 and u64(self.data, pos) > self.size - end:  # FRAME
            raise corrupt("a frame that is cut off", pos)
