"""The stack of whoever follows a pickle's opcodes without building values: walker and vet.

What a value on it is, they say; the machine, which builds, has a stack of its own.
"""

from __future__ import annotations

from typing import Final, Optional

try:
    from mypy_extensions import i64
except ImportError:  # only the compiler needs it
    i64 = int  # type: ignore[misc]

_PAD: Final = bytes(9)  # an argument that is cut off reads zeros; the next step notices


class Stack:
    """One pickle on its way.

    Attributes:
        data: The bytes, with a few zeros behind them.
        size: How many there were.
        stack, top: Values, and how many of them count; those above are left from before. Optional,
            so that the compiler leaves them objects, and does not make numbers of them and back.
        floor: How much of the stack lies below the last mark.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data + _PAD
        self.size: i64 = len(data)
        self.stack: list[Optional[int]] = []
        self.top: i64 = 0
        self.marks: list[int] = []
        self.floor: i64 = 0

    def push(self, value: Optional[int]) -> None:
        """Put a value on the stack."""
        if self.top < len(self.stack):
            self.stack[self.top] = value
        else:
            self.stack.append(value)
        self.top += 1

    def unmark(self) -> i64:
        """Take the last mark away, and give how much of the stack lies below it; -1 if none."""
        if not self.marks:
            return -1
        below: i64 = self.marks.pop()
        self.floor = self.marks[-1] if self.marks else 0
        return below


def u32(data: bytes, pos: i64) -> i64:
    """Give the little-endian number of four bytes."""
    low: i64 = data[pos]
    second: i64 = data[pos + 1]
    third: i64 = data[pos + 2]
    high: i64 = data[pos + 3]
    return low | second << 8 | third << 16 | high << 24
