"""Plain data as bytes: the same for the same data in every process, other bytes for any other.

Rules:
1. Nothing of an object whose whole state is not known is taken: what cannot be seen may matter.
2. No `repr`, `str`, `==` or `hash` of a user's class is called.
3. A dict keeps its order, which a page may show; a set has none.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from operator import itemgetter
from types import MemberDescriptorType
from typing import Any, Callable
from uuid import UUID
from zoneinfo import ZoneInfo

_DEEPEST = 50
_OF_PYTHON = 1 << 9
"""The flag of classes that Python code has made: C's may hide what they hold."""
_KNOWN_CLASSES = 256
_MODELS = frozenset({"pydantic.main", "pydantic.v1.main"})
_Plain = Callable[[Any], bytes]
_first = itemgetter(0)


class NotPlain(Exception):
    """The value is not plain data, or too deep."""


def to_bytes(value: Any, room: int = _DEEPEST) -> bytes:
    """Give the bytes of plain data.

    Raises:
        NotPlain: If it is something else, or holds it.
    """
    kind = type(value)
    leaf = _LEAVES.get(kind)
    if leaf is not None:
        return framed(kind.__name__.encode(), leaf(value))
    if not room:
        raise NotPlain
    room -= 1
    if kind in (list, tuple):
        return framed(kind.__name__.encode(), *(to_bytes(item, room) for item in value))
    if kind is dict:
        pairs = (to_bytes(part, room) for pair in value.items() for part in pair)
        return framed(b"dict", *pairs)
    if kind in (set, frozenset):
        return framed(kind.__name__.encode(), *sorted(to_bytes(item, room) for item in value))
    return _of_a_class(value, kind, room)


def framed(*parts: bytes) -> bytes:
    """Give parts as one, so that no other parts give the same."""
    return b"".join([b"%d:%b" % (len(part), part) for part in parts])


def _of_a_class(value: Any, kind: type, room: int) -> bytes:
    name = f"{kind.__module__}.{kind.__qualname__}".encode("utf-8", "surrogatepass")
    if isinstance(value, Enum):
        member = value._value_ if value._name_ is None else value._name_
        return framed(name, to_bytes(member, room))
    if _is_named_tuple(kind):
        return framed(name, *(to_bytes(item, room) for item in tuple.__iter__(value)))
    if not _is_record(kind):
        raise NotPlain
    state = dict(getattr(value, "__dict__", ()))
    for slot in _slots(kind):
        try:
            state[slot.__name__] = slot.__get__(value, kind)
        except AttributeError:  # nothing in it
            continue
    parts = (to_bytes(part, room) for pair in sorted(state.items(), key=_first) for part in pair)
    return framed(name, *parts)


@lru_cache(_KNOWN_CLASSES)
def _is_record(kind: type) -> bool:
    """Whether it is a dataclass or a pydantic model, and nothing besides."""
    is_model = any(
        base.__name__ == "BaseModel" and base.__module__ in _MODELS for base in kind.__mro__
    )
    if not (is_model or dataclasses.is_dataclass(kind)):
        return False
    return all(base is object or base.__flags__ & _OF_PYTHON for base in kind.__mro__)


@lru_cache(_KNOWN_CLASSES)
def _is_named_tuple(kind: type) -> bool:
    """Whether it is one that can hold nothing but its items."""
    return (
        issubclass(kind, tuple)
        and hasattr(kind, "_fields")
        and kind.__dictoffset__ == 0
        and all(base in (tuple, object) or base.__flags__ & _OF_PYTHON for base in kind.__mro__)
    )


@lru_cache(_KNOWN_CLASSES)
def _slots(kind: type) -> tuple[MemberDescriptorType, ...]:
    return tuple(
        member
        for base in kind.__mro__
        for member in vars(base).values()
        if isinstance(member, MemberDescriptorType)
    )


def _of_text(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _of_moment(value: Any) -> bytes:
    """With its zone: two that are one moment are shown differently."""
    zone = value.tzinfo
    named = _of_text(zone.key or "") if type(zone) is ZoneInfo else b""
    if zone is not None and type(zone) not in (ZoneInfo, timezone) and not _is_pydantics(zone):
        raise NotPlain
    shown = _of_text(value.tzname() or "")
    return framed(value.isoformat().encode(), b"%d" % value.fold, named, shown)


def _is_pydantics(zone: Any) -> bool:
    return type(zone).__module__.partition(".")[0] in ("pydantic_core", "pydantic")


_LEAVES: dict[type, _Plain] = {
    type(None): lambda _: b"",
    bool: lambda value: b"%d" % value,
    int: lambda value: b"%x" % value,
    float: lambda value: value.hex().encode(),
    complex: lambda value: f"{value.real.hex()} {value.imag.hex()}".encode(),
    str: _of_text,
    bytes: lambda value: value,
    Decimal: lambda value: str(value).encode(),
    UUID: lambda value: value.bytes,
    date: lambda value: value.isoformat().encode(),
    datetime: _of_moment,
    time: _of_moment,
    timedelta: lambda value: b"%d %d %d" % (value.days, value.seconds, value.microseconds),
    ipaddress.IPv4Address: lambda value: value.packed,
    ipaddress.IPv6Address: lambda value: str(value).encode(),
}
