"""An allow list and a budget as the vet asks for them: numbers of the machine, made once.

Compiled together with the vet.
"""

from __future__ import annotations

from typing import Final

from shelflife.pickles.budget import DEFAULT_BUDGET, Budget
from shelflife.pickles.names import AllowList

try:
    from mypy_extensions import i64
except ImportError:  # only the compiler needs it
    i64 = int  # type: ignore[misc]

_FAR: Final = 1 << 60
_MOST_BITS: Final = 8 * 255  # of an integer with a length in one byte


class Bounds:
    """What one pass over a pickle keeps to.

    Attributes:
        names: What it may refer to by its exact name.
        size: Bytes of the longest pickle; -1 if the machine must decide about all of them.
        depth, digits, waiting, memory, parts: As in the budget.
        may_share: Whether one container may be met twice: each part counts wherever it is met.
    """

    def __init__(self, allow: AllowList, budget: Budget) -> None:
        self.names = allow.names
        self.size = _fitting(min(budget.bytes, budget.opcodes))
        least = min(budget.depth, budget.waiting, budget.memory, budget.parts)
        if least < 1 or budget.bits < _MOST_BITS:
            self.size = -1
        self.depth = _fitting(budget.depth)
        self.digits = _fitting(budget.digits)
        self.waiting = _fitting(budget.waiting)
        self.memory = _fitting(budget.memory)
        self.parts = _fitting(budget.parts)
        self.may_share = budget.parts >= DEFAULT_BUDGET.parts


def _fitting(bound: int) -> i64:
    """Give a bound as a number of 64 bits: it may be any, and what is below zero is as good as -1.

    Spelled out, as the compiler would make an i64 of what `min` and `max` are given.
    """
    if bound > _FAR:
        return _FAR
    return -1 if bound < 0 else bound
