"""Integers that libraries leave plain, so that the server can count.

Rules:
1. What Python's `int()` takes is an integer: blanks around it, a sign and underscores included.
2. More digits than the budget has are `over-budget`: computing them is quadratic.
"""

from __future__ import annotations

import re
from typing import Optional

from shelflife.errors import Unreadable
from shelflife.lookup import Reason

INT = re.compile(rb"[ \t\n\r\x0b\x0c]*[+-]?([0-9]+(?:_[0-9]+)*)[ \t\n\r\x0b\x0c]*", re.ASCII)
_COUNTER = re.compile(rb"-?(0|[1-9][0-9]{0,18})", re.ASCII)
_STARTS = frozenset(b"0123456789+- \t\n\r\x0b\x0c")


def read_int(raw: bytes, digits: int) -> Optional[int]:
    """Give the integer; None if it is none.

    Args:
        raw: An entry.
        digits: The most that a number may have.

    Raises:
        Unreadable: If it has more.
    """
    if not raw or raw[0] not in _STARTS:
        return None
    match = INT.fullmatch(raw)
    if match is None:
        return None
    if len(match[1]) > digits:
        raise Unreadable(Reason.OVER_BUDGET, f"a number of {len(match[1])} digits")
    return int(raw)


def read_counter(raw: bytes) -> Optional[int]:
    """Give the number that the server counts; None for anything else."""
    return int(raw) if len(raw) <= 20 and _COUNTER.fullmatch(raw) else None


def write_int(value: int, digits: int) -> Optional[bytes]:
    """Give the bytes of an integer; None if it has too many digits to be left plain."""
    if value.bit_length() > digits * 3:
        return None
    return b"%d" % value
