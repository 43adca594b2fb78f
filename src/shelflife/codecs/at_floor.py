"""Portable types that readers before Python 3.9 lack. They read through the bridge, one file.

Rules:
1. From 3.9 on every reader has every type, and nothing here is asked.
2. A type counts from the Python that brought it, as for pickles. What a reader would read as
   another value is refused as well: a fold, keys that are one and the same on Python 2.
3. The bridge knows no registered classes.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
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
from zoneinfo import ZoneInfo

from shelflife.codecs.blame import Culprit, name_of
from shelflife.codecs.packing import Encoders
from shelflife.codecs.pickle import changed_at
from shelflife.codecs.python2_keys import KeysCollide, check_python2_keys
from shelflife.errors import BelowFloor

ALL_TYPES_SINCE = (3, 9)
_Version = tuple[int, int]
_SINCE: dict[type, _Version] = {
    timezone: (3, 2),
    **dict.fromkeys((IPv4Address, IPv4Interface, IPv4Network), (3, 3)),
    **dict.fromkeys((IPv6Address, IPv6Interface, IPv6Network), (3, 3)),
    **dict.fromkeys((PurePosixPath, PureWindowsPath, PosixPath, WindowsPath), (3, 4)),
    ZoneInfo: ALL_TYPES_SINCE,
}
_STANDARD = frozenset(
    ("builtins", "collections", "datetime", "decimal", "_decimal", "fractions", "uuid")
)
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
        self._remedy = (
            f", and the floor is Python {python[0]}.{python[1]}: store something simpler, or "
            "raise the floor"
        )

    def get(self, kind: type, default: Any = None) -> Any:
        """Give what expands a type: a function that raises for what is lacked."""
        encoder = self._encoders.get(kind, default)
        if encoder is default or encoder is None:
            return encoder
        return _Checked(encoder, self._check)

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
    return _SINCE.get(kind, (2, 7) if kind.__module__ in _STANDARD else ALL_TYPES_SINCE)


def check_keys(value: Any, python: _Version) -> None:
    """See whether a dict or set of a value would shrink on Python 2.

    Raises:
        BelowFloor: If one would.
    """
    try:
        check_python2_keys(value)
    except KeysCollide:
        version = f"{python[0]}.{python[1]}"
        detail = "has keys that are equal on Python 2, text and bytes, and the floor is Python "
        raise BelowFloor("value", f"{name_of(type(value))} {detail}{version}") from None
