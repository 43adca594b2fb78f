"""What the walker remembers on its way: stack, memo and names. Compiled together with `walker`.

A value on the stack is None, or a mark made of its kind and a number: a text (the offset of its
opcode), a name (its index), a tuple (its length) or an instance (its class's index). The memo holds
the same.
"""

# ruff: noqa: PLR1714 - the compiler makes one jump of these comparisons

from __future__ import annotations

from typing import Final, Optional, Union

from shelflife.errors import Unreadable
from shelflife.pickles.facts import Facts
from shelflife.pickles.refusals import corrupt
from shelflife.pickles.scalars import unquote
from shelflife.pickles.stack import Stack, u32
from shelflife.pickles.table import OPCODES

try:
    from mypy_extensions import i64
except ImportError:  # only the compiler needs it
    i64 = int  # type: ignore[misc]

TEXT: Final = 1
NAME: Final = 2
TUPLE: Final = 3
INSTANCE: Final = 4
_LONGEST_NAME: Final = 1_000
_COMPARED: Final = 64  # a pickle with more names than that may have some twice
_WIDTHS: Final = {"<B": 1, "<I": 4, "<i": 4, "<Q": 8}
_UNSET: Final = 7  # no mark: none has this kind
_NEAR: Final = 64


class Tracker(Stack):
    """One pickle on its way through the walker.

    Attributes:
        memo, gaps: By index, and how many indices below its end have not been set.
        late: It declares a protocol after its beginning.
        far: What the memo holds at indices that are far away from all others.
        needs: The newest protocol that the opcodes handled below `run` need.
    """

    def __init__(self, data: bytes, start: int) -> None:
        super().__init__(data)
        self.start: i64 = start
        self.memo: list[Optional[int]] = []
        self.gaps: i64 = 0
        self.far: dict[int, Optional[int]] = {}
        self.names: list[tuple[str, str]] = []
        self.calls: set[tuple[str, str, str, int]] = set()
        self.codes: set[int] = set()
        self.needs: i64 = 0
        self.late = False
        self.found = Facts()

    def sum_up(self, pos: i64, needs: i64) -> Facts:
        """Give the facts, at the end; `needs` is the protocol of the opcodes in the hot loop."""
        found = self.found
        if not found.spliced:
            self.require(1, pos)
            found.left_over = self.top > 1 or len(self.marks) > 0
        self.need(needs)
        self.need(found.declared)
        found.protocol = self.needs
        found.unknown_names |= found.spliced or self.late
        found.end = pos
        if self.names and not self.late:
            found.names = frozenset(self.names)
        if self.calls and not self.late:
            found.calls = frozenset(self.calls)
        if self.codes:
            found.extensions = frozenset(self.codes)
        flags = found.protocol | found.declared << 8 | found.non_ascii << 16
        flags |= found.unknown_names << 17 | found.persistent << 18 | found.buffers << 19
        flags |= found.spliced << 20 | found.eight_bit << 21 | bool(self.codes) << 22
        flags |= (pos < self.size) << 23  # something follows
        found.key = (flags, found.names, found.calls)
        return found

    def need(self, protocol: i64) -> None:
        """Note that an opcode needs a protocol."""
        self.needs = max(self.needs, protocol)

    def require(self, count: i64, pos: i64) -> None:
        """Raise unless so many values lie above the last mark."""
        if self.top - self.floor < count:
            raise too_few(pos)

    def pop(self, count: i64, pos: i64) -> None:
        """Take values from the stack."""
        self.require(count, pos)
        self.top -= count

    def take_mark(self, pos: i64) -> i64:
        """Take the last mark away, and give how much of the stack lies below it."""
        below = self.unmark()
        if below < 0:
            raise corrupt("a mark is missing from the stack", pos)
        return below

    def put(self, index: i64, pos: i64) -> None:
        """Remember the top of the stack in the memo."""
        self.require(1, pos)
        memo = self.memo
        value = self.stack[self.top - 1]
        end: i64 = len(memo)
        if index < end:
            self.gaps -= memo[index] == _UNSET
            memo[index] = value
        elif index < end + _NEAR and not self.far:  # Python 2's cPickle begins at 1
            for _ in range(index - end):
                memo.append(_UNSET)
            self.gaps += index - end
            memo.append(value)
        else:
            self.far[index] = value

    def get(self, index: i64, pos: i64) -> Optional[int]:
        """Give what the memo holds."""
        if index < len(self.memo):
            value = self.memo[index]
            if value != _UNSET:
                return value
        elif index in self.far:
            return self.far[index]
        raise corrupt("the memo lacks a value", pos)

    def add_name(self, module: str, qualname: str) -> i64:
        """Remember a name, and give its index."""
        name = (module, qualname)
        for index, known in enumerate(self.names[:_COMPARED]):
            if known == name:
                return index
        self.names.append(name)
        return len(self.names) - 1

    def make(self, target: Optional[int], new: bool, arguments: Optional[int]) -> Optional[int]:
        """Give what a call makes, and remember the call if its name and arguments are known."""
        if target is None or target & 7 != NAME:
            return None
        if arguments is not None and arguments & 7 == TUPLE:
            self.add_call(target, "new" if new else "call", arguments >> 3)
        return (target >> 3) * 8 + INSTANCE

    def add_call(self, target: int, how: str, count: i64) -> None:
        """Remember a call of a name."""
        module, qualname = self.names[target >> 3]
        self.calls.add((module, qualname, how, count))

    def see_bytes(self, start: i64, end: i64) -> None:
        """Note an 8-bit string."""
        found = self.found
        found.eight_bit = True
        if not found.non_ascii and not self.data[start:end].isascii():
            found.non_ascii = True

    def see_quoted(self, start: i64, end: i64) -> None:
        """Note an 8-bit string that is written as a literal."""
        data = self.data
        self.found.eight_bit = True
        quote: i64 = data[start]
        last: i64 = data[end - 1]
        pos: i64 = start
        char: i64
        if end - start >= 2 and quote == last and (quote == 0x27 or quote == 0x22):
            while pos < end:
                char = data[pos]
                if char >= 0x80 or char == 0x5C:
                    break
                pos += 1
            else:
                return  # neither an escape nor anything that is not ASCII
        self.found.non_ascii |= not unquote(data[start:end], start).isascii()

    def line_end(self, pos: i64) -> i64:
        """Give the offset after the next line feed."""
        data, size = self.data, self.size
        near = min(pos + 32, size)
        while pos < near:
            pos += 1
            if data[pos - 1] == 0x0A:
                return pos
        end: i64 = data.find(b"\n", pos) + 1
        if end == 0:
            raise corrupt("cut off in a line", pos)
        return end

    def index(self, pos: i64, end: i64) -> i64:
        """Give the memo's index that a line spells out."""
        data = self.data
        if end - pos < 2 or end - pos > 11:
            raise corrupt("no index", pos)
        index: i64 = 0
        digit: i64
        while pos < end - 1:
            digit = data[pos]
            if digit < 0x30 or digit > 0x39:
                raise corrupt("no index", pos)
            index = index * 10 + digit - 0x30
            pos += 1
        return index

    def argument_end(self, kind: Union[int, str], pos: i64) -> i64:
        """Give the end of an argument: so many bytes, or a length and so many bytes."""
        data = self.data
        if isinstance(kind, int):
            return pos + kind
        if kind == "<B":
            return pos + 1 + data[pos]
        if kind == "<Q":
            return pos + 8 + u64(data, pos)
        length = u32(data, pos)
        if kind == "<i" and length >= 1 << 31:
            raise corrupt("negative length", pos)
        return pos + 4 + length

    def text_of(self, value: Optional[int]) -> Optional[str]:
        """Give the text that a value on the stack is, if it is one and no longer than a name."""
        if value is None or value & 7 != TEXT:
            return None
        data = self.data
        pos: i64 = value >> 3
        code: i64 = data[pos]
        if code == 0x53 or code == 0x56:  # STRING, UNICODE
            end = self.line_end(pos + 1)
            raw = data[pos + 1 : end - 1]
            if code == 0x53:
                raw = unquote(raw, pos)
        else:
            kind = str(OPCODES[bytes([code])].argument)
            end = self.argument_end(kind, pos + 1)
            raw = data[pos + 1 + _WIDTHS[kind] : end]
        if len(raw) > _LONGEST_NAME:
            return None
        try:
            return str(raw, "raw-unicode-escape" if code == 0x56 else "utf-8")
        except UnicodeDecodeError:
            return None


def line_text(data: bytes, start: i64, end: i64) -> str:
    """Give a line as text, without its line feed."""
    try:
        return str(data[start : end - 1], "utf-8")
    except UnicodeDecodeError:
        raise corrupt("a name that is no text", start) from None


def u64(data: bytes, pos: i64) -> i64:
    """Give a length; what no entry can have is all the same."""
    high = u32(data, pos + 4)
    return u32(data, pos) | high << 32 if high < 1 << 24 else 1 << 56


def too_few(pos: i64) -> Unreadable:
    """Say that an opcode takes what is not there."""
    return corrupt("a value is missing from the stack", pos)
