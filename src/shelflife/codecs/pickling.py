"""Pickling, with a look at what a floor's readers would read as another value."""

from __future__ import annotations

import _codecs
import io
import pickle
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv6Address, IPv6Interface, IPv6Network
from typing import Any
from uuid import UUID

from shelflife.errors import BelowFloor, NotPortable

_C_LONG = range(-(1 << 63), 1 << 63)
# Types of the standard library that mean the same to every Python that has them.
_UNCHANGED = frozenset(
    (date, timedelta, Decimal, Fraction, UUID, OrderedDict, defaultdict, Counter, deque)
)
_NAMED = frozenset((type, type(len)))  # what is pickled as its name
_MINUTE = timedelta(minutes=1)
_SCOPED = (IPv6Address, IPv6Interface, IPv6Network)


class Refusal(Exception):
    """Why a value is not written, before it is known where in the value the culprit is.

    Args:
        why: What the value does, in words that follow "it".
        allow: The names that the allow list lacks.
        floor: The floor that is in the way.
    """

    def __init__(self, why: str, *, allow: tuple[str, ...] = (), floor: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.allow = allow
        self.floor = floor

    def beside(self, whole: Refusal) -> Refusal:
        """Give the refusal of a part, with all that the whole value lacks on the allow list."""
        more = len(set(whole.allow) - set(self.allow))
        if not self.allow or not more:
            return self
        return Refusal(f"{self.why}, and the whole value to {more} more", allow=whole.allow)

    def at(self, path: str, culprit: Any) -> Exception:
        """Make the error for the user: NotPortable or BelowFloor."""
        kind = type(culprit)
        shown = kind.__qualname__
        if kind.__module__ != "builtins":
            shown = f"{kind.__module__}.{shown}"
        if self.floor:
            return BelowFloor(
                path,
                f"{shown} {self.why}, and the floor is Python {self.floor}: "
                "store something simpler, or raise the floor",
            )
        names = ", ".join(map(repr, self.allow))
        remedy = f"allow=[{names}]" if names else "store something simpler"
        remedy = f"it {self.why}: {remedy}"
        return NotPortable(path, shown, remedy)


def unpicklable(error: Exception) -> Refusal:
    """Refuse what raised while it was pickled."""
    return Refusal(f"cannot be pickled ({type(error).__name__})")


class Pickler(pickle.Pickler):
    """The C pickler, told to look at everything that is not of the plainest types.

    In one call's hands at a time. It is kept for the next, as making one takes longer than
    pickling what is small.

    Args:
        protocol: The pickle protocol.
        version: The oldest Python that is to read it.
        leaves: Types and functions whose names every reader has and may read.

    Attributes:
        names: Whether the last pickle refers to any other name.
        holds_bytes: Whether it holds bytes; known below protocol 3, which has no opcode for them.
    """

    def __init__(self, protocol: int, version: tuple[int, int], leaves: frozenset[Any]) -> None:
        self._out = io.BytesIO()
        super().__init__(self._out, protocol)
        self.names = self.holds_bytes = False
        self._leaves = leaves
        self._unchanged = unchanged_since(version)
        self._version = version
        self._floor = f"{version[0]}.{version[1]}"

    def pickle(self, value: Any) -> bytes:
        """Pickle a value. Use another pickler after any exception."""
        self.names = self.holds_bytes = False
        self.dump(value)
        data = self._out.getvalue()
        self._out.seek(0)
        self._out.truncate()
        self.clear_memo()
        return data

    def reducer_override(self, obj: Any) -> Any:
        """Called by the pickler for all that is not of the plainest types."""
        kind = leaf = type(obj)
        if kind in _NAMED:
            leaf = obj
            if obj is _codecs.encode or obj is bytes:  # the pickler's own way to spell them
                self.holds_bytes = True
        if leaf not in self._leaves:
            self.names = True
        if kind not in self._unchanged:
            why = changed_at(obj, self._version)
            if why:
                raise Refusal(why, floor=self._floor)
        return NotImplemented


def unchanged_since(version: tuple[int, int]) -> frozenset[type]:
    """Give the types of which `changed_at` need not be asked: just to call it takes its time."""
    later: dict[tuple[int, int], set[type]] = {
        (3, 0): {range},
        (3, 6): {datetime, time},
        (3, 7): {timezone},
    }
    return _UNCHANGED.union(*(kinds for since, kinds in later.items() if since <= version))


def changed_at(obj: Any, version: tuple[int, int]) -> str:
    """Say how a Python would read another value although it knows the type; else ""."""
    if version < (3, 6) and isinstance(obj, (datetime, time)) and obj.fold:
        return "with fold=1 loses it in the pickles of its protocol"
    if version < (3, 7) and isinstance(obj, timezone) and obj.utcoffset(None) % _MINUTE:
        return "with an offset of part of a minute is read since Python 3.7"
    if isinstance(obj, _SCOPED) and "%" in str(obj):
        if version < (3, 9):
            return "with a scope is read since Python 3.9"
        if "%" not in str(obj.__reduce__()[1][0]):
            return "with a scope loses it in the pickles of this Python"
    if version < (3, 0) and type(obj) is range and not _fits_xrange(obj):
        return "beyond 64 bits is no xrange"
    return ""


def _fits_xrange(numbers: range) -> bool:
    if not all(part in _C_LONG for part in (numbers.start, numbers.stop, numbers.step)):
        return False
    # `len` cannot say it: what it cannot count is just what does not fit.
    distance, step = numbers.stop - numbers.start, numbers.step
    return -(-distance // step) in _C_LONG
