"""The state of one run of the machine."""

from __future__ import annotations

import struct
from typing import Any, Callable, NamedTuple, Optional

from shelflife.pickles.account import Account
from shelflife.pickles.budget import Budget
from shelflife.pickles.names import AllowList, Resolve
from shelflife.pickles.refusals import corrupt, over_budget
from shelflife.pickles.safe import Safe
from shelflife.pickles.text import Py2Text

UNSET = object()


class Named(NamedTuple):
    """What a name of the pickle gave."""

    target: Any
    module: str
    qualname: str
    safe: Optional[Safe]

    @property
    def full(self) -> str:
        """The full name."""
        return f"{self.module}.{self.qualname}"


class State(Account):
    """Stack, marks and memo, and what may be called.

    The values between two marks lie on the one stack; a mark is the stack's height when it was
    set.
    """

    def __init__(
        self, data: bytes, allow: AllowList, resolve: Resolve, text: Py2Text, budget: Budget
    ) -> None:
        super().__init__(text, budget)
        self.data = data
        self.size = len(data)
        self.allow = allow
        self.resolve = resolve
        self.protocol = 0
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.floor = 0  # height of the last mark: nothing below it may be popped
        self.memo: list[Any] = []
        self.sparse = False  # the memo has gaps, as when Python 2 counts from 1
        self.names: dict[tuple[str, str], Named] = {}
        self.unfinished: dict[int, Any] = {}  # objects that are unusable without state

    def take(self, pos: int, length: int) -> int:
        """Give the end of an argument, which must lie within the data."""
        end = pos + length
        if end > self.size:
            raise corrupt("cut off", pos)
        return end

    def line(self, pos: int) -> tuple[bytes, int]:
        """Give an argument that ends with a line feed, and the position behind it."""
        end = self.data.find(b"\n", pos)
        if end < 0:
            raise corrupt("cut off in a line", pos)
        return self.data[pos:end], end + 1

    def pop(self, pos: int) -> Any:
        """Take the value on top, which must lie above the last mark."""
        if len(self.stack) <= self.floor:
            raise corrupt("a value is missing from the stack", pos)
        return self.stack.pop()

    def top(self, pos: int) -> Any:
        """Give the value on top, which must lie above the last mark."""
        if len(self.stack) <= self.floor:
            raise corrupt("a value is missing from the stack", pos)
        return self.stack[-1]

    def pop_mark(self, pos: int) -> list[Any]:
        """Take what lies above the last mark, and the mark."""
        if not self.marks:
            raise corrupt("a mark is missing from the stack", pos)
        height = self.marks.pop()
        self.floor = self.marks[-1] if self.marks else 0
        items = self.stack[height:]
        del self.stack[height:]
        return items

    def remember(self, index: int, pos: int) -> None:
        """Put the value on top into the memo; an index beyond the data's length is a lie."""
        value = self.top(pos)
        memo = self.memo
        if index == len(memo):
            memo.append(value)
        elif index < len(memo):
            memo[index] = value
        elif index > self.size:
            raise over_budget("memo")
        else:
            self.sparse = True
            memo.extend([UNSET] * (index - len(memo)))
            memo.append(value)

    def recall(self, index: int, pos: int) -> None:
        """Put a value of the memo on the stack."""
        value = self.memo[index] if index < len(self.memo) else UNSET
        if value is UNSET:
            raise corrupt("the memo lacks a value", pos)
        self.stack.append(value)


Handler = Callable[[State, int], int]
"""Carries out an opcode, given the position behind it; gives the position of the next."""

INT2 = struct.Struct("<H").unpack_from
INT4 = struct.Struct("<i").unpack_from
UINT4 = struct.Struct("<I").unpack_from
UINT8 = struct.Struct("<Q").unpack_from
FLOAT = struct.Struct(">d").unpack_from
