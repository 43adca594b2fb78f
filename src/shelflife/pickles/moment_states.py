"""Which bytes are the state of a valid datetime, date or time. Compiled together with the vet.

Python's own constructors check the month only.
"""

from __future__ import annotations

from typing import Final

try:
    from mypy_extensions import i64
except ImportError:  # only the compiler needs it
    i64 = int  # type: ignore[misc]

_DAYS: Final = bytes((0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31))


def is_datetime(state: bytes) -> bool:
    """Whether these are ten bytes of a datetime; the month's highest bit is the fold."""
    if len(state) != 10 or not _is_day(state, state[2] & 0x7F):
        return False
    return _is_time_of_day(state, 4, state[4])


def is_date(state: bytes) -> bool:
    """Whether these are four bytes of a date."""
    return len(state) == 4 and _is_day(state, state[2])


def is_time(state: bytes) -> bool:
    """Whether these are six bytes of a time; the hour's highest bit is the fold."""
    return len(state) == 6 and _is_time_of_day(state, 0, state[0] & 0x7F)


def _is_day(state: bytes, month: i64) -> bool:
    year: i64 = state[0] << 8 | state[1]
    day: i64 = state[3]
    if year == 0 or year > 9999 or month == 0 or month > 12 or day == 0:
        return False
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= _DAYS[month] + leap


def _is_time_of_day(state: bytes, at: i64, hour: i64) -> bool:
    micros: i64 = state[at + 3] << 16 | state[at + 4] << 8 | state[at + 5]
    return hour < 24 and state[at + 1] < 60 and state[at + 2] < 60 and micros < 1_000_000
