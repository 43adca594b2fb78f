"""Portable types that readers before Python 3.9 lack. They read through the bridge, one file.

Rules:
1. From 3.9 on every reader has every type, and nothing here is asked.
2. A type counts from the Python that brought it, as for pickles. What a reader would read as
   another value is refused as well: a fold, keys that are one and the same on Python 2.
3. The bridge knows no registered classes.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from pathlib import PosixPath, PurePosixPath, PureWindowsPath, WindowsPath
from typing import Any, Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from shelflife.codecs.blame import Culprit, name_of
from shelflife.codecs.culprit import find_culprit
from shelflife.codecs.packing import Encoders
from shelflife.codecs.pickling import changed_at
from shelflife.codecs.python2_keys import KeysCollide, check_python2_keys
from shelflife.errors import BelowFloor

ALL_TYPES_SINCE = (3, 9)
_Version = tuple[int, int]
_SINCE: dict[type, _Version] = {
    range: (2, 7),
    timezone: (3, 2),
    **dict.fromkeys((IPv4Address, IPv4Interface, IPv4Network), (3, 3)),
    **dict.fromkeys((IPv6Address, IPv6Interface, IPv6Network), (3, 3)),
    **dict.fromkeys((PurePosixPath, PureWindowsPath, PosixPath, WindowsPath), (3, 4)),
    ZoneInfo: ALL_TYPES_SINCE,
}
_CONTAINERS = (tuple, set, frozenset, OrderedDict, defaultdict, Counter, deque)
_SCALARS = (int, bytearray, complex, Decimal, Fraction, UUID, date, timedelta)
_NEVER_LACKED = frozenset((*_CONTAINERS, *_SCALARS))
_MINUTE = timedelta(minutes=1)


class BelowFloorCulprit(Culprit):
    """Internal: a value that a reader at the floor could not read, and the way to it."""

    def as_error(self) -> BelowFloor:
        """Make the error for the user."""
        return BelowFloor(self.path, f"{name_of(type(self.value))} {self.remedy}")


class EncodersAtFloor:
    """What expands each type, but for what some reader at the floor lacks.

    Args:
        encoders: What expands each type; may be added to later.
        python: The floor, such as (2, 7).
    """

    def __init__(self, encoders: Encoders, python: _Version) -> None:
        self._encoders = encoders
        self._python = python
        self._known: dict[type, Any] = {}
        self._remedy = (
            f", and the floor is Python {python[0]}.{python[1]}: store something simpler, or "
            "raise the floor"
        )

    def get(self, kind: type, default: Any = None) -> Any:
        """Give what expands a type: a function that raises for what is lacked."""
        known = self._known.get(kind)
        if known is None:
            encoder = self._encoders.get(kind)
            if encoder is None:
                return default
            known = encoder if kind in _NEVER_LACKED else _Checked(encoder, self._check)
            self._known[kind] = known
        return known

    def _check(self, value: Any) -> None:
        why = _why_not(value, self._python)
        if why:
            raise BelowFloorCulprit(value, why + self._remedy)


class _Checked:
    """An encoder that looks at the floor first."""

    def __init__(self, encoder: Any, check: Callable[[Any], None]) -> None:
        self._encoder = encoder
        self._check = check
        self.is_record = getattr(encoder, "is_record", False)

    def __call__(self, value: Any) -> Any:
        self._check(value)
        return self._encoder(value)


def _why_not(value: Any, python: _Version) -> str:
    """Say why a reader lacks a value, the value's parts apart; "" if it does not."""
    since = _since(value)
    if since > python:
        if type(value) in (datetime, time):
            return f"with such a zone is read since Python {since[0]}.{since[1]}"
        return f"exists since Python {since[0]}.{since[1]}"
    return changed_at(value, python)


def _since(value: Any) -> _Version:
    kind = type(value)
    if kind in (datetime, time):
        return (2, 7) if value.tzinfo is None else _since(value.tzinfo)
    if kind is timezone and value.utcoffset(None) % _MINUTE:
        return (3, 7)
    return _SINCE.get(kind, ALL_TYPES_SINCE)  # else a registered class


def check_keys(value: Any, python: _Version) -> None:
    """See whether a dict or set of a value would shrink on Python 2.

    Raises:
        BelowFloor: If one would.
    """
    if not _collides(value):
        return
    path, culprit = find_culprit(value, _collides)
    detail = "has keys that are equal on Python 2, text and bytes, and the floor is Python "
    version = f"{python[0]}.{python[1]}"
    raise BelowFloor(path, f"{name_of(type(culprit))} {detail}{version}")


def _collides(value: Any) -> bool:
    try:
        check_python2_keys(value)
    except KeysCollide:
        return True
    return False
